import { eventually, Gate, Mosquitto } from "@flowfusion/testkit";
import { expect, test } from "vitest";
import { endpointOf } from "../endpoint.ts";
import { MqttConnection } from "./connection.ts";

test("a connection that broke is not made again before its next session has begun, and is once it has", async () => {
  await using broker = await Mosquitto.start();
  await using gate = await Gate.to(broker.port);
  const endpoint = endpointOf({ broker: `mqtt://127.0.0.1:${gate.port}` }, "broker", {});
  const will = { topic: "will", payload: Buffer.from("x"), qos: 0, retain: false } as const;
  const second = Promise.withResolvers<void>();
  let begun = 0;
  const connection = new MqttConnection({
    ...{ endpoint, version: "5" },
    async begin() {
      if (++begun === 2) await second.promise;
      return will;
    },
  });
  try {
    const client = await connection.connected();
    gate.cut();
    await eventually(() => expect(client.connected).toBe(false));
    await expect(connection.connected()).rejects.toThrow("the next session has not begun yet");
    await expect(connection.connected()).rejects.toThrow("the next session has not begun yet");
    second.resolve();
    await eventually(() => connection.connected());
    expect(begun).toBe(2);
  } finally {
    await connection.close();
  }
});
