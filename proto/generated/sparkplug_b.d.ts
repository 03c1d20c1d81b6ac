import * as $protobuf from "protobufjs/minimal.js";
import Long = require("long");

/** Namespace org. */
export namespace org {

    /** Namespace eclipse. */
    namespace eclipse {

        /** Namespace tahu. */
        namespace tahu {

            /** Namespace protobuf. */
            namespace protobuf {

                /**
                 * Properties of a Payload.
                 * @deprecated Use org.eclipse.tahu.protobuf.Payload.$Properties instead.
                 */
                interface IPayload extends org.eclipse.tahu.protobuf.Payload.$Properties {
                }

                /** Represents a Payload. */
                class Payload {

                    /**
                     * Constructs a new Payload.
                     * @param [properties] Properties to set
                     */
                    constructor(properties?: org.eclipse.tahu.protobuf.Payload.$Properties);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];

                    /** Payload timestamp. */
                    timestamp?: (number|Long|null);

                    /** Payload metrics. */
                    metrics: org.eclipse.tahu.protobuf.Payload.Metric.$Properties[];

                    /** Payload seq. */
                    seq?: (number|Long|null);

                    /** Payload uuid. */
                    uuid?: (string|null);

                    /** Payload body. */
                    body?: (Uint8Array|null);

                    /**
                     * Encodes the specified Payload message. Does not implicitly {@link org.eclipse.tahu.protobuf.Payload.verify|verify} messages.
                     * @param message Payload message or plain object to encode
                     * @param [writer] Writer to encode to
                     * @returns Writer
                     */
                    static encode(message: org.eclipse.tahu.protobuf.Payload.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                    /**
                     * Decodes a Payload message from the specified reader or buffer.
                     * @param reader Reader or buffer to decode from
                     * @param [length] Message length if known beforehand
                     * @returns {org.eclipse.tahu.protobuf.Payload & org.eclipse.tahu.protobuf.Payload.$Shape} Payload
                     * @throws {Error} If the payload is not a reader or valid buffer
                     * @throws {$protobuf.util.ProtocolError} If required fields are missing
                     */
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): org.eclipse.tahu.protobuf.Payload & org.eclipse.tahu.protobuf.Payload.$Shape;
                }

                namespace Payload {

                    /** Properties of a Payload. */
                    interface $Properties {

                        /** Payload timestamp */
                        timestamp?: (number|Long|null);

                        /** Payload metrics */
                        metrics?: (org.eclipse.tahu.protobuf.Payload.Metric.$Properties[]|null);

                        /** Payload seq */
                        seq?: (number|Long|null);

                        /** Payload uuid */
                        uuid?: (string|null);

                        /** Payload body */
                        body?: (Uint8Array|null);

                        /** Unknown fields preserved while decoding when enabled */
                        $unknowns?: Uint8Array[];
                    }

                    /** Shape of a Payload. */
                    type $Shape = {
                      timestamp?: number|Long|null;
                      metrics?: org.eclipse.tahu.protobuf.Payload.Metric.$Shape[]|null;
                      seq?: number|Long|null;
                      uuid?: string|null;
                      body?: Uint8Array|null;
                      $unknowns?: Uint8Array[];
                    };

                    /**
                     * Properties of a PropertyValue.
                     * @deprecated Use org.eclipse.tahu.protobuf.Payload.PropertyValue.$Properties instead.
                     */
                    interface IPropertyValue extends org.eclipse.tahu.protobuf.Payload.PropertyValue.$Properties {
                    }

                    /** Represents a PropertyValue. */
                    class PropertyValue {

                        /**
                         * Constructs a new PropertyValue.
                         * @param [properties] Properties to set
                         */
                        constructor(properties?: org.eclipse.tahu.protobuf.Payload.PropertyValue.$Properties);

                        /** Unknown fields preserved while decoding when enabled */
                        $unknowns?: Uint8Array[];

                        /** PropertyValue type. */
                        type?: (number|null);

                        /** PropertyValue isNull. */
                        isNull?: (boolean|null);

                        /** PropertyValue intValue. */
                        intValue?: (number|null);

                        /** PropertyValue longValue. */
                        longValue?: (number|Long|null);

                        /** PropertyValue floatValue. */
                        floatValue?: (number|null);

                        /** PropertyValue doubleValue. */
                        doubleValue?: (number|null);

