/*eslint-disable block-scoped-var, id-length, no-control-regex, no-magic-numbers, no-mixed-operators, no-prototype-builtins, no-redeclare, no-shadow, no-var, sort-vars, default-case, jsdoc/require-param*/
import $protobuf from "protobufjs/minimal.js";

// Common aliases
const $Reader = $protobuf.Reader, $Writer = $protobuf.Writer, $util = $protobuf.util;
const $Object = $util.global.Object, $undefined = $util.global.undefined, $Error = $util.global.Error, $RangeError = $util.global.RangeError;

// Exported root namespace
const $root = $protobuf.roots["sparkplug_b"] || ($protobuf.roots["sparkplug_b"] = {});

export const org = $root.org = (() => {

    /**
     * Namespace org.
     * @exports org
     * @namespace
     */
    const org = {};

    org.eclipse = (function() {

        /**
         * Namespace eclipse.
         * @memberof org
         * @namespace
         */
        const eclipse = {};

        eclipse.tahu = (function() {

            /**
             * Namespace tahu.
             * @memberof org.eclipse
             * @namespace
             */
            const tahu = {};

            tahu.protobuf = (function() {

                /**
                 * Namespace protobuf.
                 * @memberof org.eclipse.tahu
                 * @namespace
                 */
                const protobuf = {};

                protobuf.Payload = (function() {

                    /**
                     * Properties of a Payload.
                     * @typedef {Object} org.eclipse.tahu.protobuf.Payload.$Properties
                     * @property {number|Long|null} [timestamp] Payload timestamp
                     * @property {Array.<org.eclipse.tahu.protobuf.Payload.Metric.$Properties>|null} [metrics] Payload metrics
                     * @property {number|Long|null} [seq] Payload seq
                     * @property {string|null} [uuid] Payload uuid
                     * @property {Uint8Array|null} [body] Payload body
                     * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                     */

                    /**
                     * Properties of a Payload.
                     * @memberof org.eclipse.tahu.protobuf
                     * @interface IPayload
                     * @augments org.eclipse.tahu.protobuf.Payload.$Properties
                     * @deprecated Use org.eclipse.tahu.protobuf.Payload.$Properties instead.
                     */

                    /**
                     * Shape of a Payload.
                     * @typedef {{
                     *   timestamp?: number|Long|null;
                     *   metrics?: Array.<org.eclipse.tahu.protobuf.Payload.Metric.$Shape>|null;
                     *   seq?: number|Long|null;
                     *   uuid?: string|null;
                     *   body?: Uint8Array|null;
                     *   $unknowns?: Array.<Uint8Array>;
                     * }} org.eclipse.tahu.protobuf.Payload.$Shape
                     */

                    /**
                     * Constructs a new Payload.
                     * @memberof org.eclipse.tahu.protobuf
                     * @classdesc Represents a Payload.
                     * @constructor
                     * @param {org.eclipse.tahu.protobuf.Payload.$Properties=} [properties] Properties to set
                     * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                     */
                    const Payload = function (properties) {
                        this.metrics = [];
                        if (properties)
                            for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                                if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                    this[keys[i]] = properties[keys[i]];
                    };

                    /**
                     * Payload timestamp.
                     * @member {number|Long|null|undefined} timestamp
                     * @memberof org.eclipse.tahu.protobuf.Payload
                     * @instance
                     */
                    Payload.prototype.timestamp = null;

                    /**
                     * Payload metrics.
                     * @member {Array.<org.eclipse.tahu.protobuf.Payload.Metric.$Properties>} metrics
                     * @memberof org.eclipse.tahu.protobuf.Payload
                     * @instance
                     */
                    Payload.prototype.metrics = $util.emptyArray;

                    /**
                     * Payload seq.
                     * @member {number|Long|null|undefined} seq
                     * @memberof org.eclipse.tahu.protobuf.Payload
                     * @instance
                     */
                    Payload.prototype.seq = null;

                    /**
                     * Payload uuid.
                     * @member {string|null|undefined} uuid
                     * @memberof org.eclipse.tahu.protobuf.Payload
                     * @instance
                     */
                    Payload.prototype.uuid = null;

                    /**
                     * Payload body.
                     * @member {Uint8Array|null|undefined} body
                     * @memberof org.eclipse.tahu.protobuf.Payload
                     * @instance
                     */
                    Payload.prototype.body = null;

                    // OneOf field names bound to virtual getters and setters
                    let $oneOfFields;

                    // Virtual OneOf for proto3 optional field
                    $Object.defineProperty(Payload.prototype, "_timestamp", {
                        get: $util.oneOfGetter($oneOfFields = ["timestamp"]),
                        set: $util.oneOfSetter($oneOfFields)
                    });

                    // Virtual OneOf for proto3 optional field
                    $Object.defineProperty(Payload.prototype, "_seq", {
                        get: $util.oneOfGetter($oneOfFields = ["seq"]),
                        set: $util.oneOfSetter($oneOfFields)
                    });

                    // Virtual OneOf for proto3 optional field
                    $Object.defineProperty(Payload.prototype, "_uuid", {
                        get: $util.oneOfGetter($oneOfFields = ["uuid"]),
                        set: $util.oneOfSetter($oneOfFields)
                    });

                    // Virtual OneOf for proto3 optional field
                    $Object.defineProperty(Payload.prototype, "_body", {
                        get: $util.oneOfGetter($oneOfFields = ["body"]),
                        set: $util.oneOfSetter($oneOfFields)
                    });

                    /**
                     * Encodes the specified Payload message. Does not implicitly {@link org.eclipse.tahu.protobuf.Payload.verify|verify} messages.
                     * @function encode
                     * @memberof org.eclipse.tahu.protobuf.Payload
                     * @static
                     * @param {org.eclipse.tahu.protobuf.Payload.$Properties} message Payload message or plain object to encode
                     * @param {$protobuf.Writer} [writer] Writer to encode to
                     * @returns {$protobuf.Writer} Writer
                     */
                    Payload.encode = function (message, writer, _depth) {
                        if (!writer)
                            writer = $Writer.create();
                        if (_depth === $undefined)
                            _depth = 0;
                        if (_depth > $util.recursionLimit)
                            throw $Error("max depth exceeded");
                        if (message.timestamp != null && $Object.hasOwnProperty.call(message, "timestamp"))
                            writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.timestamp);
                        if (message.metrics != null && message.metrics.length)
                            for (let i = 0; i < message.metrics.length; ++i)
                                $root.org.eclipse.tahu.protobuf.Payload.Metric.encode(message.metrics[i], writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
                        if (message.seq != null && $Object.hasOwnProperty.call(message, "seq"))
                            writer.uint32(/* id 3, wireType 0 =*/24).uint64(message.seq);
                        if (message.uuid != null && $Object.hasOwnProperty.call(message, "uuid"))
                            writer.uint32(/* id 4, wireType 2 =*/34).string(message.uuid);
                        if (message.body != null && $Object.hasOwnProperty.call(message, "body"))
                            writer.uint32(/* id 5, wireType 2 =*/42).bytes(message.body);
                        if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                            for (let i = 0; i < message.$unknowns.length; ++i)
                                writer.raw(message.$unknowns[i]);
                        return writer;
                    };

                    /**
                     * Decodes a Payload message from the specified reader or buffer.
                     * @function decode
                     * @memberof org.eclipse.tahu.protobuf.Payload
                     * @static
                     * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                     * @param {number} [length] Message length if known beforehand
                     * @returns {org.eclipse.tahu.protobuf.Payload & org.eclipse.tahu.protobuf.Payload.$Shape} Payload
                     * @throws {Error} If the payload is not a reader or valid buffer
                     * @throws {$protobuf.util.ProtocolError} If required fields are missing
                     */
                    Payload.decode = function (reader, length, _end, _depth, _target) {
                        if (!(reader instanceof $Reader))
                            reader = $Reader.create(reader);
                        if (_depth === $undefined)
                            _depth = 0;
                        if (_depth > $Reader.recursionLimit)
                            throw $Error("max depth exceeded");
                        let end, message;
                        if (length === $undefined)
                            end = reader.len;
                        else {
                            end = reader.pos + length;
                            if (end > reader.len)
                                throw $RangeError("index out of range");
                            length = reader.len;
                            reader.len = end;
                        }
                        message = _target || new $root.org.eclipse.tahu.protobuf.Payload();
                        while (reader.pos < end) {
                            let start = reader.pos;
                            let tag = reader.tag();
                            if (tag === _end) {
                                _end = $undefined;
                                break;
                            }
                            let wireType = tag & 7;
                            switch (tag >>>= 3) {
                            case 1: {
                                    if (wireType !== 0)
                                        break;
                                    message.timestamp = reader.uint64();
                                    message._timestamp = "timestamp";
                                    continue;
                                }
                            case 2: {
                                    if (wireType !== 2)
                                        break;
                                    if (!(message.metrics && message.metrics.length))
                                        message.metrics = [];
                                    message.metrics.push($root.org.eclipse.tahu.protobuf.Payload.Metric.decode(reader, reader.size(), $undefined, _depth + 1));
                                    continue;
                                }
                            case 3: {
                                    if (wireType !== 0)
                                        break;
                                    message.seq = reader.uint64();
                                    message._seq = "seq";
                                    continue;
                                }
                            case 4: {
                                    if (wireType !== 2)
                                        break;
                                    message.uuid = reader.stringVerify();
                                    message._uuid = "uuid";
                                    continue;
                                }
                            case 5: {
                                    if (wireType !== 2)
                                        break;
                                    message.body = reader.bytes();
                                    message._body = "body";
                                    continue;
                                }
                            }
                            reader.skipType(wireType, _depth, tag);
                            if (!reader.discardUnknown) {
                                $util.makeProp(message, "$unknowns", false);
                                (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                            }
                        }
                        if (length !== $undefined) {
                            if (reader.pos !== end)
                                throw $RangeError("index out of range");
                            reader.len = length;
                        }
                        if (_end !== $undefined)
                            throw $Error("missing end group");
                        return message;
                    };

                    Payload.PropertyValue = (function() {

                        /**
                         * Properties of a PropertyValue.
                         * @typedef {Object} org.eclipse.tahu.protobuf.Payload.PropertyValue.$Properties
                         * @property {number|null} [type] PropertyValue type
                         * @property {boolean|null} [isNull] PropertyValue isNull
                         * @property {number|null} [intValue] PropertyValue intValue
                         * @property {number|Long|null} [longValue] PropertyValue longValue
                         * @property {number|null} [floatValue] PropertyValue floatValue
                         * @property {number|null} [doubleValue] PropertyValue doubleValue
                         * @property {boolean|null} [booleanValue] PropertyValue booleanValue
                         * @property {string|null} [stringValue] PropertyValue stringValue
                         * @property {"intValue"|"longValue"|"floatValue"|"doubleValue"|"booleanValue"|"stringValue"} [value] PropertyValue value
                         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                         */

                        /**
                         * Properties of a PropertyValue.
                         * @memberof org.eclipse.tahu.protobuf.Payload
                         * @interface IPropertyValue
                         * @augments org.eclipse.tahu.protobuf.Payload.PropertyValue.$Properties
                         * @deprecated Use org.eclipse.tahu.protobuf.Payload.PropertyValue.$Properties instead.
                         */

                        /**
                         * Narrowed shape of a PropertyValue.
                         * @typedef {{
                         *   type?: number|null;
                         *   isNull?: boolean|null;
                         *   intValue?: number|null;
                         *   longValue?: number|Long|null;
                         *   floatValue?: number|null;
                         *   doubleValue?: number|null;
                         *   booleanValue?: boolean|null;
                         *   stringValue?: string|null;
                         *   $unknowns?: Array.<Uint8Array>;
                         * } & (
                         *   ({ value?: undefined; intValue?: null; longValue?: null; floatValue?: null; doubleValue?: null; booleanValue?: null; stringValue?: null }|{ value?: "intValue"; intValue: number; longValue?: null; floatValue?: null; doubleValue?: null; booleanValue?: null; stringValue?: null }|{ value?: "longValue"; intValue?: null; longValue: number|Long; floatValue?: null; doubleValue?: null; booleanValue?: null; stringValue?: null }|{ value?: "floatValue"; intValue?: null; longValue?: null; floatValue: number; doubleValue?: null; booleanValue?: null; stringValue?: null }|{ value?: "doubleValue"; intValue?: null; longValue?: null; floatValue?: null; doubleValue: number; booleanValue?: null; stringValue?: null }|{ value?: "booleanValue"; intValue?: null; longValue?: null; floatValue?: null; doubleValue?: null; booleanValue: boolean; stringValue?: null }|{ value?: "stringValue"; intValue?: null; longValue?: null; floatValue?: null; doubleValue?: null; booleanValue?: null; stringValue: string })
                         * )} org.eclipse.tahu.protobuf.Payload.PropertyValue.$Shape
                         */

                        /**
                         * Constructs a new PropertyValue.
                         * @memberof org.eclipse.tahu.protobuf.Payload
                         * @classdesc Represents a PropertyValue.
                         * @constructor
                         * @param {org.eclipse.tahu.protobuf.Payload.PropertyValue.$Properties=} [properties] Properties to set
                         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                         */
                        const PropertyValue = function (properties) {
                            if (properties)
                                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                        this[keys[i]] = properties[keys[i]];
                        };

                        /**
                         * PropertyValue type.
                         * @member {number|null|undefined} type
                         * @memberof org.eclipse.tahu.protobuf.Payload.PropertyValue
                         * @instance
                         */
                        PropertyValue.prototype.type = null;

                        /**
                         * PropertyValue isNull.
                         * @member {boolean|null|undefined} isNull
                         * @memberof org.eclipse.tahu.protobuf.Payload.PropertyValue
                         * @instance
                         */
                        PropertyValue.prototype.isNull = null;

                        /**
                         * PropertyValue intValue.
                         * @member {number|null|undefined} intValue
                         * @memberof org.eclipse.tahu.protobuf.Payload.PropertyValue
                         * @instance
                         */
                        PropertyValue.prototype.intValue = null;

                        /**
                         * PropertyValue longValue.
                         * @member {number|Long|null|undefined} longValue
                         * @memberof org.eclipse.tahu.protobuf.Payload.PropertyValue
                         * @instance
                         */
                        PropertyValue.prototype.longValue = null;

                        /**
                         * PropertyValue floatValue.
                         * @member {number|null|undefined} floatValue
                         * @memberof org.eclipse.tahu.protobuf.Payload.PropertyValue
                         * @instance
                         */
                        PropertyValue.prototype.floatValue = null;

                        /**
                         * PropertyValue doubleValue.
                         * @member {number|null|undefined} doubleValue
                         * @memberof org.eclipse.tahu.protobuf.Payload.PropertyValue
                         * @instance
                         */
                        PropertyValue.prototype.doubleValue = null;

                        /**
                         * PropertyValue booleanValue.
                         * @member {boolean|null|undefined} booleanValue
                         * @memberof org.eclipse.tahu.protobuf.Payload.PropertyValue
                         * @instance
                         */
                        PropertyValue.prototype.booleanValue = null;

                        /**
                         * PropertyValue stringValue.
                         * @member {string|null|undefined} stringValue
                         * @memberof org.eclipse.tahu.protobuf.Payload.PropertyValue
                         * @instance
                         */
                        PropertyValue.prototype.stringValue = null;

                        // OneOf field names bound to virtual getters and setters
                        let $oneOfFields;

                        // Virtual OneOf for proto3 optional field
                        $Object.defineProperty(PropertyValue.prototype, "_type", {
                            get: $util.oneOfGetter($oneOfFields = ["type"]),
                            set: $util.oneOfSetter($oneOfFields)
                        });

                        // Virtual OneOf for proto3 optional field
                        $Object.defineProperty(PropertyValue.prototype, "_isNull", {
                            get: $util.oneOfGetter($oneOfFields = ["isNull"]),
                            set: $util.oneOfSetter($oneOfFields)
                        });

                        /**
                         * PropertyValue value.
                         * @member {"intValue"|"longValue"|"floatValue"|"doubleValue"|"booleanValue"|"stringValue"|undefined} value
                         * @memberof org.eclipse.tahu.protobuf.Payload.PropertyValue
                         * @instance
                         */
                        $Object.defineProperty(PropertyValue.prototype, "value", {
                            get: $util.oneOfGetter($oneOfFields = ["intValue", "longValue", "floatValue", "doubleValue", "booleanValue", "stringValue"]),
                            set: $util.oneOfSetter($oneOfFields)
                        });

                        /**
                         * Encodes the specified PropertyValue message. Does not implicitly {@link org.eclipse.tahu.protobuf.Payload.PropertyValue.verify|verify} messages.
                         * @function encode
                         * @memberof org.eclipse.tahu.protobuf.Payload.PropertyValue
                         * @static
                         * @param {org.eclipse.tahu.protobuf.Payload.PropertyValue.$Properties} message PropertyValue message or plain object to encode
                         * @param {$protobuf.Writer} [writer] Writer to encode to
                         * @returns {$protobuf.Writer} Writer
                         */
                        PropertyValue.encode = function (message, writer, _depth) {
                            if (!writer)
                                writer = $Writer.create();
                            if (_depth === $undefined)
                                _depth = 0;
                            if (_depth > $util.recursionLimit)
                                throw $Error("max depth exceeded");
                            if (message.type != null && $Object.hasOwnProperty.call(message, "type"))
                                writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.type);
                            if (message.isNull != null && $Object.hasOwnProperty.call(message, "isNull"))
                                writer.uint32(/* id 2, wireType 0 =*/16).bool(message.isNull);
                            if (message.intValue != null && $Object.hasOwnProperty.call(message, "intValue"))
                                writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.intValue);
                            if (message.longValue != null && $Object.hasOwnProperty.call(message, "longValue"))
                                writer.uint32(/* id 4, wireType 0 =*/32).uint64(message.longValue);
                            if (message.floatValue != null && $Object.hasOwnProperty.call(message, "floatValue"))
                                writer.uint32(/* id 5, wireType 5 =*/45).float(message.floatValue);
                            if (message.doubleValue != null && $Object.hasOwnProperty.call(message, "doubleValue"))
                                writer.uint32(/* id 6, wireType 1 =*/49).double(message.doubleValue);
                            if (message.booleanValue != null && $Object.hasOwnProperty.call(message, "booleanValue"))
                                writer.uint32(/* id 7, wireType 0 =*/56).bool(message.booleanValue);
                            if (message.stringValue != null && $Object.hasOwnProperty.call(message, "stringValue"))
                                writer.uint32(/* id 8, wireType 2 =*/66).string(message.stringValue);
                            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                                for (let i = 0; i < message.$unknowns.length; ++i)
                                    writer.raw(message.$unknowns[i]);
                            return writer;
                        };

                        /**
                         * Decodes a PropertyValue message from the specified reader or buffer.
                         * @function decode
                         * @memberof org.eclipse.tahu.protobuf.Payload.PropertyValue
                         * @static
                         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                         * @param {number} [length] Message length if known beforehand
                         * @returns {org.eclipse.tahu.protobuf.Payload.PropertyValue & org.eclipse.tahu.protobuf.Payload.PropertyValue.$Shape} PropertyValue
                         * @throws {Error} If the payload is not a reader or valid buffer
                         * @throws {$protobuf.util.ProtocolError} If required fields are missing
                         */
                        PropertyValue.decode = function (reader, length, _end, _depth, _target) {
                            if (!(reader instanceof $Reader))
                                reader = $Reader.create(reader);
                            if (_depth === $undefined)
                                _depth = 0;
                            if (_depth > $Reader.recursionLimit)
                                throw $Error("max depth exceeded");
                            let end, message;
                            if (length === $undefined)
                                end = reader.len;
                            else {
                                end = reader.pos + length;
                                if (end > reader.len)
                                    throw $RangeError("index out of range");
                                length = reader.len;
                                reader.len = end;
                            }
                            message = _target || new $root.org.eclipse.tahu.protobuf.Payload.PropertyValue();
                            while (reader.pos < end) {
                                let start = reader.pos;
                                let tag = reader.tag();
                                if (tag === _end) {
                                    _end = $undefined;
                                    break;
                                }
                                let wireType = tag & 7;
                                switch (tag >>>= 3) {
                                case 1: {
                                        if (wireType !== 0)
                                            break;
                                        message.type = reader.uint32();
                                        message._type = "type";
                                        continue;
                                    }
                                case 2: {
                                        if (wireType !== 0)
                                            break;
                                        message.isNull = reader.bool();
                                        message._isNull = "isNull";
                                        continue;
                                    }
                                case 3: {
                                        if (wireType !== 0)
                                            break;
                                        message.intValue = reader.uint32();
                                        message.value = "intValue";
                                        continue;
                                    }
                                case 4: {
                                        if (wireType !== 0)
                                            break;
                                        message.longValue = reader.uint64();
                                        message.value = "longValue";
                                        continue;
                                    }
                                case 5: {
                                        if (wireType !== 5)
                                            break;
                                        message.floatValue = reader.float();
                                        message.value = "floatValue";
                                        continue;
                                    }
                                case 6: {
                                        if (wireType !== 1)
                                            break;
                                        message.doubleValue = reader.double();
                                        message.value = "doubleValue";
                                        continue;
                                    }
                                case 7: {
                                        if (wireType !== 0)
                                            break;
                                        message.booleanValue = reader.bool();
                                        message.value = "booleanValue";
                                        continue;
                                    }
                                case 8: {
                                        if (wireType !== 2)
                                            break;
                                        message.stringValue = reader.stringVerify();
                                        message.value = "stringValue";
                                        continue;
                                    }
                                }
                                reader.skipType(wireType, _depth, tag);
                                if (!reader.discardUnknown) {
                                    $util.makeProp(message, "$unknowns", false);
                                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                                }
                            }
                            if (length !== $undefined) {
                                if (reader.pos !== end)
                                    throw $RangeError("index out of range");
                                reader.len = length;
                            }
                            if (_end !== $undefined)
                                throw $Error("missing end group");
                            return message;
                        };

                        return PropertyValue;
                    })();

                    Payload.PropertySet = (function() {

                        /**
                         * Properties of a PropertySet.
                         * @typedef {Object} org.eclipse.tahu.protobuf.Payload.PropertySet.$Properties
                         * @property {Array.<string>|null} [keys] PropertySet keys
                         * @property {Array.<org.eclipse.tahu.protobuf.Payload.PropertyValue.$Properties>|null} [values] PropertySet values
                         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                         */

                        /**
                         * Properties of a PropertySet.
                         * @memberof org.eclipse.tahu.protobuf.Payload
                         * @interface IPropertySet
                         * @augments org.eclipse.tahu.protobuf.Payload.PropertySet.$Properties
                         * @deprecated Use org.eclipse.tahu.protobuf.Payload.PropertySet.$Properties instead.
                         */

                        /**
                         * Shape of a PropertySet.
                         * @typedef {{
                         *   keys?: Array.<string>|null;
                         *   values?: Array.<org.eclipse.tahu.protobuf.Payload.PropertyValue.$Shape>|null;
                         *   $unknowns?: Array.<Uint8Array>;
                         * }} org.eclipse.tahu.protobuf.Payload.PropertySet.$Shape
                         */

                        /**
                         * Constructs a new PropertySet.
                         * @memberof org.eclipse.tahu.protobuf.Payload
                         * @classdesc Represents a PropertySet.
                         * @constructor
                         * @param {org.eclipse.tahu.protobuf.Payload.PropertySet.$Properties=} [properties] Properties to set
                         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                         */
                        const PropertySet = function (properties) {
                            this.keys = [];
                            this.values = [];
                            if (properties)
                                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                        this[keys[i]] = properties[keys[i]];
                        };

                        /**
                         * PropertySet keys.
                         * @member {Array.<string>} keys
                         * @memberof org.eclipse.tahu.protobuf.Payload.PropertySet
                         * @instance
                         */
                        PropertySet.prototype.keys = $util.emptyArray;

                        /**
                         * PropertySet values.
                         * @member {Array.<org.eclipse.tahu.protobuf.Payload.PropertyValue.$Properties>} values
                         * @memberof org.eclipse.tahu.protobuf.Payload.PropertySet
                         * @instance
                         */
                        PropertySet.prototype.values = $util.emptyArray;

                        /**
                         * Encodes the specified PropertySet message. Does not implicitly {@link org.eclipse.tahu.protobuf.Payload.PropertySet.verify|verify} messages.
                         * @function encode
                         * @memberof org.eclipse.tahu.protobuf.Payload.PropertySet
                         * @static
                         * @param {org.eclipse.tahu.protobuf.Payload.PropertySet.$Properties} message PropertySet message or plain object to encode
                         * @param {$protobuf.Writer} [writer] Writer to encode to
                         * @returns {$protobuf.Writer} Writer
                         */
                        PropertySet.encode = function (message, writer, _depth) {
                            if (!writer)
                                writer = $Writer.create();
                            if (_depth === $undefined)
                                _depth = 0;
                            if (_depth > $util.recursionLimit)
                                throw $Error("max depth exceeded");
                            if (message.keys != null && message.keys.length)
                                for (let i = 0; i < message.keys.length; ++i)
                                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.keys[i]);
                            if (message.values != null && message.values.length)
                                for (let i = 0; i < message.values.length; ++i)
                                    $root.org.eclipse.tahu.protobuf.Payload.PropertyValue.encode(message.values[i], writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
                            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                                for (let i = 0; i < message.$unknowns.length; ++i)
                                    writer.raw(message.$unknowns[i]);
                            return writer;
                        };

                        /**
                         * Decodes a PropertySet message from the specified reader or buffer.
                         * @function decode
                         * @memberof org.eclipse.tahu.protobuf.Payload.PropertySet
                         * @static
                         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                         * @param {number} [length] Message length if known beforehand
                         * @returns {org.eclipse.tahu.protobuf.Payload.PropertySet & org.eclipse.tahu.protobuf.Payload.PropertySet.$Shape} PropertySet
                         * @throws {Error} If the payload is not a reader or valid buffer
                         * @throws {$protobuf.util.ProtocolError} If required fields are missing
                         */
                        PropertySet.decode = function (reader, length, _end, _depth, _target) {
                            if (!(reader instanceof $Reader))
                                reader = $Reader.create(reader);
                            if (_depth === $undefined)
                                _depth = 0;
                            if (_depth > $Reader.recursionLimit)
                                throw $Error("max depth exceeded");
                            let end, message;
                            if (length === $undefined)
                                end = reader.len;
                            else {
                                end = reader.pos + length;
                                if (end > reader.len)
                                    throw $RangeError("index out of range");
                                length = reader.len;
                                reader.len = end;
                            }
                            message = _target || new $root.org.eclipse.tahu.protobuf.Payload.PropertySet();
                            while (reader.pos < end) {
                                let start = reader.pos;
                                let tag = reader.tag();
                                if (tag === _end) {
                                    _end = $undefined;
                                    break;
                                }
                                let wireType = tag & 7;
                                switch (tag >>>= 3) {
                                case 1: {
                                        if (wireType !== 2)
                                            break;
                                        if (!(message.keys && message.keys.length))
                                            message.keys = [];
                                        message.keys.push(reader.stringVerify());
                                        continue;
                                    }
                                case 2: {
                                        if (wireType !== 2)
                                            break;
                                        if (!(message.values && message.values.length))
                                            message.values = [];
                                        message.values.push($root.org.eclipse.tahu.protobuf.Payload.PropertyValue.decode(reader, reader.size(), $undefined, _depth + 1));
                                        continue;
                                    }
                                }
                                reader.skipType(wireType, _depth, tag);
                                if (!reader.discardUnknown) {
                                    $util.makeProp(message, "$unknowns", false);
                                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                                }
                            }
                            if (length !== $undefined) {
                                if (reader.pos !== end)
                                    throw $RangeError("index out of range");
                                reader.len = length;
                            }
                            if (_end !== $undefined)
                                throw $Error("missing end group");
                            return message;
                        };

                        return PropertySet;
                    })();

                    Payload.Metric = (function() {

                        /**
                         * Properties of a Metric.
                         * @typedef {Object} org.eclipse.tahu.protobuf.Payload.Metric.$Properties
                         * @property {string|null} [name] Metric name
                         * @property {number|Long|null} [alias] Metric alias
                         * @property {number|Long|null} [timestamp] Metric timestamp
                         * @property {number|null} [datatype] Metric datatype
                         * @property {boolean|null} [isHistorical] Metric isHistorical
                         * @property {boolean|null} [isTransient] Metric isTransient
                         * @property {boolean|null} [isNull] Metric isNull
                         * @property {org.eclipse.tahu.protobuf.Payload.PropertySet.$Properties|null} [properties] Metric properties
                         * @property {number|null} [intValue] Metric intValue
                         * @property {number|Long|null} [longValue] Metric longValue
                         * @property {number|null} [floatValue] Metric floatValue
                         * @property {number|null} [doubleValue] Metric doubleValue
                         * @property {boolean|null} [booleanValue] Metric booleanValue
                         * @property {string|null} [stringValue] Metric stringValue
                         * @property {Uint8Array|null} [bytesValue] Metric bytesValue
                         * @property {"intValue"|"longValue"|"floatValue"|"doubleValue"|"booleanValue"|"stringValue"|"bytesValue"} [value] Metric value
                         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                         */

                        /**
                         * Properties of a Metric.
                         * @memberof org.eclipse.tahu.protobuf.Payload
                         * @interface IMetric
                         * @augments org.eclipse.tahu.protobuf.Payload.Metric.$Properties
                         * @deprecated Use org.eclipse.tahu.protobuf.Payload.Metric.$Properties instead.
                         */

                        /**
                         * Narrowed shape of a Metric.
                         * @typedef {{
                         *   name?: string|null;
                         *   alias?: number|Long|null;
                         *   timestamp?: number|Long|null;
                         *   datatype?: number|null;
                         *   isHistorical?: boolean|null;
                         *   isTransient?: boolean|null;
                         *   isNull?: boolean|null;
                         *   properties?: org.eclipse.tahu.protobuf.Payload.PropertySet.$Shape|null;
                         *   intValue?: number|null;
                         *   longValue?: number|Long|null;
                         *   floatValue?: number|null;
                         *   doubleValue?: number|null;
                         *   booleanValue?: boolean|null;
                         *   stringValue?: string|null;
                         *   bytesValue?: Uint8Array|null;
                         *   $unknowns?: Array.<Uint8Array>;
                         * } & (
                         *   ({ value?: undefined; intValue?: null; longValue?: null; floatValue?: null; doubleValue?: null; booleanValue?: null; stringValue?: null; bytesValue?: null }|{ value?: "intValue"; intValue: number; longValue?: null; floatValue?: null; doubleValue?: null; booleanValue?: null; stringValue?: null; bytesValue?: null }|{ value?: "longValue"; intValue?: null; longValue: number|Long; floatValue?: null; doubleValue?: null; booleanValue?: null; stringValue?: null; bytesValue?: null }|{ value?: "floatValue"; intValue?: null; longValue?: null; floatValue: number; doubleValue?: null; booleanValue?: null; stringValue?: null; bytesValue?: null }|{ value?: "doubleValue"; intValue?: null; longValue?: null; floatValue?: null; doubleValue: number; booleanValue?: null; stringValue?: null; bytesValue?: null }|{ value?: "booleanValue"; intValue?: null; longValue?: null; floatValue?: null; doubleValue?: null; booleanValue: boolean; stringValue?: null; bytesValue?: null }|{ value?: "stringValue"; intValue?: null; longValue?: null; floatValue?: null; doubleValue?: null; booleanValue?: null; stringValue: string; bytesValue?: null }|{ value?: "bytesValue"; intValue?: null; longValue?: null; floatValue?: null; doubleValue?: null; booleanValue?: null; stringValue?: null; bytesValue: Uint8Array })
                         * )} org.eclipse.tahu.protobuf.Payload.Metric.$Shape
                         */

                        /**
                         * Constructs a new Metric.
                         * @memberof org.eclipse.tahu.protobuf.Payload
                         * @classdesc Represents a Metric.
                         * @constructor
                         * @param {org.eclipse.tahu.protobuf.Payload.Metric.$Properties=} [properties] Properties to set
                         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                         */
                        const Metric = function (properties) {
                            if (properties)
                                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                        this[keys[i]] = properties[keys[i]];
                        };

                        /**
                         * Metric name.
                         * @member {string|null|undefined} name
                         * @memberof org.eclipse.tahu.protobuf.Payload.Metric
                         * @instance
                         */
                        Metric.prototype.name = null;

                        /**
                         * Metric alias.
                         * @member {number|Long|null|undefined} alias
                         * @memberof org.eclipse.tahu.protobuf.Payload.Metric
                         * @instance
                         */
                        Metric.prototype.alias = null;

                        /**
                         * Metric timestamp.
                         * @member {number|Long|null|undefined} timestamp
                         * @memberof org.eclipse.tahu.protobuf.Payload.Metric
                         * @instance
                         */
                        Metric.prototype.timestamp = null;

                        /**
                         * Metric datatype.
                         * @member {number|null|undefined} datatype
                         * @memberof org.eclipse.tahu.protobuf.Payload.Metric
                         * @instance
                         */
                        Metric.prototype.datatype = null;

                        /**
                         * Metric isHistorical.
                         * @member {boolean|null|undefined} isHistorical
                         * @memberof org.eclipse.tahu.protobuf.Payload.Metric
                         * @instance
                         */
                        Metric.prototype.isHistorical = null;

                        /**
                         * Metric isTransient.
                         * @member {boolean|null|undefined} isTransient
                         * @memberof org.eclipse.tahu.protobuf.Payload.Metric
                         * @instance
                         */
                        Metric.prototype.isTransient = null;

                        /**
                         * Metric isNull.
                         * @member {boolean|null|undefined} isNull
                         * @memberof org.eclipse.tahu.protobuf.Payload.Metric
                         * @instance
                         */
                        Metric.prototype.isNull = null;

                        /**
                         * Metric properties.
                         * @member {org.eclipse.tahu.protobuf.Payload.PropertySet.$Properties|null|undefined} properties
                         * @memberof org.eclipse.tahu.protobuf.Payload.Metric
                         * @instance
                         */
                        Metric.prototype.properties = null;

                        /**
                         * Metric intValue.
                         * @member {number|null|undefined} intValue
                         * @memberof org.eclipse.tahu.protobuf.Payload.Metric
                         * @instance
                         */
                        Metric.prototype.intValue = null;

                        /**
                         * Metric longValue.
                         * @member {number|Long|null|undefined} longValue
                         * @memberof org.eclipse.tahu.protobuf.Payload.Metric
                         * @instance
                         */
                        Metric.prototype.longValue = null;

                        /**
                         * Metric floatValue.
                         * @member {number|null|undefined} floatValue
                         * @memberof org.eclipse.tahu.protobuf.Payload.Metric
                         * @instance
                         */
                        Metric.prototype.floatValue = null;

                        /**
                         * Metric doubleValue.
                         * @member {number|null|undefined} doubleValue
                         * @memberof org.eclipse.tahu.protobuf.Payload.Metric
                         * @instance
                         */
                        Metric.prototype.doubleValue = null;

                        /**
                         * Metric booleanValue.
                         * @member {boolean|null|undefined} booleanValue
                         * @memberof org.eclipse.tahu.protobuf.Payload.Metric
                         * @instance
                         */
                        Metric.prototype.booleanValue = null;

                        /**
                         * Metric stringValue.
                         * @member {string|null|undefined} stringValue
                         * @memberof org.eclipse.tahu.protobuf.Payload.Metric
                         * @instance
                         */
                        Metric.prototype.stringValue = null;

                        /**
                         * Metric bytesValue.
                         * @member {Uint8Array|null|undefined} bytesValue
                         * @memberof org.eclipse.tahu.protobuf.Payload.Metric
                         * @instance
                         */
                        Metric.prototype.bytesValue = null;

                        // OneOf field names bound to virtual getters and setters
                        let $oneOfFields;

                        // Virtual OneOf for proto3 optional field
                        $Object.defineProperty(Metric.prototype, "_name", {
                            get: $util.oneOfGetter($oneOfFields = ["name"]),
                            set: $util.oneOfSetter($oneOfFields)
                        });

                        // Virtual OneOf for proto3 optional field
                        $Object.defineProperty(Metric.prototype, "_alias", {
                            get: $util.oneOfGetter($oneOfFields = ["alias"]),
                            set: $util.oneOfSetter($oneOfFields)
                        });

                        // Virtual OneOf for proto3 optional field
                        $Object.defineProperty(Metric.prototype, "_timestamp", {
                            get: $util.oneOfGetter($oneOfFields = ["timestamp"]),
                            set: $util.oneOfSetter($oneOfFields)
                        });

                        // Virtual OneOf for proto3 optional field
                        $Object.defineProperty(Metric.prototype, "_datatype", {
                            get: $util.oneOfGetter($oneOfFields = ["datatype"]),
                            set: $util.oneOfSetter($oneOfFields)
                        });

                        // Virtual OneOf for proto3 optional field
                        $Object.defineProperty(Metric.prototype, "_isHistorical", {
                            get: $util.oneOfGetter($oneOfFields = ["isHistorical"]),
                            set: $util.oneOfSetter($oneOfFields)
                        });

                        // Virtual OneOf for proto3 optional field
                        $Object.defineProperty(Metric.prototype, "_isTransient", {
                            get: $util.oneOfGetter($oneOfFields = ["isTransient"]),
                            set: $util.oneOfSetter($oneOfFields)
                        });

                        // Virtual OneOf for proto3 optional field
                        $Object.defineProperty(Metric.prototype, "_isNull", {
                            get: $util.oneOfGetter($oneOfFields = ["isNull"]),
                            set: $util.oneOfSetter($oneOfFields)
                        });

                        // Virtual OneOf for proto3 optional field
                        $Object.defineProperty(Metric.prototype, "_properties", {
                            get: $util.oneOfGetter($oneOfFields = ["properties"]),
                            set: $util.oneOfSetter($oneOfFields)
                        });

                        /**
                         * Metric value.
                         * @member {"intValue"|"longValue"|"floatValue"|"doubleValue"|"booleanValue"|"stringValue"|"bytesValue"|undefined} value
                         * @memberof org.eclipse.tahu.protobuf.Payload.Metric
                         * @instance
                         */
                        $Object.defineProperty(Metric.prototype, "value", {
                            get: $util.oneOfGetter($oneOfFields = ["intValue", "longValue", "floatValue", "doubleValue", "booleanValue", "stringValue", "bytesValue"]),
                            set: $util.oneOfSetter($oneOfFields)
                        });

                        /**
                         * Encodes the specified Metric message. Does not implicitly {@link org.eclipse.tahu.protobuf.Payload.Metric.verify|verify} messages.
                         * @function encode
                         * @memberof org.eclipse.tahu.protobuf.Payload.Metric
                         * @static
                         * @param {org.eclipse.tahu.protobuf.Payload.Metric.$Properties} message Metric message or plain object to encode
                         * @param {$protobuf.Writer} [writer] Writer to encode to
                         * @returns {$protobuf.Writer} Writer
                         */
                        Metric.encode = function (message, writer, _depth) {
                            if (!writer)
                                writer = $Writer.create();
                            if (_depth === $undefined)
                                _depth = 0;
                            if (_depth > $util.recursionLimit)
                                throw $Error("max depth exceeded");
                            if (message.name != null && $Object.hasOwnProperty.call(message, "name"))
                                writer.uint32(/* id 1, wireType 2 =*/10).string(message.name);
                            if (message.alias != null && $Object.hasOwnProperty.call(message, "alias"))
                                writer.uint32(/* id 2, wireType 0 =*/16).uint64(message.alias);
                            if (message.timestamp != null && $Object.hasOwnProperty.call(message, "timestamp"))
                                writer.uint32(/* id 3, wireType 0 =*/24).uint64(message.timestamp);
                            if (message.datatype != null && $Object.hasOwnProperty.call(message, "datatype"))
                                writer.uint32(/* id 4, wireType 0 =*/32).uint32(message.datatype);
                            if (message.isHistorical != null && $Object.hasOwnProperty.call(message, "isHistorical"))
                                writer.uint32(/* id 5, wireType 0 =*/40).bool(message.isHistorical);
                            if (message.isTransient != null && $Object.hasOwnProperty.call(message, "isTransient"))
                                writer.uint32(/* id 6, wireType 0 =*/48).bool(message.isTransient);
                            if (message.isNull != null && $Object.hasOwnProperty.call(message, "isNull"))
                                writer.uint32(/* id 7, wireType 0 =*/56).bool(message.isNull);
                            if (message.properties != null && $Object.hasOwnProperty.call(message, "properties"))
                                $root.org.eclipse.tahu.protobuf.Payload.PropertySet.encode(message.properties, writer.uint32(/* id 9, wireType 2 =*/74).fork(), _depth + 1).ldelim();
                            if (message.intValue != null && $Object.hasOwnProperty.call(message, "intValue"))
                                writer.uint32(/* id 10, wireType 0 =*/80).uint32(message.intValue);
                            if (message.longValue != null && $Object.hasOwnProperty.call(message, "longValue"))
                                writer.uint32(/* id 11, wireType 0 =*/88).uint64(message.longValue);
                            if (message.floatValue != null && $Object.hasOwnProperty.call(message, "floatValue"))
                                writer.uint32(/* id 12, wireType 5 =*/101).float(message.floatValue);
                            if (message.doubleValue != null && $Object.hasOwnProperty.call(message, "doubleValue"))
                                writer.uint32(/* id 13, wireType 1 =*/105).double(message.doubleValue);
                            if (message.booleanValue != null && $Object.hasOwnProperty.call(message, "booleanValue"))
                                writer.uint32(/* id 14, wireType 0 =*/112).bool(message.booleanValue);
                            if (message.stringValue != null && $Object.hasOwnProperty.call(message, "stringValue"))
                                writer.uint32(/* id 15, wireType 2 =*/122).string(message.stringValue);
                            if (message.bytesValue != null && $Object.hasOwnProperty.call(message, "bytesValue"))
                                writer.uint32(/* id 16, wireType 2 =*/130).bytes(message.bytesValue);
                            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                                for (let i = 0; i < message.$unknowns.length; ++i)
                                    writer.raw(message.$unknowns[i]);
                            return writer;
                        };

                        /**
                         * Decodes a Metric message from the specified reader or buffer.
                         * @function decode
                         * @memberof org.eclipse.tahu.protobuf.Payload.Metric
                         * @static
                         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                         * @param {number} [length] Message length if known beforehand
                         * @returns {org.eclipse.tahu.protobuf.Payload.Metric & org.eclipse.tahu.protobuf.Payload.Metric.$Shape} Metric
                         * @throws {Error} If the payload is not a reader or valid buffer
                         * @throws {$protobuf.util.ProtocolError} If required fields are missing
                         */
                        Metric.decode = function (reader, length, _end, _depth, _target) {
                            if (!(reader instanceof $Reader))
                                reader = $Reader.create(reader);
                            if (_depth === $undefined)
                                _depth = 0;
                            if (_depth > $Reader.recursionLimit)
                                throw $Error("max depth exceeded");
                            let end, message;
                            if (length === $undefined)
                                end = reader.len;
                            else {
                                end = reader.pos + length;
                                if (end > reader.len)
                                    throw $RangeError("index out of range");
                                length = reader.len;
                                reader.len = end;
                            }
                            message = _target || new $root.org.eclipse.tahu.protobuf.Payload.Metric();
                            while (reader.pos < end) {
                                let start = reader.pos;
                                let tag = reader.tag();
                                if (tag === _end) {
                                    _end = $undefined;
                                    break;
                                }
                                let wireType = tag & 7;
                                switch (tag >>>= 3) {
                                case 1: {
                                        if (wireType !== 2)
                                            break;
                                        message.name = reader.stringVerify();
                                        message._name = "name";
                                        continue;
                                    }
                                case 2: {
                                        if (wireType !== 0)
                                            break;
                                        message.alias = reader.uint64();
                                        message._alias = "alias";
                                        continue;
                                    }
                                case 3: {
                                        if (wireType !== 0)
                                            break;
                                        message.timestamp = reader.uint64();
                                        message._timestamp = "timestamp";
                                        continue;
                                    }
                                case 4: {
                                        if (wireType !== 0)
                                            break;
                                        message.datatype = reader.uint32();
                                        message._datatype = "datatype";
                                        continue;
                                    }
                                case 5: {
                                        if (wireType !== 0)
                                            break;
                                        message.isHistorical = reader.bool();
                                        message._isHistorical = "isHistorical";
                                        continue;
                                    }
                                case 6: {
                                        if (wireType !== 0)
                                            break;
                                        message.isTransient = reader.bool();
                                        message._isTransient = "isTransient";
                                        continue;
                                    }
                                case 7: {
                                        if (wireType !== 0)
                                            break;
                                        message.isNull = reader.bool();
                                        message._isNull = "isNull";
                                        continue;
                                    }
                                case 9: {
                                        if (wireType !== 2)
                                            break;
                                        message.properties = $root.org.eclipse.tahu.protobuf.Payload.PropertySet.decode(reader, reader.size(), $undefined, _depth + 1, message.properties);
                                        message._properties = "properties";
                                        continue;
                                    }
                                case 10: {
                                        if (wireType !== 0)
                                            break;
                                        message.intValue = reader.uint32();
                                        message.value = "intValue";
                                        continue;
                                    }
                                case 11: {
                                        if (wireType !== 0)
                                            break;
                                        message.longValue = reader.uint64();
                                        message.value = "longValue";
                                        continue;
                                    }
                                case 12: {
                                        if (wireType !== 5)
                                            break;
                                        message.floatValue = reader.float();
                                        message.value = "floatValue";
                                        continue;
                                    }
                                case 13: {
                                        if (wireType !== 1)
                                            break;
                                        message.doubleValue = reader.double();
                                        message.value = "doubleValue";
                                        continue;
                                    }
                                case 14: {
                                        if (wireType !== 0)
                                            break;
                                        message.booleanValue = reader.bool();
                                        message.value = "booleanValue";
                                        continue;
                                    }
                                case 15: {
                                        if (wireType !== 2)
                                            break;
                                        message.stringValue = reader.stringVerify();
                                        message.value = "stringValue";
                                        continue;
                                    }
                                case 16: {
                                        if (wireType !== 2)
                                            break;
                                        message.bytesValue = reader.bytes();
                                        message.value = "bytesValue";
                                        continue;
                                    }
                                }
                                reader.skipType(wireType, _depth, tag);
                                if (!reader.discardUnknown) {
                                    $util.makeProp(message, "$unknowns", false);
                                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                                }
                            }
                            if (length !== $undefined) {
                                if (reader.pos !== end)
                                    throw $RangeError("index out of range");
                                reader.len = length;
                            }
                            if (_end !== $undefined)
                                throw $Error("missing end group");
                            return message;
                        };

                        return Metric;
                    })();

                    return Payload;
                })();

                return protobuf;
            })();

            return tahu;
        })();

        return eclipse;
    })();

    return org;
})();

export {
  $root as default
};
