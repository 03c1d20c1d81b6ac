export { type CertificateFiles, selfSigned, TestAuthority } from "./certificates.ts";
export { eventually } from "./eventually.ts";
export { freePort } from "./free-port.ts";
export { Gate } from "./gate.ts";
export { Mosquitto, type MosquittoOptions, type Received } from "./mosquitto.ts";
export { type Alert, Prometheus, type Series } from "./prometheus.ts";
export { randomFrom } from "./random.ts";
export { standStill } from "./stand-still.ts";
