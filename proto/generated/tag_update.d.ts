import * as $protobuf from "protobufjs/minimal.js";
import Long = require("long");

/** Namespace flowfusion. */
export namespace flowfusion {

    /** Namespace v1. */
    namespace v1 {

        /**
         * Properties of a TagUpdateBatch.
         * @deprecated Use flowfusion.v1.TagUpdateBatch.$Properties instead.
         */
        interface ITagUpdateBatch extends flowfusion.v1.TagUpdateBatch.$Properties {
        }

        /** Represents a TagUpdateBatch. */
        class TagUpdateBatch {

            /**
             * Constructs a new TagUpdateBatch.
             * @param [properties] Properties to set
             */
            constructor(properties?: flowfusion.v1.TagUpdateBatch.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** TagUpdateBatch source. */
            source: string;

            /** TagUpdateBatch updates. */
            updates: flowfusion.v1.TagUpdate.$Properties[];

            /** TagUpdateBatch receipt. */
            receipt?: (Uint8Array|null);

            /**
             * Encodes the specified TagUpdateBatch message. Does not implicitly {@link flowfusion.v1.TagUpdateBatch.verify|verify} messages.
             * @param message TagUpdateBatch message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: flowfusion.v1.TagUpdateBatch.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a TagUpdateBatch message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {flowfusion.v1.TagUpdateBatch & flowfusion.v1.TagUpdateBatch.$Shape} TagUpdateBatch
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): flowfusion.v1.TagUpdateBatch & flowfusion.v1.TagUpdateBatch.$Shape;
        }

        namespace TagUpdateBatch {

            /** Properties of a TagUpdateBatch. */
            interface $Properties {

                /** TagUpdateBatch source */
                source?: (string|null);

                /** TagUpdateBatch updates */
                updates?: (flowfusion.v1.TagUpdate.$Properties[]|null);

                /** TagUpdateBatch receipt */
                receipt?: (Uint8Array|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a TagUpdateBatch. */
            type $Shape = {
              source?: string|null;
              updates?: flowfusion.v1.TagUpdate.$Shape[]|null;
              receipt?: Uint8Array|null;
              $unknowns?: Uint8Array[];
            };
        }

        /**
         * Properties of a TagUpdate.
         * @deprecated Use flowfusion.v1.TagUpdate.$Properties instead.
         */
        interface ITagUpdate extends flowfusion.v1.TagUpdate.$Properties {
        }

        /** Represents a TagUpdate. */
        class TagUpdate {

            /**
             * Constructs a new TagUpdate.
             * @param [properties] Properties to set
             */
            constructor(properties?: flowfusion.v1.TagUpdate.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** TagUpdate tag. */
            tag: string;

            /** TagUpdate timestampNs. */
            timestampNs: (number|Long);

            /** TagUpdate quality. */
            quality: flowfusion.v1.Quality;

            /** TagUpdate boolValue. */
            boolValue?: (boolean|null);

            /** TagUpdate intValue. */
            intValue?: (number|Long|null);

            /** TagUpdate doubleValue. */
            doubleValue?: (number|null);

            /** TagUpdate textValue. */
            textValue?: (string|null);

            /** TagUpdate bytesValue. */
            bytesValue?: (Uint8Array|null);

            /** TagUpdate value. */
            value?: ("boolValue"|"intValue"|"doubleValue"|"textValue"|"bytesValue");

            /**
             * Encodes the specified TagUpdate message. Does not implicitly {@link flowfusion.v1.TagUpdate.verify|verify} messages.
             * @param message TagUpdate message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: flowfusion.v1.TagUpdate.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a TagUpdate message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {flowfusion.v1.TagUpdate & flowfusion.v1.TagUpdate.$Shape} TagUpdate
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): flowfusion.v1.TagUpdate & flowfusion.v1.TagUpdate.$Shape;
        }

        namespace TagUpdate {

            /** Properties of a TagUpdate. */
            interface $Properties {

                /** TagUpdate tag */
                tag?: (string|null);

                /** TagUpdate timestampNs */
                timestampNs?: (number|Long|null);

                /** TagUpdate quality */
                quality?: (flowfusion.v1.Quality|null);

                /** TagUpdate boolValue */
                boolValue?: (boolean|null);

                /** TagUpdate intValue */
                intValue?: (number|Long|null);

                /** TagUpdate doubleValue */
                doubleValue?: (number|null);

                /** TagUpdate textValue */
                textValue?: (string|null);

                /** TagUpdate bytesValue */
                bytesValue?: (Uint8Array|null);

                /** TagUpdate value */
                value?: ("boolValue"|"intValue"|"doubleValue"|"textValue"|"bytesValue");

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Narrowed shape of a TagUpdate. */
            type $Shape = {
              tag?: string|null;
              timestampNs?: number|Long|null;
              quality?: flowfusion.v1.Quality|null;
              boolValue?: boolean|null;
              intValue?: number|Long|null;
              doubleValue?: number|null;
              textValue?: string|null;
              bytesValue?: Uint8Array|null;
              $unknowns?: Uint8Array[];
            } & (
              ({ value?: undefined; boolValue?: null; intValue?: null; doubleValue?: null; textValue?: null; bytesValue?: null }|{ value?: "boolValue"; boolValue: boolean; intValue?: null; doubleValue?: null; textValue?: null; bytesValue?: null }|{ value?: "intValue"; boolValue?: null; intValue: number|Long; doubleValue?: null; textValue?: null; bytesValue?: null }|{ value?: "doubleValue"; boolValue?: null; intValue?: null; doubleValue: number; textValue?: null; bytesValue?: null }|{ value?: "textValue"; boolValue?: null; intValue?: null; doubleValue?: null; textValue: string; bytesValue?: null }|{ value?: "bytesValue"; boolValue?: null; intValue?: null; doubleValue?: null; textValue?: null; bytesValue: Uint8Array })
            );
        }

        /** Quality enum. */
        enum Quality {

            /** QUALITY_GOOD value */
            QUALITY_GOOD = 0,

            /** QUALITY_UNCERTAIN value */
            QUALITY_UNCERTAIN = 1,

            /** QUALITY_BAD value */
            QUALITY_BAD = 2
        }
    }
}
