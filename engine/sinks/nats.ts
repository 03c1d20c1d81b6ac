// Publishes messages to NATS. With JetStream a message counts as sent when the stream has stored it; its message id is the
// same at each try, also after a restart of the gateway, so that within its window of duplicates the stream has it once.
// Without JetStream a message counts as sent when the server has answered a ping that followed it; what it had not answered
// for is published again, and then it may have it twice.
//
// A connection that failed is given up with all that was waiting to be written, and a new one is made: so what arrives
// by one is always a beginning of what was sent, and order is kept.

import type { CanonicalNode, Message } from "@flowfusion/graph";
import type { JetStreamClient } from "@nats-io/jetstream";
import type { ConnectionOptions, NatsConnection } from "@nats-io/transport-node";
import type { OutboundGuard } from "../security/outbound.ts";
import { createEncoding, type Encoding, type EncodingName } from "./encoding.ts";
import { type CheckedEndpoint, tlsOptionsOf } from "./endpoint.ts";
import { countFrames } from "./frames.ts";
import { type Origin, readMessages, type Sink, type Taken } from "./sink.ts";
import { type TopicTemplate, topicTemplate } from "./topic-template.ts";

const connectTimeoutMs = 5_000;
const ackTimeoutMs = 5_000;
const inFlightMax = 256;
const closeMs = 1_000;
/** A server ends the connection over a line of protocol beyond 4,096 bytes; beside the subject it has an inbox and lengths. */
const subjectBytesMax = 3_840;
/** What a stream will never store: the message is too large for it, or sealed against it. */
const refusedCodes: ReadonlySet<number> = new Set([10_054, 10_109]);

type Outcome = "sent" | "invalid_subject" | "refused";

/** With the first connection: it takes some 20 MB, for which a gateway that sends nothing to NATS has no use. */
const loadNats = () => import("./nats-library.ts");

interface Session {
  readonly nats: Awaited<ReturnType<typeof loadNats>>;
  readonly connection: NatsConnection;
  readonly stream: JetStreamClient | undefined;
}

/** `outbound`: gives the addresses of the host that may be connected to. */
export function createNatsSink(
  props: CanonicalNode["props"],
  endpoint: CheckedEndpoint,
  place: { readonly flow: string; readonly node: string },
  outbound?: OutboundGuard,
): Sink {
  const encoding = createEncoding(props.encoding as EncodingName, `${place.flow}/${place.node}`);
  const subjectOf = checkedTemplate(String(props.subject), place);
  return new NatsSink({ endpoint, outbound, encoding, subjectOf, isStream: props.jetStream === true });
}

interface NatsSinkOptions {
  readonly endpoint: CheckedEndpoint;
  readonly outbound: OutboundGuard | undefined;
  readonly encoding: Encoding;
  readonly subjectOf: TopicTemplate;
  readonly isStream: boolean;
}

class NatsSink implements Sink {
  readonly #options: NatsSinkOptions;
  #session: Promise<Session> | undefined;
  /** The first message that waits was not taken; it alone is tried then, or those behind it would be stored at every try. */
  #isHeldUp = false;

  constructor(options: NatsSinkOptions) {
    this.#options = options;
  }

