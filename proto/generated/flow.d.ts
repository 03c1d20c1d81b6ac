import * as $protobuf from "protobufjs/minimal.js";
import Long = require("long");

/** Namespace flowfusion. */
export namespace flowfusion {

    /** Namespace v1. */
    namespace v1 {

        /**
         * Properties of a GraphRule.
         * @deprecated Use flowfusion.v1.GraphRule.$Properties instead.
         */
        interface IGraphRule extends flowfusion.v1.GraphRule.$Properties {
        }

        /** Represents a GraphRule. */
        class GraphRule {

            /**
             * Constructs a new GraphRule.
             * @param [properties] Properties to set
             */
            constructor(properties?: flowfusion.v1.GraphRule.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** GraphRule nodes. */
            nodes: flowfusion.v1.NodeDef.$Properties[];

            /** GraphRule wires. */
            wires: flowfusion.v1.Wire.$Properties[];

            /**
             * Encodes the specified GraphRule message. Does not implicitly {@link flowfusion.v1.GraphRule.verify|verify} messages.
             * @param message GraphRule message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: flowfusion.v1.GraphRule.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a GraphRule message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {flowfusion.v1.GraphRule & flowfusion.v1.GraphRule.$Shape} GraphRule
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): flowfusion.v1.GraphRule & flowfusion.v1.GraphRule.$Shape;
        }

        namespace GraphRule {

            /** Properties of a GraphRule. */
            interface $Properties {

                /** GraphRule nodes */
                nodes?: (flowfusion.v1.NodeDef.$Properties[]|null);

                /** GraphRule wires */
                wires?: (flowfusion.v1.Wire.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a GraphRule. */
            type $Shape = {
              nodes?: flowfusion.v1.NodeDef.$Shape[]|null;
              wires?: flowfusion.v1.Wire.$Shape[]|null;
              $unknowns?: Uint8Array[];
            };
        }

        /**
         * Properties of a NodeDef.
         * @deprecated Use flowfusion.v1.NodeDef.$Properties instead.
         */
        interface INodeDef extends flowfusion.v1.NodeDef.$Properties {
        }

        /** Represents a NodeDef. */
        class NodeDef {

            /**
             * Constructs a new NodeDef.
             * @param [properties] Properties to set
             */
            constructor(properties?: flowfusion.v1.NodeDef.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** NodeDef id. */
            id: string;

            /** NodeDef nodeType. */
            nodeType: string;

            /** NodeDef wasmHash. */
            wasmHash: Uint8Array;

            /** NodeDef inputs. */
            inputs: flowfusion.v1.PortDef.$Properties[];

            /** NodeDef outputs. */
            outputs: flowfusion.v1.PortDef.$Properties[];

            /** NodeDef props. */
            props: { [k: string]: flowfusion.v1.Value.$Properties };

            /** NodeDef stateVersion. */
            stateVersion: number;

            /** NodeDef acceptsStateFrom. */
            acceptsStateFrom: number;

            /** NodeDef subscribes. */
            subscribes?: (string|null);

            /** NodeDef delivers. */
            delivers?: (string|null);

            /**
             * Encodes the specified NodeDef message. Does not implicitly {@link flowfusion.v1.NodeDef.verify|verify} messages.
             * @param message NodeDef message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: flowfusion.v1.NodeDef.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a NodeDef message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {flowfusion.v1.NodeDef & flowfusion.v1.NodeDef.$Shape} NodeDef
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): flowfusion.v1.NodeDef & flowfusion.v1.NodeDef.$Shape;
        }

        namespace NodeDef {

            /** Properties of a NodeDef. */
            interface $Properties {

                /** NodeDef id */
                id?: (string|null);

                /** NodeDef nodeType */
                nodeType?: (string|null);

                /** NodeDef wasmHash */
                wasmHash?: (Uint8Array|null);

                /** NodeDef inputs */
                inputs?: (flowfusion.v1.PortDef.$Properties[]|null);

                /** NodeDef outputs */
                outputs?: (flowfusion.v1.PortDef.$Properties[]|null);

                /** NodeDef props */
                props?: ({ [k: string]: flowfusion.v1.Value.$Properties }|null);

                /** NodeDef stateVersion */
                stateVersion?: (number|null);

                /** NodeDef acceptsStateFrom */
                acceptsStateFrom?: (number|null);

                /** NodeDef subscribes */
                subscribes?: (string|null);

                /** NodeDef delivers */
                delivers?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a NodeDef. */
            type $Shape = {
              id?: string|null;
              nodeType?: string|null;
              wasmHash?: Uint8Array|null;
              inputs?: flowfusion.v1.PortDef.$Shape[]|null;
              outputs?: flowfusion.v1.PortDef.$Shape[]|null;
              props?: { [k: string]: flowfusion.v1.Value.$Shape }|null;
              stateVersion?: number|null;
              acceptsStateFrom?: number|null;
              subscribes?: string|null;
              delivers?: string|null;
              $unknowns?: Uint8Array[];
            };
        }

        /**
         * Properties of a PortDef.
         * @deprecated Use flowfusion.v1.PortDef.$Properties instead.
         */
        interface IPortDef extends flowfusion.v1.PortDef.$Properties {
        }

        /** Represents a PortDef. */
        class PortDef {

            /**
             * Constructs a new PortDef.
             * @param [properties] Properties to set
             */
            constructor(properties?: flowfusion.v1.PortDef.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** PortDef name. */
            name: string;

            /** PortDef type. */
            type: flowfusion.v1.PortType;

            /** PortDef optional. */
            optional: boolean;

            /**
             * Encodes the specified PortDef message. Does not implicitly {@link flowfusion.v1.PortDef.verify|verify} messages.
             * @param message PortDef message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: flowfusion.v1.PortDef.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a PortDef message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {flowfusion.v1.PortDef & flowfusion.v1.PortDef.$Shape} PortDef
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): flowfusion.v1.PortDef & flowfusion.v1.PortDef.$Shape;
        }

        namespace PortDef {

            /** Properties of a PortDef. */
            interface $Properties {

                /** PortDef name */
                name?: (string|null);

                /** PortDef type */
                type?: (flowfusion.v1.PortType|null);

                /** PortDef optional */
                optional?: (boolean|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a PortDef. */
            type $Shape = flowfusion.v1.PortDef.$Properties;
        }

        /** PortType enum. */
        enum PortType {

            /** PORT_TYPE_UNSPECIFIED value */
            PORT_TYPE_UNSPECIFIED = 0,

            /** PORT_TYPE_TAG value */
            PORT_TYPE_TAG = 1,

            /** PORT_TYPE_MESSAGE value */
            PORT_TYPE_MESSAGE = 2,

            /** PORT_TYPE_ANY value */
            PORT_TYPE_ANY = 3
        }

        /**
         * Properties of a Wire.
         * @deprecated Use flowfusion.v1.Wire.$Properties instead.
         */
        interface IWire extends flowfusion.v1.Wire.$Properties {
        }

        /** Represents a Wire. */
        class Wire {

            /**
             * Constructs a new Wire.
             * @param [properties] Properties to set
             */
            constructor(properties?: flowfusion.v1.Wire.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Wire sourceNode. */
            sourceNode: string;

            /** Wire sourcePort. */
            sourcePort: string;

            /** Wire targetNode. */
            targetNode: string;

            /** Wire targetPort. */
            targetPort: string;

            /**
             * Encodes the specified Wire message. Does not implicitly {@link flowfusion.v1.Wire.verify|verify} messages.
             * @param message Wire message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: flowfusion.v1.Wire.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Wire message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {flowfusion.v1.Wire & flowfusion.v1.Wire.$Shape} Wire
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): flowfusion.v1.Wire & flowfusion.v1.Wire.$Shape;
        }

        namespace Wire {

            /** Properties of a Wire. */
            interface $Properties {

                /** Wire sourceNode */
                sourceNode?: (string|null);

                /** Wire sourcePort */
                sourcePort?: (string|null);

                /** Wire targetNode */
                targetNode?: (string|null);

                /** Wire targetPort */
                targetPort?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Wire. */
            type $Shape = flowfusion.v1.Wire.$Properties;
        }

        /**
         * Properties of a Value.
         * @deprecated Use flowfusion.v1.Value.$Properties instead.
         */
        interface IValue extends flowfusion.v1.Value.$Properties {
        }

        /** Represents a Value. */
        class Value {

            /**
             * Constructs a new Value.
             * @param [properties] Properties to set
             */
            constructor(properties?: flowfusion.v1.Value.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Value nullValue. */
            nullValue?: (flowfusion.v1.NullValue|null);

            /** Value boolValue. */
            boolValue?: (boolean|null);

            /** Value numberValue. */
            numberValue?: (number|null);

            /** Value stringValue. */
            stringValue?: (string|null);

            /** Value listValue. */
            listValue?: (flowfusion.v1.ListValue.$Properties|null);

            /** Value objectValue. */
            objectValue?: (flowfusion.v1.ObjectValue.$Properties|null);

            /** Value kind. */
            kind?: ("nullValue"|"boolValue"|"numberValue"|"stringValue"|"listValue"|"objectValue");

            /**
             * Encodes the specified Value message. Does not implicitly {@link flowfusion.v1.Value.verify|verify} messages.
             * @param message Value message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: flowfusion.v1.Value.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Value message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {flowfusion.v1.Value & flowfusion.v1.Value.$Shape} Value
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): flowfusion.v1.Value & flowfusion.v1.Value.$Shape;
        }

        namespace Value {

            /** Properties of a Value. */
            interface $Properties {

                /** Value nullValue */
                nullValue?: (flowfusion.v1.NullValue|null);

                /** Value boolValue */
                boolValue?: (boolean|null);

                /** Value numberValue */
                numberValue?: (number|null);

                /** Value stringValue */
                stringValue?: (string|null);

                /** Value listValue */
                listValue?: (flowfusion.v1.ListValue.$Properties|null);

                /** Value objectValue */
                objectValue?: (flowfusion.v1.ObjectValue.$Properties|null);

                /** Value kind */
                kind?: ("nullValue"|"boolValue"|"numberValue"|"stringValue"|"listValue"|"objectValue");

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Narrowed shape of a Value. */
            type $Shape = {
              nullValue?: flowfusion.v1.NullValue|null;
              boolValue?: boolean|null;
              numberValue?: number|null;
              stringValue?: string|null;
              listValue?: flowfusion.v1.ListValue.$Shape|null;
              objectValue?: flowfusion.v1.ObjectValue.$Shape|null;
              $unknowns?: Uint8Array[];
            } & (
              ({ kind?: undefined; nullValue?: null; boolValue?: null; numberValue?: null; stringValue?: null; listValue?: null; objectValue?: null }|{ kind?: "nullValue"; nullValue: flowfusion.v1.NullValue; boolValue?: null; numberValue?: null; stringValue?: null; listValue?: null; objectValue?: null }|{ kind?: "boolValue"; nullValue?: null; boolValue: boolean; numberValue?: null; stringValue?: null; listValue?: null; objectValue?: null }|{ kind?: "numberValue"; nullValue?: null; boolValue?: null; numberValue: number; stringValue?: null; listValue?: null; objectValue?: null }|{ kind?: "stringValue"; nullValue?: null; boolValue?: null; numberValue?: null; stringValue: string; listValue?: null; objectValue?: null }|{ kind?: "listValue"; nullValue?: null; boolValue?: null; numberValue?: null; stringValue?: null; listValue: flowfusion.v1.ListValue.$Shape; objectValue?: null }|{ kind?: "objectValue"; nullValue?: null; boolValue?: null; numberValue?: null; stringValue?: null; listValue?: null; objectValue: flowfusion.v1.ObjectValue.$Shape })
            );
        }

        /** NullValue enum. */
        enum NullValue {

            /** NULL_VALUE value */
            NULL_VALUE = 0
        }

        /**
         * Properties of a ListValue.
         * @deprecated Use flowfusion.v1.ListValue.$Properties instead.
         */
        interface IListValue extends flowfusion.v1.ListValue.$Properties {
        }

        /** Represents a ListValue. */
        class ListValue {

            /**
             * Constructs a new ListValue.
             * @param [properties] Properties to set
             */
            constructor(properties?: flowfusion.v1.ListValue.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** ListValue values. */
            values: flowfusion.v1.Value.$Properties[];

            /**
             * Encodes the specified ListValue message. Does not implicitly {@link flowfusion.v1.ListValue.verify|verify} messages.
             * @param message ListValue message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: flowfusion.v1.ListValue.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a ListValue message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {flowfusion.v1.ListValue & flowfusion.v1.ListValue.$Shape} ListValue
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): flowfusion.v1.ListValue & flowfusion.v1.ListValue.$Shape;
        }

        namespace ListValue {

            /** Properties of a ListValue. */
            interface $Properties {

                /** ListValue values */
                values?: (flowfusion.v1.Value.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a ListValue. */
            type $Shape = {
              values?: flowfusion.v1.Value.$Shape[]|null;
              $unknowns?: Uint8Array[];
            };
        }

        /**
         * Properties of an ObjectValue.
         * @deprecated Use flowfusion.v1.ObjectValue.$Properties instead.
         */
        interface IObjectValue extends flowfusion.v1.ObjectValue.$Properties {
        }

        /** Represents an ObjectValue. */
        class ObjectValue {

            /**
             * Constructs a new ObjectValue.
             * @param [properties] Properties to set
             */
            constructor(properties?: flowfusion.v1.ObjectValue.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** ObjectValue fields. */
            fields: { [k: string]: flowfusion.v1.Value.$Properties };

            /**
             * Encodes the specified ObjectValue message. Does not implicitly {@link flowfusion.v1.ObjectValue.verify|verify} messages.
             * @param message ObjectValue message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: flowfusion.v1.ObjectValue.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an ObjectValue message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {flowfusion.v1.ObjectValue & flowfusion.v1.ObjectValue.$Shape} ObjectValue
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): flowfusion.v1.ObjectValue & flowfusion.v1.ObjectValue.$Shape;
        }

        namespace ObjectValue {

            /** Properties of an ObjectValue. */
            interface $Properties {

                /** ObjectValue fields */
                fields?: ({ [k: string]: flowfusion.v1.Value.$Properties }|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an ObjectValue. */
            type $Shape = {
              fields?: { [k: string]: flowfusion.v1.Value.$Shape }|null;
              $unknowns?: Uint8Array[];
            };
        }
    }
}
