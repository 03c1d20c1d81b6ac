// A gateway in a process of its own, for tests that kill it. Prints its URL as one JSON line.
// Usage: node gateway-process.ts <data folder>

import { startTestGateway } from "./test-gateway.ts";

const dataDir = process.argv[2];
if (dataDir === undefined) {
  throw new Error("give the data folder");
}
const { gateway } = await startTestGateway({ dataDir });
console.log(JSON.stringify({ url: gateway.url }));
