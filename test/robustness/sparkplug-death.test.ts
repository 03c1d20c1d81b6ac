// A host learns that an edge node is gone: the gateway is killed, and the broker tells it in the gateway's place.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseFlowName } from "@flowfusion/graph";
import { decodeSparkplug } from "@flowfusion/proto/sparkplug";
import { eventually, Mosquitto } from "@flowfusion/testkit";
import mqtt from "mqtt";
import { expect, test } from "vitest";
import { fuseDocument } from "../system/flows.ts";
import { GatewayChild } from "./child.ts";

test("a gateway that is killed leaves the death of its edge node, with the number of its birth", async () => {
  await using cleanup = new AsyncDisposableStack();
  const dataDir = await mkdtemp(path.join(tmpdir(), "ff-death-"));
  cleanup.defer(() => rm(dataDir, { recursive: true, force: true }));
  const broker = cleanup.use(await Mosquitto.start());
  const host = await mqtt.connectAsync(broker.url);
  cleanup.defer(async () => void (await host.endAsync(true)));
  const heard: [type: string, bdSeq: unknown][] = [];
  host.on("message", (topic, bytes) => {
    const [, , type] = topic.split("/");
    heard.push([type!, decodeSparkplug(bytes).metrics.find(({ name }) => name === "bdSeq")?.value]);
  });
  await host.subscribeAsync("spBv1.0/plant/#");

  const { wasm } = await fuseDocument({
    nodes: {
      in: { type: "tag_input", props: { tags: ["temp"] } },
      out: {
        type: "mqtt",
        props: {
          ...{ broker: broker.url, topic: "{topic}", encoding: "sparkplug_b" },
          sparkplug: { groupId: "plant", edgeNodeId: "line 1" },
        },
      },
    },
    wires: ["in.out -> out.in"],
  });
  const lives = ["first", "second"];
  for (const life of lives) {
    await using gateway = await GatewayChild.startSound(dataDir);
    if (life === "first") {
      const { digest } = await gateway.client.uploadArtefact(wasm);
      await gateway.client.deployFlow(parseFlowName("edge"), { artefact: digest, expected: "absent" });
    }
    gateway.feed("temp", 1n);
    await eventually(() => expect(heard.map(([type]) => type)).toEqual(["NBIRTH", "NDATA"]));
    expect(await gateway.end("SIGKILL")).toBe("SIGKILL");
    await eventually(() => expect(heard).toHaveLength(3));
    const [birth, , death] = heard.splice(0);
    expect(death).toEqual(["NDEATH", birth![1]]);
    expect(birth![1]).toBeTypeOf("bigint");
  }
});
