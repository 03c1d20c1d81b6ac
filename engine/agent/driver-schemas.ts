// The shapes of the control API for drivers. What a configuration holds depends on its kind, so it is checked by the kind's
// own schema and not by the route's; GET /v1/driver-kinds shows those.

import type { Static } from "typebox";
import * as Type from "typebox";
import { Count, closed, Instant } from "./basic-schemas.ts";

const secretCharsMax = 65_536;

const DriverNameText = Type.String({
  pattern: "^[a-z][a-z0-9_-]{0,62}$",
  description: "The name of a driver on this gateway; the source of its updates.",
});
export const DriverParams = Type.Object({ name: DriverNameText }, closed);
const Config = Type.Unsafe<{ readonly [name: string]: unknown }>(
  Type.Object({}, { description: "As the kind's schema has it." }),
);

export const DriverBody = Type.Object(
  {
    kind: Type.String({ maxLength: 64, description: "One of GET /v1/driver-kinds." }),
    config: Config,
    secrets: Type.Optional(
      Type.Record(Type.String(), Type.Union([Type.String({ maxLength: secretCharsMax }), Type.Null()]), {
        description: "Write-only. A name that is left out keeps its secret, null removes it.",
      }),
    ),
    enabled: Type.Optional(Type.Boolean({ default: true, description: "Whether it is to run." })),
  },
  closed,
);
export type DriverBody = Static<typeof DriverBody>;

const State = Type.Union(
  [
    Type.Literal("starting"),
    Type.Literal("running"),
    Type.Literal("backing_off"),
    Type.Literal("finished"),
    Type.Literal("failed"),
    Type.Literal("stopped"),
  ],
  {
    description:
      "`backing_off`: its process ended and is started again soon; `finished`: it has no more to send; `failed`: it cannot work as configured; `stopped`: it is not enabled.",
  },
);
const Device = Type.Union([Type.Literal("connecting"), Type.Literal("connected"), Type.Literal("silent")], {
  description: "How the device does that it reads.",
});

export const DriverStatus = Type.Object({
  name: DriverNameText,
  generation: Type.Integer({ minimum: 1 }),
  kind: Type.String(),
  config: Config,
  secrets: Type.Unsafe<readonly string[]>(Type.Array(Type.String(), { description: "Names of those that are set." })),
  enabled: Type.Boolean(),
  state: State,
  reason: Type.Optional(Type.String({ description: "Why it does not run." })),
  device: Type.Optional(Device),
  lastError: Type.Optional(Type.String({ description: "What the device did wrong last." })),
  lastErrorAt: Type.Optional(Instant),
  badTags: Type.Optional(
    Type.Object(
      {
        count: Type.Integer({ minimum: 1 }),
        first: Type.Unsafe<readonly string[]>(Type.Array(Type.String(), { description: "Names of some." })),
      },
      { description: "Tags that are bad now, because the device said so or said nothing. Absent where none is." },
    ),
  ),
  updates: Type.Integer({ minimum: 0, description: "Updates sent since the gateway started." }),
  bad: Type.Integer({ minimum: 0, description: "Those with quality bad." }),
  dropped: Type.Integer({
    minimum: 0,
    description: "Updates for which there was no room on the way to the gateway, or among its tags.",
  }),
  unsent: Type.Integer({
    minimum: 0,
    description:
      "Updates that waited in the driver when its gateway or its connection was gone, of the gateway before too.",
  }),
  inDoubt: Type.Integer({
    minimum: 0,
    description: "Updates that were being written then: taken or lost, the driver cannot know.",
  }),
  updatesPerSecond: Count,
  restarts: Type.Integer({
    minimum: 0,
    description: "Starts of its process after a crash, since it was last declared or restarted.",
  }),
  startedAt: Type.Optional(Instant),
  pid: Type.Optional(Type.Integer()),
  rssBytes: Type.Optional(Count),
  changedAt: Instant,
  changedBy: Type.String(),
});
export type DriverStatus = Static<typeof DriverStatus>;

export const DriverPage = Type.Object({
  items: Type.Unsafe<readonly DriverStatus[]>(Type.Array(DriverStatus)),
  next: Type.Optional(Type.String({ description: "Give as `after` for the page that follows." })),
});
export type DriverPage = Static<typeof DriverPage>;

const Line = Type.Object({
  at: Instant,
  level: Type.Union([Type.Literal("info"), Type.Literal("warn"), Type.Literal("error")]),
  message: Type.String(),
});
export const DriverLog = Type.Object({
  lines: Type.Unsafe<readonly Static<typeof Line>[]>(
    Type.Array(Line, { description: "The newest, oldest first; kept until the gateway ends." }),
  ),
});
export type DriverLog = Static<typeof DriverLog>;

const Kind = Type.Object({
  kind: Type.String(),
  summary: Type.String(),
  config: Type.Unsafe<object>(Type.Object({}, { description: "JSON Schema of the configuration." })),
  secrets: Type.Record(Type.String(), Type.String(), { description: "Name → what it is." }),
});
export const DriverKinds = Type.Object({
  items: Type.Unsafe<readonly Static<typeof Kind>[]>(Type.Array(Kind)),
});
export type DriverKinds = Static<typeof DriverKinds>;
