// The configuration of the OPC UA driver.

import {
  type ConfigProblem,
  choice,
  defineKind,
  endpointOf,
  integer,
  list,
  object,
  optional,
  type Static,
  text,
} from "@flowfusion/driver-kit";

const tag = object({
  tag: text({ description: "Name of the tag.", maxLength: 512 }),
  nodeId: text({
    description:
      "The variable: `ns=2;s=Boiler1.Temp`, `i=2258`, or with the namespace's URI in place of its index, which stays the same when the server is extended: `nsu=urn:plant;s=Boiler1.Temp`.",
    pattern: "^(?:ns=\\d{1,5};|nsu=[^;]+;)?[isgb]=.+$",
  }),
});

const opcuaConfig = object({
  endpointUrl: text({
    description: "The server's endpoint.",
    pattern: "^opc\\.tcp://[^\\s/]+(?:/\\S*)?$",
    maxLength: 512,
  }),
  securityMode: choice(["none", "sign", "sign-and-encrypt"], {
    description: "How messages are protected. With `none` nobody is proven to be who they say, in either direction.",
    default: "sign-and-encrypt",
  }),
  securityPolicy: choice(["Basic256Sha256", "Aes128_Sha256_RsaOaep", "Aes256_Sha256_RsaPss"], {
    description: "The algorithms; of no meaning with mode `none`.",
    default: "Basic256Sha256",
  }),
  trustedServers: list(
    text({
      description: "sha256 of the certificate's DER form, in hexadecimal.",
      pattern: "^sha256:[0-9a-f]{64}$",
    }),
    {
      description:
        "Certificates that the server may show. The first try with an empty list fails, and says which certificate was shown.",
      maxItems: 16,
      default: [],
    },
  ),
  username: optional(text({ description: "Logs in with this name and the secret `password`.", maxLength: 256 })),
  publishingIntervalMs: integer({
    description: "How often the server sends what has changed.",
    minimum: 10,
    maximum: 3_600_000,
    default: 500,
  }),
  samplingIntervalMs: integer({
    description: "How often the server looks at its sources; 0 is as often as it can.",
    minimum: 0,
    maximum: 3_600_000,
    default: 250,
  }),
  queueSize: integer({
    description: "Changes of one variable that the server keeps between two sendings; the oldest is dropped first.",
    minimum: 1,
    maximum: 10_000,
    default: 10,
  }),
  connectTimeoutMs: integer({
    description: "Time to connect and to answer one request.",
    minimum: 100,
    maximum: 120_000,
    default: 5_000,
  }),
  silenceMs: integer({
    description: "When the server said nothing for this long, not even that nothing changed, all tags turn bad.",
    minimum: 200,
    maximum: 86_400_000,
    default: 10_000,
  }),
  tags: list(tag, { description: "Variables to subscribe to.", minItems: 1, maxItems: 10_000 }),
});

export type OpcuaConfig = Static<typeof opcuaConfig>;

export const opcuaKind = defineKind({
  kind: "opcua",
  summary: "Subscribes to variables of an OPC UA server.",
  config: opcuaConfig,
  secrets: { password: "Of `username`." },
  example: {
    endpointUrl: "opc.tcp://192.168.10.30:4840",
    trustedServers: ["sha256:0000000000000000000000000000000000000000000000000000000000000000"],
    username: "flowfusion",
    tags: [{ tag: "boiler/1/temp", nodeId: "nsu=urn:plant;s=Boiler1.Temp" }],
  },
  check: checkWhole,
  tags: ({ tags }) => tags.map(({ tag }) => tag),
  isSamePlace,
  endpoint: ({ endpointUrl }) => endpointOf(endpointUrl, "endpointUrl", 4840),
  program: new URL("./main.ts", import.meta.url),
});

/** With a list of trusted servers that is empty from the first, nothing is sent to any until one is named; none is emptied again. */
function isSamePlace(before: OpcuaConfig, after: OpcuaConfig): boolean {
  const [trusted, trusting] = [before.trustedServers, after.trustedServers];
  return (
    before.endpointUrl === after.endpointUrl &&
    before.securityMode === after.securityMode &&
    before.securityPolicy === after.securityPolicy &&
    (trusted.length === 0 || (trusting.length > 0 && trusting.every((server) => trusted.includes(server))))
  );
}

function checkWhole({ tags, username, securityMode, publishingIntervalMs, silenceMs }: OpcuaConfig): ConfigProblem[] {
  const seen = new Set<string>();
  const problems = tags.flatMap(({ tag }, index): ConfigProblem[] => {
    const isTwice = seen.has(tag);
    seen.add(tag);
    return isTwice ? [{ path: `tags[${index}].tag`, message: "another tag has the same name" }] : [];
  });
  if (username !== undefined && securityMode === "none") {
    problems.push({
      path: "username",
      message: "with securityMode none the password would cross the network in clear",
    });
  }
  if (silenceMs < 2 * publishingIntervalMs) {
    const message = `${silenceMs} given, at least twice publishingIntervalMs (${publishingIntervalMs}) expected`;
    problems.push({ path: "silenceMs", message });
  }
  return problems;
}