  async send(frames: Uint8Array, origin: Origin): Promise<Taken> {
    const run = readMessages(frames, this.#isHeldUp ? 1 : inFlightMax);
    this.#session ??= this.#connect();
    try {
      const session = await this.#session;
      const publishing = run.messages.map((message, index) =>
        this.#publish(session, message, `${origin.epoch}-${origin.ordinal + run.indices[index]!}`),
      );
      const results = await Promise.allSettled(publishing);
      if (!this.#options.isStream) await answered(session.connection.flush());
      const failed = results.findIndex(({ status }) => status === "rejected");
      this.#isHeldUp = failed >= 0;
      if (failed === 0) throw (results[0] as PromiseRejectedResult).reason;
      if (failed > 0) await this.close();
      const outcomes = results.slice(0, failed < 0 ? results.length : failed);
      return takenOf(
        frames,
        failed < 0 ? run.bytes : run.ends[failed - 1]!,
        outcomes.map((result) => (result as PromiseFulfilledResult<Outcome>).value),
      );
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, closeMs);
    await Promise.race([session?.then(({ connection }) => connection.close()).catch(() => {}), promise]);
    clearTimeout(timer);
  }

  async #publish({ nats, connection, stream }: Session, message: Message, msgID: string): Promise<Outcome> {
    const subject = this.#options.subjectOf({ ...message, topic: subjectTokens(message.topic) });
    if (subject === undefined || !isSubject(subject)) return "invalid_subject";
    const payload = this.#options.encoding.one(message);
    try {
      if (stream) await stream.publish(subject, payload, { msgID, timeout: ackTimeoutMs });
      else connection.publish(subject, payload);
      return "sent";
    } catch (error) {
      // With its headers it is larger than the server takes of any message.
      if (error instanceof nats.InvalidArgumentError) return "refused";
      if (error instanceof nats.JetStreamApiError) {
        if (refusedCodes.has(error.code)) return "refused";
        throw new Error(`the stream takes no ${subject}: ${error.message}`);
      }
      const { cause } = error as Error;
      if (cause instanceof nats.RequestError && cause.isNoResponders()) throw new Error(`no stream takes ${subject}`);
      throw error;
    }
  }

  async #connect(): Promise<Session> {
    const { endpoint, outbound, isStream } = this.#options;
    const { host, port, username, password, token } = endpoint;
    // The client looks names up by itself, so it gets the addresses that were checked, to try one after the other.
    const addresses = (await outbound?.resolve(host, port))?.map(({ address }) => address) ?? [host];
    const options: ConnectionOptions = {
      servers: addresses.map((address) => `${address.includes(":") ? `[${address}]` : address}:${port}`),
      noRandomize: true,
      reconnect: false,
      ignoreClusterUpdates: true,
      timeout: connectTimeoutMs,
      ...(username !== undefined && { user: username }),
      ...(password !== undefined && { pass: password }),
      ...(token !== undefined && { token }),
      // `host` is not in the client's types, but is what it hands to tls.connect, which checks an address by it.
      tls: endpoint.isEncrypted ? Object.assign(tlsOptionsOf(host, endpoint.tls), { host }) : null,
    };
    const nats = await loadNats();
    const connection = await nats.connect(options);
    return { nats, connection, stream: isStream ? nats.jetstream(connection, { timeout: ackTimeoutMs }) : undefined };
  }
}

/** Rejects after a while: a server that stands still, or a network that takes all and brings nothing back, is noticed late else. */
async function answered(answer: Promise<void>): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${ackTimeoutMs} ms`)), ackTimeoutMs);
  try {
    await Promise.race([answer, promise]);
  } finally {
    clearTimeout(timer);
  }
}

function takenOf(frames: Uint8Array, bytes: number, outcomes: readonly Outcome[]): Taken {
  const count = (outcome: Outcome) => outcomes.filter((one) => one === outcome).length;
  return {
    bytes,
    dropped: {
      malformed: countFrames(frames, 0, bytes) - outcomes.length,
      invalid_subject: count("invalid_subject"),
      refused: count("refused"),
    },
  };
}

/** A topic's levels as the tokens of a subject. */
const subjectTokens = (topic: string): string => topic.replaceAll("/", ".");

function checkedTemplate(text: string, place: { readonly flow: string; readonly node: string }): TopicTemplate {
  const template = topicTemplate(text, place, ".");
  if (!isSubject(text.replaceAll(/\{[^{}]*\}/g, "token"))) {
    throw new Error(`subject ${JSON.stringify(text)} cannot be published to; leave out spaces, *, > and empty tokens`);
  }
  return template;
}

/** Tokens between dots, none of them empty, without wildcards or white space. */
const isSubject = (subject: string): boolean =>
  /^[^\s.*>]+(\.[^\s.*>]+)*$/.test(subject) && Buffer.byteLength(subject) <= subjectBytesMax;
