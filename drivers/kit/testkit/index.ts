// What the tests of drivers share.

export { startDriver, type TestDriver, type TestDriverOptions } from "./driver-process.ts";
export { PythonPeer } from "./python-peer.ts";
export { type Receiver, startReceiver } from "./receiver.ts";