                        /** PropertyValue booleanValue. */
                        booleanValue?: (boolean|null);

                        /** PropertyValue stringValue. */
                        stringValue?: (string|null);

                        /** PropertyValue value. */
                        value?: ("intValue"|"longValue"|"floatValue"|"doubleValue"|"booleanValue"|"stringValue");

                        /**
                         * Encodes the specified PropertyValue message. Does not implicitly {@link org.eclipse.tahu.protobuf.Payload.PropertyValue.verify|verify} messages.
                         * @param message PropertyValue message or plain object to encode
                         * @param [writer] Writer to encode to
                         * @returns Writer
                         */
                        static encode(message: org.eclipse.tahu.protobuf.Payload.PropertyValue.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                        /**
                         * Decodes a PropertyValue message from the specified reader or buffer.
                         * @param reader Reader or buffer to decode from
                         * @param [length] Message length if known beforehand
                         * @returns {org.eclipse.tahu.protobuf.Payload.PropertyValue & org.eclipse.tahu.protobuf.Payload.PropertyValue.$Shape} PropertyValue
                         * @throws {Error} If the payload is not a reader or valid buffer
                         * @throws {$protobuf.util.ProtocolError} If required fields are missing
                         */
                        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): org.eclipse.tahu.protobuf.Payload.PropertyValue & org.eclipse.tahu.protobuf.Payload.PropertyValue.$Shape;
                    }

                    namespace PropertyValue {

                        /** Properties of a PropertyValue. */
                        interface $Properties {

                            /** PropertyValue type */
                            type?: (number|null);

                            /** PropertyValue isNull */
                            isNull?: (boolean|null);

                            /** PropertyValue intValue */
                            intValue?: (number|null);

                            /** PropertyValue longValue */
                            longValue?: (number|Long|null);

                            /** PropertyValue floatValue */
                            floatValue?: (number|null);

                            /** PropertyValue doubleValue */
                            doubleValue?: (number|null);

                            /** PropertyValue booleanValue */
                            booleanValue?: (boolean|null);

                            /** PropertyValue stringValue */
                            stringValue?: (string|null);

                            /** PropertyValue value */
                            value?: ("intValue"|"longValue"|"floatValue"|"doubleValue"|"booleanValue"|"stringValue");

                            /** Unknown fields preserved while decoding when enabled */
                            $unknowns?: Uint8Array[];
                        }

                        /** Narrowed shape of a PropertyValue. */
                        type $Shape = {
                          type?: number|null;
                          isNull?: boolean|null;
                          intValue?: number|null;
                          longValue?: number|Long|null;
                          floatValue?: number|null;
                          doubleValue?: number|null;
                          booleanValue?: boolean|null;
                          stringValue?: string|null;
                          $unknowns?: Uint8Array[];
                        } & (
                          ({ value?: undefined; intValue?: null; longValue?: null; floatValue?: null; doubleValue?: null; booleanValue?: null; stringValue?: null }|{ value?: "intValue"; intValue: number; longValue?: null; floatValue?: null; doubleValue?: null; booleanValue?: null; stringValue?: null }|{ value?: "longValue"; intValue?: null; longValue: number|Long; floatValue?: null; doubleValue?: null; booleanValue?: null; stringValue?: null }|{ value?: "floatValue"; intValue?: null; longValue?: null; floatValue: number; doubleValue?: null; booleanValue?: null; stringValue?: null }|{ value?: "doubleValue"; intValue?: null; longValue?: null; floatValue?: null; doubleValue: number; booleanValue?: null; stringValue?: null }|{ value?: "booleanValue"; intValue?: null; longValue?: null; floatValue?: null; doubleValue?: null; booleanValue: boolean; stringValue?: null }|{ value?: "stringValue"; intValue?: null; longValue?: null; floatValue?: null; doubleValue?: null; booleanValue?: null; stringValue: string })
                        );
                    }

                    /**
                     * Properties of a PropertySet.
                     * @deprecated Use org.eclipse.tahu.protobuf.Payload.PropertySet.$Properties instead.
                     */
                    interface IPropertySet extends org.eclipse.tahu.protobuf.Payload.PropertySet.$Properties {
                    }

                    /** Represents a PropertySet. */
                    class PropertySet {

                        /**
                         * Constructs a new PropertySet.
                         * @param [properties] Properties to set
                         */
                        constructor(properties?: org.eclipse.tahu.protobuf.Payload.PropertySet.$Properties);

