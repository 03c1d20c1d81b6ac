import { once } from "node:events";
import { createServer } from "node:net";

/** Below what Linux (from 32768 on) and others (from 49152 on) give to whoever asks for any port, and above what services have. */
const [first, end] = [10_000, 32_000];
/** Files of tests that run at the same time draw from ports of their own. */
const lanes = 8;
const lane = Number(process.env.VITEST_POOL_ID ?? 0) % lanes;
const drawn = new Set<number>();

/**
 * A port of loopback that nobody listens on, for who must know it before it is listened on, or listens on it again. The system
 * gives it to nobody else meanwhile, be it a test beside this one, or a client that looks for a server there; nor is it given
 * out here a second time.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = first + lane + lanes * Math.floor(Math.random() * ((end - first) / lanes));
    if (drawn.has(port)) continue;
    drawn.add(port);
    const server = createServer().listen(port, "127.0.0.1");
    const isFree = await once(server, "listening").then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code !== "EADDRINUSE") throw error;
        return false;
      },
    );
    if (!isFree) continue;
    server.close();
    await once(server, "close");
    return port;
  }
}
