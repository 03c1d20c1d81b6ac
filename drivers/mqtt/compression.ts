// Compressed Sparkplug payloads, as Eclipse Tahu makes them: the whole payload is the body of another one, whose uuid says so,
// and whose metric `algorithm` says how.

import { gunzipSync, inflateSync } from "node:zlib";
import { decodeSparkplug, type SparkplugPayload } from "@flowfusion/proto/sparkplug";
import { PayloadError } from "./payloads.ts";

const compressed = "SPBV1.0_COMPRESSED";
const algorithms: { readonly [name: string]: typeof inflateSync } = { DEFLATE: inflateSync, GZIP: gunzipSync };

/** What is in a payload, or the payload itself when it is not compressed. Throws for one that is more than `bytesMax`. */
export function decompressed(payload: SparkplugPayload, bytesMax: number): SparkplugPayload {
  if (payload.uuid !== compressed || payload.body === undefined) return payload;
  const name = String(payload.metrics.find(({ name }) => name === "algorithm")?.value ?? "DEFLATE").toUpperCase();
  if (!Object.hasOwn(algorithms, name)) throw new PayloadError(`the payload is compressed by ${JSON.stringify(name)}`);
  return decodeSparkplug(inflate(algorithms[name]!, payload.body, bytesMax));
}

function inflate(algorithm: typeof inflateSync, body: Uint8Array, bytesMax: number): Uint8Array {
  try {
    return algorithm(body, { maxOutputLength: bytesMax });
  } catch (error) {
    const isTooLong = (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
    throw isTooLong ? new PayloadError(`more than ${bytesMax} bytes when it is decompressed`) : error;
  }
}
