// The process that Pulumi's engine starts. Its first line of output is its port, and there is no other.

import { startProvider } from "./server.ts";

/** How often to look whether the engine is still there, ms. */
const parentCheckMs = 2_000;

const provider = await startProvider();
process.stdout.write(`${provider.port}\n`);

// An engine that was killed cannot say goodbye; without it there is nobody to serve.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) process.exit(0);
}, parentCheckMs).unref();