                        /** Unknown fields preserved while decoding when enabled */
                        $unknowns?: Uint8Array[];

                        /** PropertySet keys. */
                        keys: string[];

                        /** PropertySet values. */
                        values: org.eclipse.tahu.protobuf.Payload.PropertyValue.$Properties[];

                        /**
                         * Encodes the specified PropertySet message. Does not implicitly {@link org.eclipse.tahu.protobuf.Payload.PropertySet.verify|verify} messages.
                         * @param message PropertySet message or plain object to encode
                         * @param [writer] Writer to encode to
                         * @returns Writer
                         */
                        static encode(message: org.eclipse.tahu.protobuf.Payload.PropertySet.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                        /**
                         * Decodes a PropertySet message from the specified reader or buffer.
                         * @param reader Reader or buffer to decode from
                         * @param [length] Message length if known beforehand
                         * @returns {org.eclipse.tahu.protobuf.Payload.PropertySet & org.eclipse.tahu.protobuf.Payload.PropertySet.$Shape} PropertySet
                         * @throws {Error} If the payload is not a reader or valid buffer
                         * @throws {$protobuf.util.ProtocolError} If required fields are missing
                         */
                        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): org.eclipse.tahu.protobuf.Payload.PropertySet & org.eclipse.tahu.protobuf.Payload.PropertySet.$Shape;
                    }

                    namespace PropertySet {

                        /** Properties of a PropertySet. */
                        interface $Properties {

                            /** PropertySet keys */
                            keys?: (string[]|null);

                            /** PropertySet values */
                            values?: (org.eclipse.tahu.protobuf.Payload.PropertyValue.$Properties[]|null);

                            /** Unknown fields preserved while decoding when enabled */
                            $unknowns?: Uint8Array[];
                        }

                        /** Shape of a PropertySet. */
                        type $Shape = {
                          keys?: string[]|null;
                          values?: org.eclipse.tahu.protobuf.Payload.PropertyValue.$Shape[]|null;
                          $unknowns?: Uint8Array[];
                        };
                    }

                    /**
                     * Properties of a Metric.
                     * @deprecated Use org.eclipse.tahu.protobuf.Payload.Metric.$Properties instead.
                     */
                    interface IMetric extends org.eclipse.tahu.protobuf.Payload.Metric.$Properties {
                    }

                    /** Represents a Metric. */
                    class Metric {

                        /**
                         * Constructs a new Metric.
                         * @param [properties] Properties to set
                         */
                        constructor(properties?: org.eclipse.tahu.protobuf.Payload.Metric.$Properties);

                        /** Unknown fields preserved while decoding when enabled */
                        $unknowns?: Uint8Array[];

                        /** Metric name. */
                        name?: (string|null);

                        /** Metric alias. */
                        alias?: (number|Long|null);

                        /** Metric timestamp. */
                        timestamp?: (number|Long|null);

                        /** Metric datatype. */
                        datatype?: (number|null);

                        /** Metric isHistorical. */
                        isHistorical?: (boolean|null);

                        /** Metric isTransient. */
                        isTransient?: (boolean|null);

                        /** Metric isNull. */
                        isNull?: (boolean|null);

                        /** Metric properties. */
                        properties?: (org.eclipse.tahu.protobuf.Payload.PropertySet.$Properties|null);

                        /** Metric intValue. */
                        intValue?: (number|null);

                        /** Metric longValue. */
                        longValue?: (number|Long|null);

                        /** Metric floatValue. */
                        floatValue?: (number|null);

                        /** Metric doubleValue. */
                        doubleValue?: (number|null);

                        /** Metric booleanValue. */
                        booleanValue?: (boolean|null);

                        /** Metric stringValue. */
                        stringValue?: (string|null);

                        /** Metric bytesValue. */
                        bytesValue?: (Uint8Array|null);

                        /** Metric value. */
                        value?: ("intValue"|"longValue"|"floatValue"|"doubleValue"|"booleanValue"|"stringValue"|"bytesValue");

