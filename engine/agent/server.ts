// The HTTP server of the control API: limits, authentication and the answer to everything that goes wrong. The routes
// are in routes/, one area a file.

import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { FlowFusionError } from "@flowfusion/graph";
import Fastify, {
  type ConnectionError,
  type FastifyError,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from "fastify";
import { type LogOptions, logAnswers, loggerOptions } from "../observe/logging.ts";
import { traceRequests } from "../observe/spans.ts";
import { TooManyLogins } from "../security/logins.ts";
import type { TlsMaterial } from "../security/tls-files.ts";
import { asStoreError } from "../store/store-error.ts";
import type { App, Services } from "./app.ts";
import { auditWrites } from "./audit.ts";
import { guardRoutes } from "./auth.ts";
import { boundConnections, boundPipelining } from "./connections.ts";
import { defaultHttpLimits, type HttpLimits } from "./http-limits.ts";
import { acceptJson } from "./json-body.ts";
import { describeRoutes } from "./openapi.ts";
import { ApiError, internalProblem, PROBLEM_MEDIA_TYPE, problemOf } from "./problem.ts";
import { pathOf } from "./request.ts";
import { artefactRoutes } from "./routes/artefacts.ts";
import { auditRoutes } from "./routes/audit.ts";
import { backupRoutes } from "./routes/backup.ts";
import { connectionRoutes } from "./routes/connections.ts";
import { consoleRoutes } from "./routes/console.ts";
import { deadLetterRoutes } from "./routes/dead-letters.ts";
import { deploymentRoutes } from "./routes/deployments.ts";
import { developmentRoutes } from "./routes/development.ts";
import { draftRoutes, replayRoutes } from "./routes/drafts.ts";
import { driverRoutes } from "./routes/drivers.ts";
import { flowRoutes } from "./routes/flows.ts";
import { gatewayRoutes } from "./routes/gateway.ts";
import { layoutRoutes } from "./routes/layouts.ts";
import { liveRoutes } from "./routes/live.ts";
import { moduleRoutes } from "./routes/modules.ts";
import { nodeTypeRoutes } from "./routes/node-types.ts";
import { recorderRoutes } from "./routes/recorder.ts";
import { sessionRoutes } from "./routes/session.ts";
import { tokenRoutes } from "./routes/tokens.ts";
import { compileValidator, invalidRequest } from "./validation.ts";

const RETRY_AFTER_S = 1;

const areas: readonly ((app: App, services: Services) => void)[] = [
  gatewayRoutes,
  flowRoutes,
  connectionRoutes,
  driverRoutes,
  artefactRoutes,
  tokenRoutes,
  sessionRoutes,
  auditRoutes,
  backupRoutes,
  recorderRoutes,
  deploymentRoutes,
  developmentRoutes,
  deadLetterRoutes,
  moduleRoutes,
  nodeTypeRoutes,
  draftRoutes,
  replayRoutes,
  layoutRoutes,
  liveRoutes,
];

export interface AppOptions {
  readonly log: LogOptions;
  readonly tls?: TlsMaterial | undefined;
  readonly limits?: Partial<HttpLimits> | undefined;
}

export function createApp({ log, tls, limits }: AppOptions): App {
  const http = { ...defaultHttpLimits, ...limits };
  const transport = {
    maxHeaderSize: http.headerBytesMax,
    headersTimeout: http.headersMs,
    connectionsCheckingInterval: http.checkMs,
  };
  const secured =
    tls === undefined ? undefined : { ...tls, requestCert: tls.ca !== undefined, handshakeTimeout: http.headersMs };
  const app = Fastify({
    bodyLimit: http.jsonBytesMax,
    requestTimeout: http.requestMs,
    connectionTimeout: http.stalledMs,
    keepAliveTimeout: http.idleMs,
    // With no problem document; serveApi has one.
    return503OnClosing: false,
    forceCloseConnections: "idle",
    ...(secured === undefined ? { http: transport } : { https: { ...transport, ...secured } }),
    exposeHeadRoutes: false,
    genReqId: () => randomUUID(),
    logger: loggerOptions(log),
    // Fastify's own are not even loaded then. It has a type for Ajv's alone.
    schemaController: {
      compilersFactory: {
        buildValidator: (() => compileValidator) as never,
        buildSerializer: () => () => JSON.stringify,
      },
    },
    logController: new LogController({ disableRequestLogging: true }),
    frameworkErrors: (error, request, reply) => void sendProblem(error, request, reply as FastifyReply),
    clientErrorHandler: (error, socket) => refuseConnection(error, socket, http),
  }) as unknown as App;
  app.server.maxConnections = http.connectionsMax;
  boundConnections(app.server, http.connectionsPerAddressMax);
  boundPipelining(app, http.waitingPerConnectionMax);
  // Before a handshake is over no answer gets out: a connection would be kept for good that waits to give one.
  app.server.on("tlsClientError", (_error: Error, socket: Socket) => socket.destroy());
  app.addHook("preClose", async () => {
    // Unreferenced: when all connections have ended by themselves, nothing waits for it.
    setTimeout(() => app.server.closeAllConnections(), http.stopMs).unref();
  });
  return app;
}

export async function serveApi(app: App, services: Services): Promise<void> {
  app.setErrorHandler(sendProblem);
  app.setNotFoundHandler((request, reply) => {
    const message = `${request.method} ${pathOf(request)}: no such route`;
    return sendProblem(new ApiError("FF_API_ROUTE_UNKNOWN", message), request, reply);
  });
  traceRequests(app);
  endConnections(app, services.closing);
  auditWrites(app, services.audit);
  guardRoutes(app, services);
  app.addHook("onRequest", refuseEncodedBody);
  app.addHook("onSend", protect);
  app.addHook("onResponse", logAnswers);
  app.removeAllContentTypeParsers();
  acceptJson(app);

  describeRoutes(app);
  for (const routes of areas) {
    // Flows start meanwhile, and each area takes a while.
    await turn();
    await app.register(async (scope: App) => routes(scope, services));
  }
  const { console } = services;
  if (console !== undefined) await app.register(async (scope: App) => consoleRoutes(scope, console));
}

/** What is under way when the gateway ends is answered; what comes then is refused, and no connection kept for more. */
function endConnections(app: App, closing: AbortSignal): void {
  app.addHook("onRequest", async () => closing.throwIfAborted());
  app.addHook("onSend", async (_request, reply) => {
    if (closing.aborted) reply.header("connection", "close");
  });
}

/** For browsers: an answer is what its type says, belongs in no cache and in no frame. */
const protectiveHeaders = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
} as const;

