// The HTTP server of the control API: limits, authentication and the answer to everything that goes wrong. The routes
// are in routes/, one area a file.

import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import swagger from "@fastify/swagger";
import { FlowFusionError } from "@flowfusion/graph";
import Fastify, {
  type ConnectionError,
  type FastifyError,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from "fastify";
import { type LogOptions, logAnswers, loggerOptions } from "../observe/logging.ts";
import type { App, Services } from "./app.ts";
import type { Authenticator } from "./auth.ts";
import { acceptJson } from "./json-body.ts";
import { ApiError, internalProblem, PROBLEM_MEDIA_TYPE, problemOf } from "./problem.ts";
import { artefactRoutes } from "./routes/artefacts.ts";
import { deadLetterRoutes } from "./routes/dead-letters.ts";
import { deploymentRoutes } from "./routes/deployments.ts";
import { developmentRoutes } from "./routes/development.ts";
import { flowRoutes } from "./routes/flows.ts";
import { gatewayRoutes } from "./routes/gateway.ts";
import { moduleRoutes } from "./routes/modules.ts";
import { recorderRoutes } from "./routes/recorder.ts";
import { compileValidator, invalidRequest } from "./validation.ts";

/** Limits of HTTP itself; what they turn away never reaches a route. */
const httpLimits = {
  jsonBytesMax: 1024 * 1024,
  headerBytesMax: 16 * 1024,
  headersMs: 10_000,
  /** From the first byte of a request to the last of its body, also of a body that was refused already. */
  requestMs: 60_000,
  idleMs: 30_000,
  connectionsMax: 256,
  retryAfterS: 1,
} as const;

export function createApp(log: LogOptions): App {
  const app: App = Fastify({
    bodyLimit: httpLimits.jsonBytesMax,
    requestTimeout: httpLimits.requestMs,
    keepAliveTimeout: httpLimits.idleMs,
    forceCloseConnections: "idle",
    http: {
      maxHeaderSize: httpLimits.headerBytesMax,
      headersTimeout: httpLimits.headersMs,
      connectionsCheckingInterval: 5_000,
    },
    exposeHeadRoutes: false,
    genReqId: () => randomUUID(),
    logger: loggerOptions(log),
    logController: new LogController({ disableRequestLogging: true }),
    frameworkErrors: (error, request, reply) => void sendProblem(error, request, reply as FastifyReply),
    clientErrorHandler: refuseConnection,
  });
  app.server.maxConnections = httpLimits.connectionsMax;
  return app;
}

export async function serveApi(app: App, services: Services, auth: Authenticator): Promise<void> {
  app.setValidatorCompiler(compileValidator);
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));
  app.setErrorHandler(sendProblem);
  app.setNotFoundHandler((request, reply) => {
    const message = `${request.method} ${pathOf(request)}: no such route`;
    return sendProblem(new ApiError("FF_API_ROUTE_UNKNOWN", message), request, reply);
  });
  app.decorateRequest("principal", "");
  app.addHook("onRequest", async (request) => {
    if (request.routeOptions.config.isPublic !== true) {
      request.principal = auth.authenticate(request.headers.authorization);
    }
  });
  app.addHook("onResponse", logAnswers);
  app.removeAllContentTypeParsers();
  acceptJson(app);

  await app.register(swagger, {
    exposeHeadRoutes: true,
    openapi: {
      openapi: "3.1.0",
      info: { title: "Flow Fusion gateway", version: "1", description: "Deploys flows and tells what runs." },
      components: { securitySchemes: { token: { type: "http", scheme: "bearer" } } },
      security: [{ token: [] }],
    },
  });
  await app.register(async (scope: App) => gatewayRoutes(scope, services));
  await app.register(async (scope: App) => flowRoutes(scope, services));
  await app.register(async (scope: App) => artefactRoutes(scope, services));
  await app.register(async (scope: App) => recorderRoutes(scope, services));
  await app.register(async (scope: App) => deploymentRoutes(scope, services));
  await app.register(async (scope: App) => developmentRoutes(scope, services));
  await app.register(async (scope: App) => deadLetterRoutes(scope, services));
  await app.register(async (scope: App) => moduleRoutes(scope, services));
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
  if (problem.status === 503) {
    reply.header("retry-after", httpLimits.retryAfterS);
  }
  // Fastify would close the connection while the rest of a refused body still arrives, which resets it before the client
  // has read the answer. Kept open, the rest is read and thrown away, for as long as requestMs allows.
  reply.removeHeader("connection");
  return reply.code(problem.status).type(PROBLEM_MEDIA_TYPE).serializer(JSON.stringify).send(problem);
}

/** The error as one of ours; undefined for a defect. */
function knownError(error: unknown, request: FastifyRequest): FlowFusionError | undefined {
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
        `${given} given; application/wasm is taken for artefacts, application/json else`,
      );
    }
    default:
      return statusCode !== undefined && statusCode >= 400 && statusCode < 500
        ? new ApiError("FF_API_REQUEST_INVALID", message ?? "the request is malformed")
        : undefined;
  }
}

/** Without the query, which may hold what does not belong in answers or logs. */
function pathOf(request: FastifyRequest): string {
  return request.url.split("?", 1)[0] ?? "";
}

/** Answers what is no HTTP, too slow, or has too large a header: there is no request yet, so no route and no reply. */
function refuseConnection(error: ConnectionError, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, text] =
    error.code === "HPE_HEADER_OVERFLOW"
      ? ["431 Request Header Fields Too Large", `the header is larger than ${httpLimits.headerBytesMax} bytes`]
      : error.code === "ERR_HTTP_REQUEST_TIMEOUT"
        ? ["408 Request Timeout", `the request took longer than ${httpLimits.requestMs} ms to arrive`]
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
