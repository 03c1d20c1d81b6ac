// Keeps a subscription to the configured variables. A connection that is lost, a session that the server ends, or silence:
// each ends the whole of client, session and subscription, and all is made anew after a pause. That costs a little time
// against mending what is left, and has one way to go wrong in place of many.

import { setTimeout as sleep } from "node:timers/promises";
import { type DriverContext, reconnectPolicy, steadyMs, type TagSet, wallClockNs } from "@flowfusion/driver-kit";
import type { TagQuality, TagValue } from "@flowfusion/proto";
import { backoffMs } from "@flowfusion/transport";
import {
  AttributeIds,
  type ClientMonitoredItemBase,
  ClientMonitoredItemGroup,
  type ClientSession,
  type ClientSubscription,
  type DataValue,
  MessageSecurityMode,
  OPCUAClient,
  SecurityPolicy,
  TimestampsToReturn,
  type UserIdentityInfo,
  UserTokenType,
} from "node-opcua-client";
import { type OwnCertificate, TrustedServers } from "./certificates.ts";
import type { OpcuaConfig } from "./kind.ts";
import { refusalText } from "./refusal.ts";
import { qualityOf, stampOf, tagValueOf } from "./value.ts";

/** Variables in one request; servers refuse more than some limit of their own. */
const itemsPerRequest = 500;
/** Bounds what a server can make the driver hold. */
const transportSettings = { maxMessageSize: 8 * 1024 * 1024, maxChunkCount: 256 };
const keepAlivesInSilence = 3;
/** An index that no server has makes this one variable unknown, as it is, and leaves the others alone. */
const noNamespace = "ns=65535;";
const closeMsMax = 500;

const modes = {
  none: MessageSecurityMode.None,
  sign: MessageSecurityMode.Sign,
  "sign-and-encrypt": MessageSecurityMode.SignAndEncrypt,
} as const;

interface Reading {
  readonly timestampNs: bigint;
  readonly quality: TagQuality;
  readonly value: TagValue;
}

export class Subscriber {
  readonly #context: DriverContext<OpcuaConfig>;
  readonly #certificate: OwnCertificate;
  readonly #applicationUri: string;
  readonly #tags: TagSet;
  /** What each variable was last, in this session. */
  readonly #last = new Map<number, Reading>();
  #heardMs = 0;

  constructor(context: DriverContext<OpcuaConfig>, certificate: OwnCertificate, applicationUri: string) {
    this.#context = context;
    this.#certificate = certificate;
    this.#applicationUri = applicationUri;
    this.#tags = context.tagSet({ silenceMs: context.config.silenceMs });
    for (const { tag } of context.config.tags) this.#tags.add(tag);
  }