/** A route may say something else of itself, as the console does. */
async function protect(_request: FastifyRequest, reply: FastifyReply): Promise<void> {
  for (const [name, value] of Object.entries(protectiveHeaders)) {
    if (!reply.hasHeader(name)) {
      reply.header(name, value);
    }
  }
}

/** Nothing is decompressed: a body is as large as it is sent, so a bomb has nothing to grow in. */
async function refuseEncodedBody({ headers }: FastifyRequest): Promise<void> {
  const encoding = headers["content-encoding"];
  if (encoding !== undefined && encoding !== "identity") {
    throw new ApiError("FF_API_MEDIA_TYPE", `the body is sent with Content-Encoding ${encoding}; send it as it is`);
  }
}

async function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const known = knownError(error, request);
  const problem = known === undefined ? internalProblem(request.id) : problemOf(known, request.id);
  if (problem.status >= 500) {
    request.log.error({ err: error }, problem.code);
  }
  if (problem.status === 401) {
    reply.header("www-authenticate", 'Bearer realm="flowfusion"');
  }
  if (known instanceof TooManyLogins) {
    reply.header("retry-after", Math.ceil(known.retryAfterMs / 1000));
  }
  if (problem.status === 503) {
    reply.header("retry-after", RETRY_AFTER_S);
  }
  // Fastify would close the connection while the rest of a refused body still arrives, which resets it before the client
  // has read the answer. Kept open, the rest is read and thrown away, for as long as requestMs allows.
  reply.removeHeader("connection");
  return reply.code(problem.status).type(PROBLEM_MEDIA_TYPE).serializer(JSON.stringify).send(problem);
}

/** The error as one of ours; undefined for a defect. */
function knownError(given: unknown, request: FastifyRequest): FlowFusionError | undefined {
  const error = asStoreError(given, "the data folder");
  if (error instanceof FlowFusionError) {
    return error;
  }
  const { code, message, validation, validationContext, statusCode } = error as Partial<FastifyError>;
  if (validation !== undefined) {
    return invalidRequest(validationContext ?? "request", validation);
  }
  switch (code) {
    case "FST_ERR_CTP_BODY_TOO_LARGE": {
      const given = request.headers["content-length"];
      const limit = request.routeOptions.bodyLimit;
      const message = `the body has ${given ?? "too many"} bytes, ${limit} allowed here`;
      return new ApiError("FF_API_BODY_TOO_LARGE", message);
    }
    case "FST_ERR_CTP_INVALID_MEDIA_TYPE": {
      const given = request.headers["content-type"] ?? "no Content-Type";
      return new ApiError(
        "FF_API_MEDIA_TYPE",
        `${given} given; application/wasm is taken for artefacts, application/octet-stream for recordings, application/json else`,
      );
    }
    default:
      return statusCode !== undefined && statusCode >= 400 && statusCode < 500
        ? new ApiError("FF_API_REQUEST_INVALID", message ?? "the request is malformed")
        : undefined;
  }
}

/** Answers what is no HTTP, too slow, or has too large a header: there is no request yet, so no route and no reply. */
function refuseConnection(error: ConnectionError, socket: Socket, limits: HttpLimits): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, text] =
    error.code === "HPE_HEADER_OVERFLOW"
      ? ["431 Request Header Fields Too Large", `the header is larger than ${limits.headerBytesMax} bytes`]
      : error.code === "ERR_HTTP_REQUEST_TIMEOUT"
        ? [
            "408 Request Timeout",
            `the header took longer than ${limits.headersMs} ms to arrive, or the request longer than ${limits.requestMs} ms`,
          ]
        : ["400 Bad Request", "the request is not HTTP/1.1"];
  const problem = {
    ...problemOf(new ApiError("FF_API_REQUEST_INVALID", text), "none"),
    status: Number.parseInt(status, 10),
  };
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: ${PROBLEM_MEDIA_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