                        /**
                         * Encodes the specified Metric message. Does not implicitly {@link org.eclipse.tahu.protobuf.Payload.Metric.verify|verify} messages.
                         * @param message Metric message or plain object to encode
                         * @param [writer] Writer to encode to
                         * @returns Writer
                         */
                        static encode(message: org.eclipse.tahu.protobuf.Payload.Metric.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                        /**
                         * Decodes a Metric message from the specified reader or buffer.
                         * @param reader Reader or buffer to decode from
                         * @param [length] Message length if known beforehand
                         * @returns {org.eclipse.tahu.protobuf.Payload.Metric & org.eclipse.tahu.protobuf.Payload.Metric.$Shape} Metric
                         * @throws {Error} If the payload is not a reader or valid buffer
                         * @throws {$protobuf.util.ProtocolError} If required fields are missing
                         */
                        static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): org.eclipse.tahu.protobuf.Payload.Metric & org.eclipse.tahu.protobuf.Payload.Metric.$Shape;
                    }

                    namespace Metric {

                        /** Properties of a Metric. */
                        interface $Properties {

                            /** Metric name */
                            name?: (string|null);

                            /** Metric alias */
                            alias?: (number|Long|null);

                            /** Metric timestamp */
                            timestamp?: (number|Long|null);

                            /** Metric datatype */
                            datatype?: (number|null);

                            /** Metric isHistorical */
                            isHistorical?: (boolean|null);

                            /** Metric isTransient */
                            isTransient?: (boolean|null);

                            /** Metric isNull */
                            isNull?: (boolean|null);

                            /** Metric properties */
                            properties?: (org.eclipse.tahu.protobuf.Payload.PropertySet.$Properties|null);

                            /** Metric intValue */
                            intValue?: (number|null);

                            /** Metric longValue */
                            longValue?: (number|Long|null);

                            /** Metric floatValue */
                            floatValue?: (number|null);

                            /** Metric doubleValue */
                            doubleValue?: (number|null);

                            /** Metric booleanValue */
                            booleanValue?: (boolean|null);

                            /** Metric stringValue */
                            stringValue?: (string|null);

                            /** Metric bytesValue */
                            bytesValue?: (Uint8Array|null);

                            /** Metric value */
                            value?: ("intValue"|"longValue"|"floatValue"|"doubleValue"|"booleanValue"|"stringValue"|"bytesValue");

                            /** Unknown fields preserved while decoding when enabled */
                            $unknowns?: Uint8Array[];
                        }

                        /** Narrowed shape of a Metric. */
                        type $Shape = {
                          name?: string|null;
                          alias?: number|Long|null;
                          timestamp?: number|Long|null;
                          datatype?: number|null;
                          isHistorical?: boolean|null;
                          isTransient?: boolean|null;
                          isNull?: boolean|null;
                          properties?: org.eclipse.tahu.protobuf.Payload.PropertySet.$Shape|null;
                          intValue?: number|null;
                          longValue?: number|Long|null;
                          floatValue?: number|null;
                          doubleValue?: number|null;
                          booleanValue?: boolean|null;
                          stringValue?: string|null;
                          bytesValue?: Uint8Array|null;
                          $unknowns?: Uint8Array[];
                        } & (
                          ({ value?: undefined; intValue?: null; longValue?: null; floatValue?: null; doubleValue?: null; booleanValue?: null; stringValue?: null; bytesValue?: null }|{ value?: "intValue"; intValue: number; longValue?: null; floatValue?: null; doubleValue?: null; booleanValue?: null; stringValue?: null; bytesValue?: null }|{ value?: "longValue"; intValue?: null; longValue: number|Long; floatValue?: null; doubleValue?: null; booleanValue?: null; stringValue?: null; bytesValue?: null }|{ value?: "floatValue"; intValue?: null; longValue?: null; floatValue: number; doubleValue?: null; booleanValue?: null; stringValue?: null; bytesValue?: null }|{ value?: "doubleValue"; intValue?: null; longValue?: null; floatValue?: null; doubleValue: number; booleanValue?: null; stringValue?: null; bytesValue?: null }|{ value?: "booleanValue"; intValue?: null; longValue?: null; floatValue?: null; doubleValue?: null; booleanValue: boolean; stringValue?: null; bytesValue?: null }|{ value?: "stringValue"; intValue?: null; longValue?: null; floatValue?: null; doubleValue?: null; booleanValue?: null; stringValue: string; bytesValue?: null }|{ value?: "bytesValue"; intValue?: null; longValue?: null; floatValue?: null; doubleValue?: null; booleanValue?: null; stringValue?: null; bytesValue: Uint8Array })
                        );
                    }
                }
            }
        }
    }
}
