// What the gateway tells of its data folder.

import * as Type from "typebox";
import { keptThings } from "../observe/in-memory-alone.ts";
import { Count } from "./basic-schemas.ts";

const InMemoryAlone = Type.Object({
  what: Type.Enum(keptThings),
  flows: Type.Integer({ minimum: 0, description: "How many flows it is of; 0 where it is the gateway's own." }),
  reason: Type.String({ description: "What the disk said." }),
});

export const Storage = Type.Object(
  {
    isWritable: Type.Boolean(),
    reason: Type.Optional(Type.String({ description: "Why the data folder takes no writes." })),
    freeBytes: Count,
    checkpointFailures: Count,
    checkpointsRefused: Type.Integer({ minimum: 0, description: "Damaged or refused when the gateway started." }),
    inMemoryAlone: Type.Array(InMemoryAlone, {
      description: "What a kill would take now, because the disk does not take it: nothing while all is well.",
    }),
  },
  { description: "The data folder. Flows run on when it takes no writes; deploys and checkpoints do not work." },
);