  /** Until the driver is to stop. */
  async run(): Promise<void> {
    const { signal } = this.#context;
    for (let failures = 0; !signal.aborted; failures++) {
      const trusted = new TrustedServers(this.#context.config.trustedServers);
      try {
        await this.#subscribeUntilFailure(trusted, () => {
          failures = 0;
        });
      } catch (error) {
        if (signal.aborted) return;
        const { username } = this.#context.config;
        const why = trusted.refusal ?? refusalText(error, { username, certificatePath: this.#certificate.path });
        this.#context.device(this.#tags.isAllSilent ? "silent" : "connecting", why);
        await sleep(backoffMs(failures + 1, reconnectPolicy(this.#context.config.silenceMs), Math.random), undefined, {
          signal,
        }).catch(() => {});
      }
    }
  }

  async #subscribeUntilFailure(trusted: TrustedServers, onSuccess: () => void): Promise<void> {
    const { config, signal } = this.#context;
    const client = this.#client(trusted);
    const lost = Promise.withResolvers<never>();
    lost.promise.catch(() => {});
    const stop = () => lost.reject(new Error("stopped"));
    signal.addEventListener("abort", stop);
    for (const event of ["connection_lost", "abort"] as const) {
      client.on(event, () => lost.reject(new Error("the connection to the server was lost")));
    }
    const watch = setInterval(
      () => {
        if (steadyMs() - this.#heardMs > config.silenceMs) {
          lost.reject(new Error(`the server said nothing for ${config.silenceMs} ms`));
        }
      },
      Math.ceil(config.silenceMs / 4),
    );
    try {
      this.#heardMs = steadyMs();
      this.#last.clear();
      await Promise.race([lost.promise, this.#subscribe(client, lost.reject)]);
      this.#context.device("connected");
      onSuccess();
      await lost.promise;
    } finally {
      clearInterval(watch);
      signal.removeEventListener("abort", stop);
      // A server that does not answer does not answer a farewell either.
      await Promise.race([client.disconnect().catch(() => {}), sleep(closeMsMax, undefined, { ref: false })]);
    }
  }

  #client(trusted: TrustedServers): OPCUAClient {
    const { securityMode, securityPolicy, connectTimeoutMs, silenceMs } = this.#context.config;
    return OPCUAClient.create({
      applicationName: "Flow Fusion",
      applicationUri: this.#applicationUri,
      clientName: this.#context.name,
      securityMode: modes[securityMode],
      securityPolicy: securityMode === "none" ? SecurityPolicy.None : SecurityPolicy[securityPolicy],
      certificateKeyPairProvider: this.#certificate.provider,
      clientCertificateManager: trusted,
      connectionStrategy: { maxRetry: 0, initialDelay: 100, maxDelay: 100, randomisationFactor: 0 },
      // The address in the server's own description is often one that is of use inside its network alone.
      endpointMustExist: false,
      keepSessionAlive: true,
      requestedSessionTimeout: Math.max(10_000, 3 * silenceMs),
      transportTimeout: connectTimeoutMs,
      defaultTransactionTimeout: connectTimeoutMs,
      transportSettings,
    });
  }

  async #subscribe(client: OPCUAClient, fail: (error: Error) => void): Promise<void> {
    const { config, secrets } = this.#context;
    await client.connect(config.endpointUrl);
    const identity: UserIdentityInfo =
      config.username === undefined
        ? { type: UserTokenType.Anonymous }
        : { type: UserTokenType.UserName, userName: config.username, password: secrets.password ?? "" };
    const session = await client.createSession(identity);
    session.on("session_closed", () => fail(new Error("the server closed the session")));
    const { publishingIntervalMs, silenceMs } = config;
    const keepAlives = Math.max(1, Math.floor(silenceMs / keepAlivesInSilence / publishingIntervalMs));
    const subscription = await session.createSubscription2({
      requestedPublishingInterval: publishingIntervalMs,
      requestedMaxKeepAliveCount: keepAlives,
      requestedLifetimeCount: keepAlives * 10,
      maxNotificationsPerPublish: 1000,
      publishingEnabled: true,
      priority: 0,
    });
    for (const event of ["keepalive", "received_notifications"]) subscription.on(event, () => this.#heard());
    subscription.on("terminated", () => fail(new Error("the server ended the subscription")));
    subscription.on("internal_error", fail);
    const nodeIds = await this.#nodeIds(session);
    for (let first = 0; first < nodeIds.length; first += itemsPerRequest) {
      await this.#monitor(subscription, nodeIds.slice(first, first + itemsPerRequest), first);
    }
  }

  /** Namespaces that are named by their URI, with the index that they have on this server at this time. */
  async #nodeIds(session: ClientSession): Promise<readonly string[]> {
    const { tags } = this.#context.config;
    if (!tags.some(({ nodeId }) => nodeId.startsWith("nsu="))) return tags.map(({ nodeId }) => nodeId);
    const namespaces = await session.readNamespaceArray();
    return tags.map(({ nodeId }) => {
      const [, uri, rest] = /^nsu=([^;]+);(.+)$/.exec(nodeId) ?? [];
      if (uri === undefined) return nodeId;
      const index = namespaces.indexOf(uri);
      return index < 0 ? `${noNamespace}${rest}` : `ns=${index};${rest}`;
    });
  }

  async #monitor(subscription: ClientSubscription, nodeIds: readonly string[], first: number): Promise<void> {
    const { samplingIntervalMs, queueSize } = this.#context.config;
    const group = ClientMonitoredItemGroup.create(
      subscription,
      nodeIds.map((nodeId) => ({ nodeId, attributeId: AttributeIds.Value })),
      { samplingInterval: samplingIntervalMs, queueSize, discardOldest: true },
      TimestampsToReturn.Both,
    );
    // Listened to before the answer comes: the first values may come with it.
    group.on("changed", (_item: ClientMonitoredItemBase, value: DataValue, index: number) => {
      this.#tell(first + index, value);
    });
    await new Promise<void>((resolve, reject) => {
      group.on("initialized", resolve);
      group.on("err", (message: string) => reject(new Error(message)));
    });
    group.monitoredItems.forEach(({ statusCode }, index) => {
      if (statusCode?.isGoodish() ?? true) return;
      this.#tags.update(first + index, wallClockNs(), 2, null);
      const { tag, nodeId } = this.#context.config.tags[first + index]!;
      const why = nodeIds[index]!.startsWith(noNamespace) ? "the server has no such namespace" : statusCode?.name;
      this.#context.device("connected", `${tag} (${nodeId}): ${why}`);
    });
  }

  #tell(index: number, value: DataValue): void {
    const quality = qualityOf(value.statusCode.value);
    const reading: Reading = {
      timestampNs: stampOf(value, wallClockNs()),
      quality,
      value: quality === 2 ? null : tagValueOf(value.value),
    };
    this.#last.set(index, reading);
    this.#tags.update(index, reading.timestampNs, reading.quality, reading.value);
  }

  /**
   * What says that nothing changed vouches for all that did not. A silence that the session survived ends here: nothing
   * changed in it either, so what turned bad is again what it was, and the server will not say so by itself.
   */
  #heard(): void {
    this.#heardMs = steadyMs();
    this.#tags.allHeard();
    if (this.#tags.silent === 0) return;
    for (const [index, { timestampNs, quality, value }] of this.#last) {
      if (this.#tags.isSilent(index)) this.#tags.update(index, timestampNs, quality, value);
    }
  }
}
