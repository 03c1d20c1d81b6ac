/*eslint-disable block-scoped-var, id-length, no-control-regex, no-magic-numbers, no-mixed-operators, no-prototype-builtins, no-redeclare, no-shadow, no-var, sort-vars, default-case, jsdoc/require-param*/
import $protobuf from "protobufjs/minimal.js";

// Common aliases
const $Reader = $protobuf.Reader, $Writer = $protobuf.Writer, $util = $protobuf.util;
const $Object = $util.global.Object, $undefined = $util.global.undefined, $Error = $util.global.Error, $RangeError = $util.global.RangeError;

// Exported root namespace
const $root = $protobuf.roots["tag_update"] || ($protobuf.roots["tag_update"] = {});

export const flowfusion = $root.flowfusion = (() => {

    /**
     * Namespace flowfusion.
     * @exports flowfusion
     * @namespace
     */
    const flowfusion = {};

    flowfusion.v1 = (function() {

        /**
         * Namespace v1.
         * @memberof flowfusion
         * @namespace
         */
        const v1 = {};

        v1.TagUpdateBatch = (function() {

            /**
             * Properties of a TagUpdateBatch.
             * @typedef {Object} flowfusion.v1.TagUpdateBatch.$Properties
             * @property {string|null} [source] TagUpdateBatch source
             * @property {Array.<flowfusion.v1.TagUpdate.$Properties>|null} [updates] TagUpdateBatch updates
             * @property {Uint8Array|null} [receipt] TagUpdateBatch receipt
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a TagUpdateBatch.
             * @memberof flowfusion.v1
             * @interface ITagUpdateBatch
             * @augments flowfusion.v1.TagUpdateBatch.$Properties
             * @deprecated Use flowfusion.v1.TagUpdateBatch.$Properties instead.
             */

            /**
             * Shape of a TagUpdateBatch.
             * @typedef {{
             *   source?: string|null;
             *   updates?: Array.<flowfusion.v1.TagUpdate.$Shape>|null;
             *   receipt?: Uint8Array|null;
             *   $unknowns?: Array.<Uint8Array>;
             * }} flowfusion.v1.TagUpdateBatch.$Shape
             */

            /**
             * Constructs a new TagUpdateBatch.
             * @memberof flowfusion.v1
             * @classdesc Represents a TagUpdateBatch.
             * @constructor
             * @param {flowfusion.v1.TagUpdateBatch.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const TagUpdateBatch = function (properties) {
                this.updates = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * TagUpdateBatch source.
             * @member {string} source
             * @memberof flowfusion.v1.TagUpdateBatch
             * @instance
             */
            TagUpdateBatch.prototype.source = "";

            /**
             * TagUpdateBatch updates.
             * @member {Array.<flowfusion.v1.TagUpdate.$Properties>} updates
             * @memberof flowfusion.v1.TagUpdateBatch
             * @instance
             */
            TagUpdateBatch.prototype.updates = $util.emptyArray;

            /**
             * TagUpdateBatch receipt.
             * @member {Uint8Array|null|undefined} receipt
             * @memberof flowfusion.v1.TagUpdateBatch
             * @instance
             */
            TagUpdateBatch.prototype.receipt = null;

            // OneOf field names bound to virtual getters and setters
            let $oneOfFields;

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(TagUpdateBatch.prototype, "_receipt", {
                get: $util.oneOfGetter($oneOfFields = ["receipt"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            /**
             * Encodes the specified TagUpdateBatch message. Does not implicitly {@link flowfusion.v1.TagUpdateBatch.verify|verify} messages.
             * @function encode
             * @memberof flowfusion.v1.TagUpdateBatch
             * @static
             * @param {flowfusion.v1.TagUpdateBatch.$Properties} message TagUpdateBatch message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            TagUpdateBatch.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.source != null && $Object.hasOwnProperty.call(message, "source") && message.source !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.source);
                if (message.updates != null && message.updates.length)
                    for (let i = 0; i < message.updates.length; ++i)
                        $root.flowfusion.v1.TagUpdate.encode(message.updates[i], writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
                if (message.receipt != null && $Object.hasOwnProperty.call(message, "receipt"))
                    writer.uint32(/* id 3, wireType 2 =*/26).bytes(message.receipt);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a TagUpdateBatch message from the specified reader or buffer.
             * @function decode
             * @memberof flowfusion.v1.TagUpdateBatch
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {flowfusion.v1.TagUpdateBatch & flowfusion.v1.TagUpdateBatch.$Shape} TagUpdateBatch
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            TagUpdateBatch.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.flowfusion.v1.TagUpdateBatch();
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
                            if ((value = reader.stringVerify()).length)
                                message.source = value;
                            else
                                delete message.source;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if (!(message.updates && message.updates.length))
                                message.updates = [];
                            message.updates.push($root.flowfusion.v1.TagUpdate.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            message.receipt = reader.bytes();
                            message._receipt = "receipt";
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

            return TagUpdateBatch;
        })();

        v1.TagUpdate = (function() {

            /**
             * Properties of a TagUpdate.
             * @typedef {Object} flowfusion.v1.TagUpdate.$Properties
             * @property {string|null} [tag] TagUpdate tag
             * @property {number|Long|null} [timestampNs] TagUpdate timestampNs
             * @property {flowfusion.v1.Quality|null} [quality] TagUpdate quality
             * @property {boolean|null} [boolValue] TagUpdate boolValue
             * @property {number|Long|null} [intValue] TagUpdate intValue
             * @property {number|null} [doubleValue] TagUpdate doubleValue
             * @property {string|null} [textValue] TagUpdate textValue
             * @property {Uint8Array|null} [bytesValue] TagUpdate bytesValue
             * @property {"boolValue"|"intValue"|"doubleValue"|"textValue"|"bytesValue"} [value] TagUpdate value
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a TagUpdate.
             * @memberof flowfusion.v1
             * @interface ITagUpdate
             * @augments flowfusion.v1.TagUpdate.$Properties
             * @deprecated Use flowfusion.v1.TagUpdate.$Properties instead.
             */

            /**
             * Narrowed shape of a TagUpdate.
             * @typedef {{
             *   tag?: string|null;
             *   timestampNs?: number|Long|null;
             *   quality?: flowfusion.v1.Quality|null;
             *   boolValue?: boolean|null;
             *   intValue?: number|Long|null;
             *   doubleValue?: number|null;
             *   textValue?: string|null;
             *   bytesValue?: Uint8Array|null;
             *   $unknowns?: Array.<Uint8Array>;
             * } & (
             *   ({ value?: undefined; boolValue?: null; intValue?: null; doubleValue?: null; textValue?: null; bytesValue?: null }|{ value?: "boolValue"; boolValue: boolean; intValue?: null; doubleValue?: null; textValue?: null; bytesValue?: null }|{ value?: "intValue"; boolValue?: null; intValue: number|Long; doubleValue?: null; textValue?: null; bytesValue?: null }|{ value?: "doubleValue"; boolValue?: null; intValue?: null; doubleValue: number; textValue?: null; bytesValue?: null }|{ value?: "textValue"; boolValue?: null; intValue?: null; doubleValue?: null; textValue: string; bytesValue?: null }|{ value?: "bytesValue"; boolValue?: null; intValue?: null; doubleValue?: null; textValue?: null; bytesValue: Uint8Array })
             * )} flowfusion.v1.TagUpdate.$Shape
             */

            /**
             * Constructs a new TagUpdate.
             * @memberof flowfusion.v1
             * @classdesc Represents a TagUpdate.
             * @constructor
             * @param {flowfusion.v1.TagUpdate.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const TagUpdate = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * TagUpdate tag.
             * @member {string} tag
             * @memberof flowfusion.v1.TagUpdate
             * @instance
             */
            TagUpdate.prototype.tag = "";

            /**
             * TagUpdate timestampNs.
             * @member {number|Long} timestampNs
             * @memberof flowfusion.v1.TagUpdate
             * @instance
             */
            TagUpdate.prototype.timestampNs = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * TagUpdate quality.
             * @member {flowfusion.v1.Quality} quality
             * @memberof flowfusion.v1.TagUpdate
             * @instance
             */
            TagUpdate.prototype.quality = 0;

            /**
             * TagUpdate boolValue.
             * @member {boolean|null|undefined} boolValue
             * @memberof flowfusion.v1.TagUpdate
             * @instance
             */
            TagUpdate.prototype.boolValue = null;

            /**
             * TagUpdate intValue.
             * @member {number|Long|null|undefined} intValue
             * @memberof flowfusion.v1.TagUpdate
             * @instance
             */
            TagUpdate.prototype.intValue = null;

            /**
             * TagUpdate doubleValue.
             * @member {number|null|undefined} doubleValue
             * @memberof flowfusion.v1.TagUpdate
             * @instance
             */
            TagUpdate.prototype.doubleValue = null;

            /**
             * TagUpdate textValue.
             * @member {string|null|undefined} textValue
             * @memberof flowfusion.v1.TagUpdate
             * @instance
             */
            TagUpdate.prototype.textValue = null;

            /**
             * TagUpdate bytesValue.
             * @member {Uint8Array|null|undefined} bytesValue
             * @memberof flowfusion.v1.TagUpdate
             * @instance
             */
            TagUpdate.prototype.bytesValue = null;

            // OneOf field names bound to virtual getters and setters
            let $oneOfFields;

            /**
             * TagUpdate value.
             * @member {"boolValue"|"intValue"|"doubleValue"|"textValue"|"bytesValue"|undefined} value
             * @memberof flowfusion.v1.TagUpdate
             * @instance
             */
            $Object.defineProperty(TagUpdate.prototype, "value", {
                get: $util.oneOfGetter($oneOfFields = ["boolValue", "intValue", "doubleValue", "textValue", "bytesValue"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            /**
             * Encodes the specified TagUpdate message. Does not implicitly {@link flowfusion.v1.TagUpdate.verify|verify} messages.
             * @function encode
             * @memberof flowfusion.v1.TagUpdate
             * @static
             * @param {flowfusion.v1.TagUpdate.$Properties} message TagUpdate message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            TagUpdate.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.tag != null && $Object.hasOwnProperty.call(message, "tag") && message.tag !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.tag);
                if (message.timestampNs != null && $Object.hasOwnProperty.call(message, "timestampNs") && (typeof message.timestampNs === "object" ? message.timestampNs.low || message.timestampNs.high : message.timestampNs !== 0))
                    writer.uint32(/* id 2, wireType 1 =*/17).fixed64(message.timestampNs);
                if (message.quality != null && $Object.hasOwnProperty.call(message, "quality") && message.quality !== 0)
                    writer.uint32(/* id 3, wireType 0 =*/24).int32(message.quality);
                if (message.boolValue != null && $Object.hasOwnProperty.call(message, "boolValue"))
                    writer.uint32(/* id 4, wireType 0 =*/32).bool(message.boolValue);
                if (message.intValue != null && $Object.hasOwnProperty.call(message, "intValue"))
                    writer.uint32(/* id 5, wireType 1 =*/41).sfixed64(message.intValue);
                if (message.doubleValue != null && $Object.hasOwnProperty.call(message, "doubleValue"))
                    writer.uint32(/* id 6, wireType 1 =*/49).double(message.doubleValue);
                if (message.textValue != null && $Object.hasOwnProperty.call(message, "textValue"))
                    writer.uint32(/* id 7, wireType 2 =*/58).string(message.textValue);
                if (message.bytesValue != null && $Object.hasOwnProperty.call(message, "bytesValue"))
                    writer.uint32(/* id 8, wireType 2 =*/66).bytes(message.bytesValue);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a TagUpdate message from the specified reader or buffer.
             * @function decode
             * @memberof flowfusion.v1.TagUpdate
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {flowfusion.v1.TagUpdate & flowfusion.v1.TagUpdate.$Shape} TagUpdate
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            TagUpdate.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.flowfusion.v1.TagUpdate();
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
                            if ((value = reader.stringVerify()).length)
                                message.tag = value;
                            else
                                delete message.tag;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 1)
                                break;
                            if (typeof (value = reader.fixed64()) === "object" ? value.low || value.high : value !== 0)
                                message.timestampNs = value;
                            else
                                delete message.timestampNs;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.quality = value;
                            else
                                delete message.quality;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            message.boolValue = reader.bool();
                            message.value = "boolValue";
                            continue;
                        }
                    case 5: {
                            if (wireType !== 1)
                                break;
                            message.intValue = reader.sfixed64();
                            message.value = "intValue";
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
                            if (wireType !== 2)
                                break;
                            message.textValue = reader.stringVerify();
                            message.value = "textValue";
                            continue;
                        }
                    case 8: {
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

            return TagUpdate;
        })();

        /**
         * Quality enum.
         * @name flowfusion.v1.Quality
         * @enum {number}
         * @property {number} QUALITY_GOOD=0 QUALITY_GOOD value
         * @property {number} QUALITY_UNCERTAIN=1 QUALITY_UNCERTAIN value
         * @property {number} QUALITY_BAD=2 QUALITY_BAD value
         */
        v1.Quality = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "QUALITY_GOOD"] = 0;
            values[valuesById[1] = "QUALITY_UNCERTAIN"] = 1;
            values[valuesById[2] = "QUALITY_BAD"] = 2;
            return values;
        })();

        return v1;
    })();

    return flowfusion;
})();

export {
  $root as default
};
