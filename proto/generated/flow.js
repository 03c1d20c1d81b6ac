/*eslint-disable block-scoped-var, id-length, no-control-regex, no-magic-numbers, no-mixed-operators, no-prototype-builtins, no-redeclare, no-shadow, no-var, sort-vars, default-case, jsdoc/require-param*/
import $protobuf from "protobufjs/minimal.js";

// Common aliases
const $Reader = $protobuf.Reader, $Writer = $protobuf.Writer, $util = $protobuf.util;
const $Object = $util.global.Object, $undefined = $util.global.undefined, $Error = $util.global.Error, $RangeError = $util.global.RangeError;

// Exported root namespace
const $root = $protobuf.roots["flow"] || ($protobuf.roots["flow"] = {});

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

        v1.GraphRule = (function() {

            /**
             * Properties of a GraphRule.
             * @typedef {Object} flowfusion.v1.GraphRule.$Properties
             * @property {Array.<flowfusion.v1.NodeDef.$Properties>|null} [nodes] GraphRule nodes
             * @property {Array.<flowfusion.v1.Wire.$Properties>|null} [wires] GraphRule wires
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a GraphRule.
             * @memberof flowfusion.v1
             * @interface IGraphRule
             * @augments flowfusion.v1.GraphRule.$Properties
             * @deprecated Use flowfusion.v1.GraphRule.$Properties instead.
             */

            /**
             * Shape of a GraphRule.
             * @typedef {{
             *   nodes?: Array.<flowfusion.v1.NodeDef.$Shape>|null;
             *   wires?: Array.<flowfusion.v1.Wire.$Shape>|null;
             *   $unknowns?: Array.<Uint8Array>;
             * }} flowfusion.v1.GraphRule.$Shape
             */

            /**
             * Constructs a new GraphRule.
             * @memberof flowfusion.v1
             * @classdesc Represents a GraphRule.
             * @constructor
             * @param {flowfusion.v1.GraphRule.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const GraphRule = function (properties) {
                this.nodes = [];
                this.wires = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * GraphRule nodes.
             * @member {Array.<flowfusion.v1.NodeDef.$Properties>} nodes
             * @memberof flowfusion.v1.GraphRule
             * @instance
             */
            GraphRule.prototype.nodes = $util.emptyArray;

            /**
             * GraphRule wires.
             * @member {Array.<flowfusion.v1.Wire.$Properties>} wires
             * @memberof flowfusion.v1.GraphRule
             * @instance
             */
            GraphRule.prototype.wires = $util.emptyArray;

            /**
             * Encodes the specified GraphRule message. Does not implicitly {@link flowfusion.v1.GraphRule.verify|verify} messages.
             * @function encode
             * @memberof flowfusion.v1.GraphRule
             * @static
             * @param {flowfusion.v1.GraphRule.$Properties} message GraphRule message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            GraphRule.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.nodes != null && message.nodes.length)
                    for (let i = 0; i < message.nodes.length; ++i)
                        $root.flowfusion.v1.NodeDef.encode(message.nodes[i], writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
                if (message.wires != null && message.wires.length)
                    for (let i = 0; i < message.wires.length; ++i)
                        $root.flowfusion.v1.Wire.encode(message.wires[i], writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a GraphRule message from the specified reader or buffer.
             * @function decode
             * @memberof flowfusion.v1.GraphRule
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {flowfusion.v1.GraphRule & flowfusion.v1.GraphRule.$Shape} GraphRule
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            GraphRule.decode = function (reader, length, _end, _depth, _target) {
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
                message = _target || new $root.flowfusion.v1.GraphRule();
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
                            if (!(message.nodes && message.nodes.length))
                                message.nodes = [];
                            message.nodes.push($root.flowfusion.v1.NodeDef.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if (!(message.wires && message.wires.length))
                                message.wires = [];
                            message.wires.push($root.flowfusion.v1.Wire.decode(reader, reader.size(), $undefined, _depth + 1));
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

            return GraphRule;
        })();

        v1.NodeDef = (function() {

            /**
             * Properties of a NodeDef.
             * @typedef {Object} flowfusion.v1.NodeDef.$Properties
             * @property {string|null} [id] NodeDef id
             * @property {string|null} [nodeType] NodeDef nodeType
             * @property {Uint8Array|null} [wasmHash] NodeDef wasmHash
             * @property {Array.<flowfusion.v1.PortDef.$Properties>|null} [inputs] NodeDef inputs
             * @property {Array.<flowfusion.v1.PortDef.$Properties>|null} [outputs] NodeDef outputs
             * @property {Object.<string,flowfusion.v1.Value.$Properties>|null} [props] NodeDef props
             * @property {number|null} [stateVersion] NodeDef stateVersion
             * @property {number|null} [acceptsStateFrom] NodeDef acceptsStateFrom
             * @property {string|null} [subscribes] NodeDef subscribes
             * @property {string|null} [delivers] NodeDef delivers
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a NodeDef.
             * @memberof flowfusion.v1
             * @interface INodeDef
             * @augments flowfusion.v1.NodeDef.$Properties
             * @deprecated Use flowfusion.v1.NodeDef.$Properties instead.
             */

            /**
             * Shape of a NodeDef.
             * @typedef {{
             *   id?: string|null;
             *   nodeType?: string|null;
             *   wasmHash?: Uint8Array|null;
             *   inputs?: Array.<flowfusion.v1.PortDef.$Shape>|null;
             *   outputs?: Array.<flowfusion.v1.PortDef.$Shape>|null;
             *   props?: Object.<string,flowfusion.v1.Value.$Shape>|null;
             *   stateVersion?: number|null;
             *   acceptsStateFrom?: number|null;
             *   subscribes?: string|null;
             *   delivers?: string|null;
             *   $unknowns?: Array.<Uint8Array>;
             * }} flowfusion.v1.NodeDef.$Shape
             */

            /**
             * Constructs a new NodeDef.
             * @memberof flowfusion.v1
             * @classdesc Represents a NodeDef.
             * @constructor
             * @param {flowfusion.v1.NodeDef.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const NodeDef = function (properties) {
                this.inputs = [];
                this.outputs = [];
                this.props = {};
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * NodeDef id.
             * @member {string} id
             * @memberof flowfusion.v1.NodeDef
             * @instance
             */
            NodeDef.prototype.id = "";

            /**
             * NodeDef nodeType.
             * @member {string} nodeType
             * @memberof flowfusion.v1.NodeDef
             * @instance
             */
            NodeDef.prototype.nodeType = "";

            /**
             * NodeDef wasmHash.
             * @member {Uint8Array} wasmHash
             * @memberof flowfusion.v1.NodeDef
             * @instance
             */
            NodeDef.prototype.wasmHash = $util.newBuffer([]);

            /**
             * NodeDef inputs.
             * @member {Array.<flowfusion.v1.PortDef.$Properties>} inputs
             * @memberof flowfusion.v1.NodeDef
             * @instance
             */
            NodeDef.prototype.inputs = $util.emptyArray;

            /**
             * NodeDef outputs.
             * @member {Array.<flowfusion.v1.PortDef.$Properties>} outputs
             * @memberof flowfusion.v1.NodeDef
             * @instance
             */
            NodeDef.prototype.outputs = $util.emptyArray;

            /**
             * NodeDef props.
             * @member {Object.<string,flowfusion.v1.Value.$Properties>} props
             * @memberof flowfusion.v1.NodeDef
             * @instance
             */
            NodeDef.prototype.props = $util.emptyObject;

            /**
             * NodeDef stateVersion.
             * @member {number} stateVersion
             * @memberof flowfusion.v1.NodeDef
             * @instance
             */
            NodeDef.prototype.stateVersion = 0;

            /**
             * NodeDef acceptsStateFrom.
             * @member {number} acceptsStateFrom
             * @memberof flowfusion.v1.NodeDef
             * @instance
             */
            NodeDef.prototype.acceptsStateFrom = 0;

            /**
             * NodeDef subscribes.
             * @member {string|null|undefined} subscribes
             * @memberof flowfusion.v1.NodeDef
             * @instance
             */
            NodeDef.prototype.subscribes = null;

            /**
             * NodeDef delivers.
             * @member {string|null|undefined} delivers
             * @memberof flowfusion.v1.NodeDef
             * @instance
             */
            NodeDef.prototype.delivers = null;

            // OneOf field names bound to virtual getters and setters
            let $oneOfFields;

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(NodeDef.prototype, "_subscribes", {
                get: $util.oneOfGetter($oneOfFields = ["subscribes"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(NodeDef.prototype, "_delivers", {
                get: $util.oneOfGetter($oneOfFields = ["delivers"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            /**
             * Encodes the specified NodeDef message. Does not implicitly {@link flowfusion.v1.NodeDef.verify|verify} messages.
             * @function encode
             * @memberof flowfusion.v1.NodeDef
             * @static
             * @param {flowfusion.v1.NodeDef.$Properties} message NodeDef message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            NodeDef.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.id != null && $Object.hasOwnProperty.call(message, "id") && message.id !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.id);
                if (message.nodeType != null && $Object.hasOwnProperty.call(message, "nodeType") && message.nodeType !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.nodeType);
                if (message.wasmHash != null && $Object.hasOwnProperty.call(message, "wasmHash") && message.wasmHash.length)
                    writer.uint32(/* id 3, wireType 2 =*/26).bytes(message.wasmHash);
                if (message.inputs != null && message.inputs.length)
                    for (let i = 0; i < message.inputs.length; ++i)
                        $root.flowfusion.v1.PortDef.encode(message.inputs[i], writer.uint32(/* id 4, wireType 2 =*/34).fork(), _depth + 1).ldelim();
                if (message.outputs != null && message.outputs.length)
                    for (let i = 0; i < message.outputs.length; ++i)
                        $root.flowfusion.v1.PortDef.encode(message.outputs[i], writer.uint32(/* id 5, wireType 2 =*/42).fork(), _depth + 1).ldelim();
                if (message.props != null && $Object.hasOwnProperty.call(message, "props"))
                    for (let keys = $Object.keys(message.props), i = 0; i < keys.length; ++i) {
                        writer.uint32(/* id 6, wireType 2 =*/50).fork().uint32(/* id 1, wireType 2 =*/10).string(keys[i]);
                        $root.flowfusion.v1.Value.encode(message.props[keys[i]], writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim().ldelim();
                    }
                if (message.stateVersion != null && $Object.hasOwnProperty.call(message, "stateVersion") && message.stateVersion !== 0)
                    writer.uint32(/* id 7, wireType 0 =*/56).uint32(message.stateVersion);
                if (message.acceptsStateFrom != null && $Object.hasOwnProperty.call(message, "acceptsStateFrom") && message.acceptsStateFrom !== 0)
                    writer.uint32(/* id 8, wireType 0 =*/64).uint32(message.acceptsStateFrom);
                if (message.subscribes != null && $Object.hasOwnProperty.call(message, "subscribes"))
                    writer.uint32(/* id 9, wireType 2 =*/74).string(message.subscribes);
                if (message.delivers != null && $Object.hasOwnProperty.call(message, "delivers"))
                    writer.uint32(/* id 10, wireType 2 =*/82).string(message.delivers);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a NodeDef message from the specified reader or buffer.
             * @function decode
             * @memberof flowfusion.v1.NodeDef
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {flowfusion.v1.NodeDef & flowfusion.v1.NodeDef.$Shape} NodeDef
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            NodeDef.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, key, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.flowfusion.v1.NodeDef();
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
                                message.id = value;
                            else
                                delete message.id;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.nodeType = value;
                            else
                                delete message.nodeType;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.wasmHash = value;
                            else
                                delete message.wasmHash;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            if (!(message.inputs && message.inputs.length))
                                message.inputs = [];
                            message.inputs.push($root.flowfusion.v1.PortDef.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 5: {
                            if (wireType !== 2)
                                break;
                            if (!(message.outputs && message.outputs.length))
                                message.outputs = [];
                            message.outputs.push($root.flowfusion.v1.PortDef.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 6: {
                            if (wireType !== 2)
                                break;
                            if (message.props === $util.emptyObject)
                                message.props = {};
                            let end2 = reader.size() + reader.pos;
                            if (end2 > reader.len)
                                throw $RangeError("index out of range");
                            reader.len = end2;
                            key = "";
                            value = null;
                            while (reader.pos < end2) {
                                let tag2 = reader.tag();
                                wireType = tag2 & 7;
                                switch (tag2 >>>= 3) {
                                case 1:
                                    if (wireType !== 2)
                                        break;
                                    key = reader.stringVerify();
                                    continue;
                                case 2:
                                    if (wireType !== 2)
                                        break;
                                    value = $root.flowfusion.v1.Value.decode(reader, reader.size(), $undefined, _depth + 1, value);
                                    continue;
                                }
                                reader.skipType(wireType, _depth, tag2);
                            }
                            if (reader.pos !== end2)
                                throw $RangeError("index out of range");
                            reader.len = end;
                            if (key === "__proto__")
                                $util.makeProp(message.props, key);
                            message.props[key] = value || new $root.flowfusion.v1.Value();
                            continue;
                        }
                    case 7: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.stateVersion = value;
                            else
                                delete message.stateVersion;
                            continue;
                        }
                    case 8: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.acceptsStateFrom = value;
                            else
                                delete message.acceptsStateFrom;
                            continue;
                        }
                    case 9: {
                            if (wireType !== 2)
                                break;
                            message.subscribes = reader.stringVerify();
                            message._subscribes = "subscribes";
                            continue;
                        }
                    case 10: {
                            if (wireType !== 2)
                                break;
                            message.delivers = reader.stringVerify();
                            message._delivers = "delivers";
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

            return NodeDef;
        })();

        v1.PortDef = (function() {

            /**
             * Properties of a PortDef.
             * @typedef {Object} flowfusion.v1.PortDef.$Properties
             * @property {string|null} [name] PortDef name
             * @property {flowfusion.v1.PortType|null} [type] PortDef type
             * @property {boolean|null} [optional] PortDef optional
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a PortDef.
             * @memberof flowfusion.v1
             * @interface IPortDef
             * @augments flowfusion.v1.PortDef.$Properties
             * @deprecated Use flowfusion.v1.PortDef.$Properties instead.
             */

            /**
             * Shape of a PortDef.
             * @typedef {flowfusion.v1.PortDef.$Properties} flowfusion.v1.PortDef.$Shape
             */

            /**
             * Constructs a new PortDef.
             * @memberof flowfusion.v1
             * @classdesc Represents a PortDef.
             * @constructor
             * @param {flowfusion.v1.PortDef.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const PortDef = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * PortDef name.
             * @member {string} name
             * @memberof flowfusion.v1.PortDef
             * @instance
             */
            PortDef.prototype.name = "";

            /**
             * PortDef type.
             * @member {flowfusion.v1.PortType} type
             * @memberof flowfusion.v1.PortDef
             * @instance
             */
            PortDef.prototype.type = 0;

            /**
             * PortDef optional.
             * @member {boolean} optional
             * @memberof flowfusion.v1.PortDef
             * @instance
             */
            PortDef.prototype.optional = false;

            /**
             * Encodes the specified PortDef message. Does not implicitly {@link flowfusion.v1.PortDef.verify|verify} messages.
             * @function encode
             * @memberof flowfusion.v1.PortDef
             * @static
             * @param {flowfusion.v1.PortDef.$Properties} message PortDef message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            PortDef.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.name != null && $Object.hasOwnProperty.call(message, "name") && message.name !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.name);
                if (message.type != null && $Object.hasOwnProperty.call(message, "type") && message.type !== 0)
                    writer.uint32(/* id 2, wireType 0 =*/16).int32(message.type);
                if (message.optional != null && $Object.hasOwnProperty.call(message, "optional") && message.optional !== false)
                    writer.uint32(/* id 3, wireType 0 =*/24).bool(message.optional);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a PortDef message from the specified reader or buffer.
             * @function decode
             * @memberof flowfusion.v1.PortDef
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {flowfusion.v1.PortDef & flowfusion.v1.PortDef.$Shape} PortDef
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            PortDef.decode = function (reader, length, _end, _depth, _target) {
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
                message = _target || new $root.flowfusion.v1.PortDef();
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
                                message.name = value;
                            else
                                delete message.name;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.type = value;
                            else
                                delete message.type;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.optional = value;
                            else
                                delete message.optional;
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

            return PortDef;
        })();

        /**
         * PortType enum.
         * @name flowfusion.v1.PortType
         * @enum {number}
         * @property {number} PORT_TYPE_UNSPECIFIED=0 PORT_TYPE_UNSPECIFIED value
         * @property {number} PORT_TYPE_TAG=1 PORT_TYPE_TAG value
         * @property {number} PORT_TYPE_MESSAGE=2 PORT_TYPE_MESSAGE value
         * @property {number} PORT_TYPE_ANY=3 PORT_TYPE_ANY value
         */
        v1.PortType = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "PORT_TYPE_UNSPECIFIED"] = 0;
            values[valuesById[1] = "PORT_TYPE_TAG"] = 1;
            values[valuesById[2] = "PORT_TYPE_MESSAGE"] = 2;
            values[valuesById[3] = "PORT_TYPE_ANY"] = 3;
            return values;
        })();

        v1.Wire = (function() {

            /**
             * Properties of a Wire.
             * @typedef {Object} flowfusion.v1.Wire.$Properties
             * @property {string|null} [sourceNode] Wire sourceNode
             * @property {string|null} [sourcePort] Wire sourcePort
             * @property {string|null} [targetNode] Wire targetNode
             * @property {string|null} [targetPort] Wire targetPort
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Wire.
             * @memberof flowfusion.v1
             * @interface IWire
             * @augments flowfusion.v1.Wire.$Properties
             * @deprecated Use flowfusion.v1.Wire.$Properties instead.
             */

            /**
             * Shape of a Wire.
             * @typedef {flowfusion.v1.Wire.$Properties} flowfusion.v1.Wire.$Shape
             */

            /**
             * Constructs a new Wire.
             * @memberof flowfusion.v1
             * @classdesc Represents a Wire.
             * @constructor
             * @param {flowfusion.v1.Wire.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Wire = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Wire sourceNode.
             * @member {string} sourceNode
             * @memberof flowfusion.v1.Wire
             * @instance
             */
            Wire.prototype.sourceNode = "";

            /**
             * Wire sourcePort.
             * @member {string} sourcePort
             * @memberof flowfusion.v1.Wire
             * @instance
             */
            Wire.prototype.sourcePort = "";

            /**
             * Wire targetNode.
             * @member {string} targetNode
             * @memberof flowfusion.v1.Wire
             * @instance
             */
            Wire.prototype.targetNode = "";

            /**
             * Wire targetPort.
             * @member {string} targetPort
             * @memberof flowfusion.v1.Wire
             * @instance
             */
            Wire.prototype.targetPort = "";

            /**
             * Encodes the specified Wire message. Does not implicitly {@link flowfusion.v1.Wire.verify|verify} messages.
             * @function encode
             * @memberof flowfusion.v1.Wire
             * @static
             * @param {flowfusion.v1.Wire.$Properties} message Wire message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Wire.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.sourceNode != null && $Object.hasOwnProperty.call(message, "sourceNode") && message.sourceNode !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.sourceNode);
                if (message.sourcePort != null && $Object.hasOwnProperty.call(message, "sourcePort") && message.sourcePort !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.sourcePort);
                if (message.targetNode != null && $Object.hasOwnProperty.call(message, "targetNode") && message.targetNode !== "")
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.targetNode);
                if (message.targetPort != null && $Object.hasOwnProperty.call(message, "targetPort") && message.targetPort !== "")
                    writer.uint32(/* id 4, wireType 2 =*/34).string(message.targetPort);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Wire message from the specified reader or buffer.
             * @function decode
             * @memberof flowfusion.v1.Wire
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {flowfusion.v1.Wire & flowfusion.v1.Wire.$Shape} Wire
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Wire.decode = function (reader, length, _end, _depth, _target) {
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
                message = _target || new $root.flowfusion.v1.Wire();
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
                                message.sourceNode = value;
                            else
                                delete message.sourceNode;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.sourcePort = value;
                            else
                                delete message.sourcePort;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.targetNode = value;
                            else
                                delete message.targetNode;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.targetPort = value;
                            else
                                delete message.targetPort;
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

            return Wire;
        })();

        v1.Value = (function() {

            /**
             * Properties of a Value.
             * @typedef {Object} flowfusion.v1.Value.$Properties
             * @property {flowfusion.v1.NullValue|null} [nullValue] Value nullValue
             * @property {boolean|null} [boolValue] Value boolValue
             * @property {number|null} [numberValue] Value numberValue
             * @property {string|null} [stringValue] Value stringValue
             * @property {flowfusion.v1.ListValue.$Properties|null} [listValue] Value listValue
             * @property {flowfusion.v1.ObjectValue.$Properties|null} [objectValue] Value objectValue
             * @property {"nullValue"|"boolValue"|"numberValue"|"stringValue"|"listValue"|"objectValue"} [kind] Value kind
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Value.
             * @memberof flowfusion.v1
             * @interface IValue
             * @augments flowfusion.v1.Value.$Properties
             * @deprecated Use flowfusion.v1.Value.$Properties instead.
             */

            /**
             * Narrowed shape of a Value.
             * @typedef {{
             *   nullValue?: flowfusion.v1.NullValue|null;
             *   boolValue?: boolean|null;
             *   numberValue?: number|null;
             *   stringValue?: string|null;
             *   listValue?: flowfusion.v1.ListValue.$Shape|null;
             *   objectValue?: flowfusion.v1.ObjectValue.$Shape|null;
             *   $unknowns?: Array.<Uint8Array>;
             * } & (
             *   ({ kind?: undefined; nullValue?: null; boolValue?: null; numberValue?: null; stringValue?: null; listValue?: null; objectValue?: null }|{ kind?: "nullValue"; nullValue: flowfusion.v1.NullValue; boolValue?: null; numberValue?: null; stringValue?: null; listValue?: null; objectValue?: null }|{ kind?: "boolValue"; nullValue?: null; boolValue: boolean; numberValue?: null; stringValue?: null; listValue?: null; objectValue?: null }|{ kind?: "numberValue"; nullValue?: null; boolValue?: null; numberValue: number; stringValue?: null; listValue?: null; objectValue?: null }|{ kind?: "stringValue"; nullValue?: null; boolValue?: null; numberValue?: null; stringValue: string; listValue?: null; objectValue?: null }|{ kind?: "listValue"; nullValue?: null; boolValue?: null; numberValue?: null; stringValue?: null; listValue: flowfusion.v1.ListValue.$Shape; objectValue?: null }|{ kind?: "objectValue"; nullValue?: null; boolValue?: null; numberValue?: null; stringValue?: null; listValue?: null; objectValue: flowfusion.v1.ObjectValue.$Shape })
             * )} flowfusion.v1.Value.$Shape
             */

            /**
             * Constructs a new Value.
             * @memberof flowfusion.v1
             * @classdesc Represents a Value.
             * @constructor
             * @param {flowfusion.v1.Value.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Value = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Value nullValue.
             * @member {flowfusion.v1.NullValue|null|undefined} nullValue
             * @memberof flowfusion.v1.Value
             * @instance
             */
            Value.prototype.nullValue = null;

            /**
             * Value boolValue.
             * @member {boolean|null|undefined} boolValue
             * @memberof flowfusion.v1.Value
             * @instance
             */
            Value.prototype.boolValue = null;

            /**
             * Value numberValue.
             * @member {number|null|undefined} numberValue
             * @memberof flowfusion.v1.Value
             * @instance
             */
            Value.prototype.numberValue = null;

            /**
             * Value stringValue.
             * @member {string|null|undefined} stringValue
             * @memberof flowfusion.v1.Value
             * @instance
             */
            Value.prototype.stringValue = null;

            /**
             * Value listValue.
             * @member {flowfusion.v1.ListValue.$Properties|null|undefined} listValue
             * @memberof flowfusion.v1.Value
             * @instance
             */
            Value.prototype.listValue = null;

            /**
             * Value objectValue.
             * @member {flowfusion.v1.ObjectValue.$Properties|null|undefined} objectValue
             * @memberof flowfusion.v1.Value
             * @instance
             */
            Value.prototype.objectValue = null;

            // OneOf field names bound to virtual getters and setters
            let $oneOfFields;

            /**
             * Value kind.
             * @member {"nullValue"|"boolValue"|"numberValue"|"stringValue"|"listValue"|"objectValue"|undefined} kind
             * @memberof flowfusion.v1.Value
             * @instance
             */
            $Object.defineProperty(Value.prototype, "kind", {
                get: $util.oneOfGetter($oneOfFields = ["nullValue", "boolValue", "numberValue", "stringValue", "listValue", "objectValue"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            /**
             * Encodes the specified Value message. Does not implicitly {@link flowfusion.v1.Value.verify|verify} messages.
             * @function encode
             * @memberof flowfusion.v1.Value
             * @static
             * @param {flowfusion.v1.Value.$Properties} message Value message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Value.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.nullValue != null && $Object.hasOwnProperty.call(message, "nullValue"))
                    writer.uint32(/* id 1, wireType 0 =*/8).int32(message.nullValue);
                if (message.boolValue != null && $Object.hasOwnProperty.call(message, "boolValue"))
                    writer.uint32(/* id 2, wireType 0 =*/16).bool(message.boolValue);
                if (message.numberValue != null && $Object.hasOwnProperty.call(message, "numberValue"))
                    writer.uint32(/* id 3, wireType 1 =*/25).double(message.numberValue);
                if (message.stringValue != null && $Object.hasOwnProperty.call(message, "stringValue"))
                    writer.uint32(/* id 4, wireType 2 =*/34).string(message.stringValue);
                if (message.listValue != null && $Object.hasOwnProperty.call(message, "listValue"))
                    $root.flowfusion.v1.ListValue.encode(message.listValue, writer.uint32(/* id 5, wireType 2 =*/42).fork(), _depth + 1).ldelim();
                if (message.objectValue != null && $Object.hasOwnProperty.call(message, "objectValue"))
                    $root.flowfusion.v1.ObjectValue.encode(message.objectValue, writer.uint32(/* id 6, wireType 2 =*/50).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Value message from the specified reader or buffer.
             * @function decode
             * @memberof flowfusion.v1.Value
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {flowfusion.v1.Value & flowfusion.v1.Value.$Shape} Value
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Value.decode = function (reader, length, _end, _depth, _target) {
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
                message = _target || new $root.flowfusion.v1.Value();
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
                            message.nullValue = reader.int32();
                            message.kind = "nullValue";
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            message.boolValue = reader.bool();
                            message.kind = "boolValue";
                            continue;
                        }
                    case 3: {
                            if (wireType !== 1)
                                break;
                            message.numberValue = reader.double();
                            message.kind = "numberValue";
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            message.stringValue = reader.stringVerify();
                            message.kind = "stringValue";
                            continue;
                        }
                    case 5: {
                            if (wireType !== 2)
                                break;
                            message.listValue = $root.flowfusion.v1.ListValue.decode(reader, reader.size(), $undefined, _depth + 1, message.listValue);
                            message.kind = "listValue";
                            continue;
                        }
                    case 6: {
                            if (wireType !== 2)
                                break;
                            message.objectValue = $root.flowfusion.v1.ObjectValue.decode(reader, reader.size(), $undefined, _depth + 1, message.objectValue);
                            message.kind = "objectValue";
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

            return Value;
        })();

        /**
         * NullValue enum.
         * @name flowfusion.v1.NullValue
         * @enum {number}
         * @property {number} NULL_VALUE=0 NULL_VALUE value
         */
        v1.NullValue = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "NULL_VALUE"] = 0;
            return values;
        })();

        v1.ListValue = (function() {

            /**
             * Properties of a ListValue.
             * @typedef {Object} flowfusion.v1.ListValue.$Properties
             * @property {Array.<flowfusion.v1.Value.$Properties>|null} [values] ListValue values
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a ListValue.
             * @memberof flowfusion.v1
             * @interface IListValue
             * @augments flowfusion.v1.ListValue.$Properties
             * @deprecated Use flowfusion.v1.ListValue.$Properties instead.
             */

            /**
             * Shape of a ListValue.
             * @typedef {{
             *   values?: Array.<flowfusion.v1.Value.$Shape>|null;
             *   $unknowns?: Array.<Uint8Array>;
             * }} flowfusion.v1.ListValue.$Shape
             */

            /**
             * Constructs a new ListValue.
             * @memberof flowfusion.v1
             * @classdesc Represents a ListValue.
             * @constructor
             * @param {flowfusion.v1.ListValue.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const ListValue = function (properties) {
                this.values = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * ListValue values.
             * @member {Array.<flowfusion.v1.Value.$Properties>} values
             * @memberof flowfusion.v1.ListValue
             * @instance
             */
            ListValue.prototype.values = $util.emptyArray;

            /**
             * Encodes the specified ListValue message. Does not implicitly {@link flowfusion.v1.ListValue.verify|verify} messages.
             * @function encode
             * @memberof flowfusion.v1.ListValue
             * @static
             * @param {flowfusion.v1.ListValue.$Properties} message ListValue message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            ListValue.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.values != null && message.values.length)
                    for (let i = 0; i < message.values.length; ++i)
                        $root.flowfusion.v1.Value.encode(message.values[i], writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a ListValue message from the specified reader or buffer.
             * @function decode
             * @memberof flowfusion.v1.ListValue
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {flowfusion.v1.ListValue & flowfusion.v1.ListValue.$Shape} ListValue
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            ListValue.decode = function (reader, length, _end, _depth, _target) {
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
                message = _target || new $root.flowfusion.v1.ListValue();
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
                            if (!(message.values && message.values.length))
                                message.values = [];
                            message.values.push($root.flowfusion.v1.Value.decode(reader, reader.size(), $undefined, _depth + 1));
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

            return ListValue;
        })();

        v1.ObjectValue = (function() {

            /**
             * Properties of an ObjectValue.
             * @typedef {Object} flowfusion.v1.ObjectValue.$Properties
             * @property {Object.<string,flowfusion.v1.Value.$Properties>|null} [fields] ObjectValue fields
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of an ObjectValue.
             * @memberof flowfusion.v1
             * @interface IObjectValue
             * @augments flowfusion.v1.ObjectValue.$Properties
             * @deprecated Use flowfusion.v1.ObjectValue.$Properties instead.
             */

            /**
             * Shape of an ObjectValue.
             * @typedef {{
             *   fields?: Object.<string,flowfusion.v1.Value.$Shape>|null;
             *   $unknowns?: Array.<Uint8Array>;
             * }} flowfusion.v1.ObjectValue.$Shape
             */

            /**
             * Constructs a new ObjectValue.
             * @memberof flowfusion.v1
             * @classdesc Represents an ObjectValue.
             * @constructor
             * @param {flowfusion.v1.ObjectValue.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const ObjectValue = function (properties) {
                this.fields = {};
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * ObjectValue fields.
             * @member {Object.<string,flowfusion.v1.Value.$Properties>} fields
             * @memberof flowfusion.v1.ObjectValue
             * @instance
             */
            ObjectValue.prototype.fields = $util.emptyObject;

            /**
             * Encodes the specified ObjectValue message. Does not implicitly {@link flowfusion.v1.ObjectValue.verify|verify} messages.
             * @function encode
             * @memberof flowfusion.v1.ObjectValue
             * @static
             * @param {flowfusion.v1.ObjectValue.$Properties} message ObjectValue message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            ObjectValue.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.fields != null && $Object.hasOwnProperty.call(message, "fields"))
                    for (let keys = $Object.keys(message.fields), i = 0; i < keys.length; ++i) {
                        writer.uint32(/* id 1, wireType 2 =*/10).fork().uint32(/* id 1, wireType 2 =*/10).string(keys[i]);
                        $root.flowfusion.v1.Value.encode(message.fields[keys[i]], writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim().ldelim();
                    }
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes an ObjectValue message from the specified reader or buffer.
             * @function decode
             * @memberof flowfusion.v1.ObjectValue
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {flowfusion.v1.ObjectValue & flowfusion.v1.ObjectValue.$Shape} ObjectValue
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            ObjectValue.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, key, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.flowfusion.v1.ObjectValue();
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
                            if (message.fields === $util.emptyObject)
                                message.fields = {};
                            let end2 = reader.size() + reader.pos;
                            if (end2 > reader.len)
                                throw $RangeError("index out of range");
                            reader.len = end2;
                            key = "";
                            value = null;
                            while (reader.pos < end2) {
                                let tag2 = reader.tag();
                                wireType = tag2 & 7;
                                switch (tag2 >>>= 3) {
                                case 1:
                                    if (wireType !== 2)
                                        break;
                                    key = reader.stringVerify();
                                    continue;
                                case 2:
                                    if (wireType !== 2)
                                        break;
                                    value = $root.flowfusion.v1.Value.decode(reader, reader.size(), $undefined, _depth + 1, value);
                                    continue;
                                }
                                reader.skipType(wireType, _depth, tag2);
                            }
                            if (reader.pos !== end2)
                                throw $RangeError("index out of range");
                            reader.len = end;
                            if (key === "__proto__")
                                $util.makeProp(message.fields, key);
                            message.fields[key] = value || new $root.flowfusion.v1.Value();
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

            return ObjectValue;
        })();

        return v1;
    })();

    return flowfusion;
})();

export {
  $root as default
};
