import { afterEach, expect, test, vi } from "vitest";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.resetModules();
});

/** As many as would hardly ever be different by chance; as Vitest's worker of that number, which it tells by a variable, draws them. */
async function draw(pool: string): Promise<Set<number>> {
  vi.resetModules();
  vi.stubEnv("VITEST_POOL_ID", pool);
  const { freePort } = await import("./free-port.ts");
  return new Set(await Promise.all(Array.from({ length: 400 }, () => freePort())));
}

test("no port is given twice, in one file of tests or in two that run at the same time", async () => {
  const [one, other] = [await draw("1"), await draw("2")];
  expect([one.size, other.size]).toEqual([400, 400]);
  expect(one.intersection(other).size).toBe(0);
});
