// The shapes of connections on the API. Secrets have a place in requests and none in answers.

import type { Static } from "typebox";
import * as Type from "typebox";
import { closed, Instant } from "./basic-schemas.ts";
import { FlowNameText, Generation, List, next } from "./schemas.ts";

const secretCharsMax = 16 * 1024;
const pemCharsMax = 256 * 1024;

export const ConnectionName = Type.String({
  pattern: "^[a-z][a-z0-9_-]{0,62}$",
  description: "The name of a connection on this gateway.",
});
const Kind = Type.Union([Type.Literal("mqtt"), Type.Literal("http"), Type.Literal("nats")]);
const Pem = Type.String({ maxLength: pemCharsMax });
const Secret = Type.String({ maxLength: secretCharsMax });

const settings = {
  kind: Kind,
  url: Type.String({ maxLength: 2_048, description: "Without credentials." }),
  username: Type.Optional(Type.String({ maxLength: 1_024 })),
  tls: Type.Optional(
    Type.Object(
      {
        ca: Type.Optional(Pem),
        cert: Type.Optional(Pem),
        serverName: Type.Optional(Type.String({ maxLength: 253 })),
      },
      { ...closed, description: "PEM texts: authorities in place of the public ones, and the client's certificate." },
    ),
  ),
};

export const ConnectionBody = Type.Object(
  {
    ...settings,
    secrets: Type.Optional(
      Type.Object(
        {
          password: Type.Optional(Secret),
          token: Type.Optional(Secret),
          key: Type.Optional(Pem),
          headers: Type.Optional(Type.Record(Type.String(), Secret, { maxProperties: 32 })),
        },
        {
          ...closed,
          description: "All of them, in place of those of before. Absent: those of before stay, where the URL does.",
        },
      ),
    ),
  },
  closed,
);
export type ConnectionBody = Static<typeof ConnectionBody>;

export const ConnectionInfo = Type.Object({
  name: ConnectionName,
  generation: Generation,
  ...settings,
  secrets: List(Type.String(), { description: "The names of the secrets that it has; never what they are." }),
  changedAt: Instant,
  changedBy: Type.String(),
});
export type ConnectionInfo = Static<typeof ConnectionInfo>;

export const ConnectionChanged = Type.Object({
  ...ConnectionInfo.properties,
  reconnected: List(FlowNameText, {
    description:
      "Flows whose sinks send with it from now on. Those that a gateway which ends does not come to any more are in neither list: they do once it runs again.",
  }),
  failed: List(Type.Object({ flow: FlowNameText, reason: Type.String() }), {
    description: "Flows that go on with it as it was.",
  }),
});
export type ConnectionChanged = Static<typeof ConnectionChanged>;

export const ConnectionPage = Type.Object({ items: List(ConnectionInfo), next });
export type ConnectionPage = Static<typeof ConnectionPage>;
