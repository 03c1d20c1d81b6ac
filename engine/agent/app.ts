// The types that routes are written against: a fastify instance whose requests are typed by their typebox schemas.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { RecorderStats } from "@flowfusion/graph";
import type { FastifyBaseLogger, FastifyInstance, FastifyTypeProvider, RawServerDefault } from "fastify";
import type { Static, TSchema } from "typebox";
import type { Selected, Selection } from "../recorder/select.ts";
import type { Logins } from "../security/logins.ts";
import type { Sessions } from "../security/sessions.ts";
import type { Tokens } from "../security/tokens.ts";
import type { AuditTable } from "../store/audit-table.ts";
import type { Artefacts } from "./artefacts.ts";
import type { ConnectionManager } from "./connection-manager.ts";
import type { ConsoleFiles } from "./console-files.ts";
import type { Drafts } from "./drafts.ts";
import type { DriverManager } from "./driver-manager.ts";
import type { FlowManager } from "./flow-manager.ts";
import type { FlowTools } from "./flow-tools.ts";
import type { Layouts } from "./layouts.ts";
import type { Live } from "./live.ts";
import type { Modules } from "./modules.ts";
import type { NodeTypes } from "./node-types.ts";
import type { Readiness } from "./readiness.ts";
import type { Releases } from "./releases.ts";
import type { GatewayInfo } from "./schemas.ts";

interface TypeBoxProvider extends FastifyTypeProvider {
  readonly validator: this["schema"] extends TSchema ? Static<this["schema"]> : unknown;
  readonly serializer: this["schema"] extends TSchema ? Static<this["schema"]> : unknown;
}

export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxProvider
>;

/** What the routes work with. */
export interface Services {
  readonly flows: FlowManager;
  readonly drivers: DriverManager;
  readonly artefacts: Artefacts;
  readonly modules: Modules;
  readonly nodeTypes: NodeTypes;
  readonly drafts: Drafts;
  readonly layouts: Layouts;
  readonly live: Live;
  readonly tools: FlowTools;
  /** Aborted when the gateway stops, so that what would go on for ever ends. */
  readonly closing: AbortSignal;
  readonly artefactBytesMax: number;
  readonly readiness: Readiness;
  readonly releases: Releases;
  readonly connections: ConnectionManager;
  readonly tokens: Tokens;
  readonly logins: Logins;
  readonly sessions: Sessions;
  readonly audit: AuditTable;
  /** Undefined when the gateway serves no console. */
  readonly console: ConsoleFiles | undefined;
  describeGateway(): Promise<GatewayInfo>;
  recorder(): Promise<RecorderStats>;
  /** `answer`: what the client takes it from. */
  record(selection: Selection, answer: ServerResponse): Promise<Selected>;
  /** Prometheus text exposition, piece by piece. */
  metrics(): Promise<Iterable<Uint8Array>>;
  /** All that the gateway remembers, see engine/backup. `answer`: what the client takes it from. */
  backup(answer: ServerResponse): Promise<AsyncIterable<Uint8Array>>;
}
