// The limits of HTTP itself; what they turn away never reaches a route. One place for all, so that a test may lower them.

export interface HttpLimits {
  /** A body of JSON, bytes. Artefacts have a limit of their own. */
  readonly jsonBytesMax: number;
  /** All header fields of a request, bytes. */
  readonly headerBytesMax: number;
  /** From the first byte of a request to the end of its header. */
  readonly headersMs: number;
  /** From the first byte of a request to the last of its body, also of a body that was refused already. */
  readonly requestMs: number;
  /** A connection on which nothing moves, such as that of a client which does not read its answer. */
  readonly stalledMs: number;
  /** A connection between two requests. */
  readonly idleMs: number;
  /** When the gateway stops: what was begun may still be answered for so long. */
  readonly stopMs: number;
  /** How often the two times of requests are looked at. */
  readonly checkMs: number;
  /** Connections of all clients; those beyond are closed at once. */
  readonly connectionsMax: number;
  /** Connections of one address, so that one client cannot take all. */
  readonly connectionsPerAddressMax: number;
  /** Requests of one connection that wait for the answer to the one before; with more, the connection is cut. */
  readonly waitingPerConnectionMax: number;
}

export const defaultHttpLimits: HttpLimits = {
  jsonBytesMax: 1024 * 1024,
  headerBytesMax: 16 * 1024,
  headersMs: 10_000,
  requestMs: 60_000,
  stalledMs: 60_000,
  idleMs: 30_000,
  stopMs: 5_000,
  checkMs: 5_000,
  connectionsMax: 256,
  connectionsPerAddressMax: 128,
  waitingPerConnectionMax: 16,
};

/** Of a client that takes an answer of many pieces: a backup, a recording, an artefact, the metrics. */
export interface Pace {
  readonly bytesPerMs: number;
  /** How far behind that it may fall, ms; with more, the connection is cut. */
  readonly behindMs: number;
}

/** 256 KiB a minute, which a radio link of 35 kbit/s brings. */
export const slowestPace: Pace = { bytesPerMs: (256 * 1024) / 60_000, behindMs: 5 * 60_000 };
