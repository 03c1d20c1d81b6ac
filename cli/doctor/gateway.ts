// What can be seen of a gateway from here: whether it is reached, lets us in, is well, and loses nothing.

import { connect } from "node:net";
import {
  allItems,
  type DriverStatus,
  type FlowStats,
  type FlowStatus,
  type GatewayClient,
  GatewayError,
  type GatewayInfo,
  troubleOf,
} from "@flowfusion/client";
import { declaredDeliveries } from "@flowfusion/driver-catalog";
import { parseAddress } from "@flowfusion/transport";
import { inMemoryAloneText } from "../in-memory-alone.ts";
import cliPackage from "../package.json" with { type: "json" };
import { type Finding, failure, ok, warning } from "./finding.ts";

const connectTimeoutMs = 3_000;
const dayMs = 24 * 60 * 60 * 1000;
const renewDays = 30;
const restartsToldMs = 60 * 60 * 1000;

export async function checkGateway(client: GatewayClient): Promise<Finding[]> {
  let info: Awaited<ReturnType<GatewayClient["gateway"]>>;
  try {
    info = await client.gateway();
  } catch (error) {
    return [unreached(client.endpoint, error)];
  }
  const flows = await allItems((query) => client.listFlows(query));
  const stats = await allItems((query) => client.listStats(query));
  const drivers = await allItems((query) => client.listDrivers(query));
  return [
    ok("gateway", `${client.endpoint}, up since ${info.startedAt}`),
    checkVersion(info.version),
    ...(await Promise.all(info.addresses.map(checkIngest))),
    ...checkCertificate(info, Date.now()),
    checkStorage(info.storage),
    checkRefused(info.ingest.refused),
    ...drivers.flatMap((driver) => checkDriver(driver, Date.now())),
    ...checkSharedTags(drivers),
    ...checkFlows(flows),
    ...stats.flatMap(checkLosses),
  ];
}

function unreached(endpoint: string, error: unknown): Finding {
  if (!(error instanceof GatewayError)) throw error;
  return failure("gateway", `${endpoint}: ${error.message}`, remedyOf(error));
}

function remedyOf({ status, code }: GatewayError): string {
  if (status === 401)
    return "give the token that the gateway printed at its first start in FLOWFUSION_TOKEN or --token";
  if (code === "FF_GATEWAY_UNTRUSTED") {
    return "give its authority with --ca and a name that its certificate has, or its --fingerprint, which does for one that has ended, too";
  }
  if (code === "FF_GATEWAY_CLIENT_CERTIFICATE") {
    return "show a certificate that its authority for clients signed, with --client-cert and --client-key";
  }
  return "start one with `flowfusion gateway`, or name it in FLOWFUSION_ENDPOINT or --gateway";
}

export function checkVersion(version: string): Finding {
  return version === cliPackage.version
    ? ok("version", version)
    : warning("version", `the gateway is ${version}, this command ${cliPackage.version}`, "bring both to one version");
}

/** Of the API itself; drivers and sinks have certificates of their own. */
export function checkCertificate({ certificate }: Pick<GatewayInfo, "certificate">, nowMs: number): Finding[] {
  if (certificate === undefined) return [];
  const { validFrom, validTo } = certificate;
  const daysLeft = Math.floor((Date.parse(validTo) - nowMs) / dayMs);
  const remedy =
    "put a new one in its place, and restart the gateway, or send it SIGHUP where it has no copy from systemd; flows run on meanwhile";
  if (Date.parse(validFrom) > nowMs) {
    return [failure("certificate", `not valid before ${validFrom}`, "look at the clocks, here and of the gateway")];
  }
  if (daysLeft < 0) return [failure("certificate", `ended at ${validTo}`, remedy)];
  if (daysLeft < renewDays) return [warning("certificate", `ends at ${validTo}, in ${daysLeft} days`, remedy)];
  return [ok("certificate", `until ${validTo}`)];
}

/** A driver's way in, tried from here. */
export async function checkIngest(text: string): Promise<Finding> {
  const address = parseAddress(text);
  const target = address.scheme === "ipc" ? { path: address.path } : { host: address.host, port: address.port };
  const socket = connect({ ...target, timeout: connectTimeoutMs });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve).once("error", reject);
      socket.once("timeout", () => reject(new Error(`no answer within ${connectTimeoutMs} ms`)));
    });
    return ok("drivers' address", text);
  } catch (error) {
    const remedy = "drivers on the gateway's machine may reach it all the same; else look for a firewall";
    return warning("drivers' address", `${text}: ${(error as Error).message}`, remedy);
  } finally {
    socket.destroy();
  }
}

export function checkRefused(refused: { readonly [cause: string]: number }): Finding {
  const causes = Object.entries(refused).filter(([, count]) => count > 0);
  if (causes.length === 0) return ok("frames of drivers", "none refused");
  const text = causes.map(([cause, count]) => `${count} ${cause}`).join(", ");
  const remedies = new Set(causes.map(([cause]) => refusalRemedies[cause] ?? noBatch));
  return warning("frames of drivers", `refused: ${text}`, `${[...remedies].join("; ")}; the gateway's log names who`);
}

const noBatch = "what connects is no driver, or sends what is no TagUpdateBatch";
const hangs = "a driver hung, went away in the middle of a frame, or its network did";
const isFull =
  "the address was full: look for drivers that connect again and again, or open more addresses with --ingest";
const refusalRemedies: { readonly [cause: string]: string } = {
  stalled: hangs,
  truncated: hangs,
  made_room: isFull,
  too_many_connections: isFull,
};

export function checkStorage({ isWritable, reason, freeBytes, inMemoryAlone }: GatewayInfo["storage"]): Finding {
  const free = `${Math.round(freeBytes / 1e6).toLocaleString("en")} MB free`;
  const remedy = "flows go on; make room, or mend the folder's rights";
  if (!isWritable) return failure("storage", `cannot be written: ${reason ?? "no reason given"}; ${free}`, remedy);
  if (inMemoryAlone.length === 0) return ok("storage", free);
  const told = inMemoryAlone.map((one) => `${inMemoryAloneText(one)}: ${one.reason}`).join("; ");
  return warning(
    "storage",
    `in memory alone: ${told}; ${free}`,
    `${remedy}; what a kill would take is written once the disk takes it`,
  );
}

/** A driver that runs, and whose device answers for all tags, has nothing to tell. */
export function checkDriver(driver: DriverStatus, nowMs: number): Finding[] {
  const { name, unsent, inDoubt, dropped, restarts, startedAt } = driver;
  const isRestarted = restarts > 0 && startedAt !== undefined && nowMs - Date.parse(startedAt) < restartsToldMs;
  const isWhole = unsent + inDoubt === 0;
  const lost = `a gateway that ended did not take ${unsent} of its updates, and perhaps ${inDoubt} more`;
  return [
    ...driverState(driver),
    ...(isRestarted
      ? [warning(`driver ${name}`, `crashed, ${restarts} times by now; started again at ${startedAt}`, logsOf(driver))]
      : []),
    ...(dropped > 0
      ? [warning(`driver ${name}`, `dropped ${dropped} updates that the gateway did not take in time`, overloaded)]
      : []),
    ...(isWhole ? [] : [warning(`driver ${name}`, lost, "what they would have changed is not in the flows' state")]),
  ];
}

const overloaded =
  "flowfusion top shows which flow takes longest: let it do less for a message, read fewer tags or less often, or give the gateway more --workers";

function driverState(driver: DriverStatus): Finding[] {
  const { name, enabled, state, device } = driver;
  if (!enabled || state === "starting" || state === "finished") return [];
  const trouble = troubleOf(driver);
  const told = (what: string) => (trouble === undefined ? what : `${what}: ${trouble}`);
  if (state !== "running") return [failure(`driver ${name}`, told(state), logsOf(driver))];
  if (device !== undefined && device !== "connected") {
    return [warning(`driver ${name}`, told(`its device is ${device}`), logsOf(driver))];
  }
  return trouble === undefined ? [] : [warning(`driver ${name}`, trouble, logsOf(driver))];
}

const logsOf = ({ name }: DriverStatus): string => `flowfusion driver logs ${name} tells more`;

/** Flows would see one tag that jumps between two devices. */
export function checkSharedTags(drivers: readonly DriverStatus[]): Finding[] {
  const enabled = drivers.filter((driver) => driver.enabled);
  const declared = enabled.map(({ name, kind, config }) => ({ name, ...declaredDeliveries(kind, config) }));
  const tags = sharedBy(declared.map(({ name, tags }) => [name, tags]));
  const sources = sharedBy(declared.map(({ name, sources }) => [name, sources]));
  const remedy =
    "flows cannot tell them apart: give the tags of each driver names of their own, or leave one driver out";
  return [...new Set([...tags.keys(), ...sources.keys()])].map((names) => {
    const [first, ...others] = [
      ...(tags.get(names) ?? []),
      ...(sources.get(names) ?? []).map((one) => `all of ${one}`),
    ];
    const isOne = others.length === 0 && !sources.has(names);
    const told = `the same ${isOne ? "tag" : "tags"}: ${first}${others.length === 0 ? "" : ` and ${others.length} more`}`;
    return warning(`drivers ${names}`, `deliver ${told}`, remedy);
  });
}

/** By the names of those that have it, what more than one has. */
function sharedBy(given: readonly (readonly [name: string, things: readonly string[]])[]): Map<string, string[]> {
  const owners = new Map<string, string[]>();
  for (const [name, things] of given) {
    for (const thing of new Set(things)) owners.set(thing, [...(owners.get(thing) ?? []), name]);
  }
  const shared = [...owners].filter(([, names]) => names.length > 1);
  const byNames = Map.groupBy(shared, ([, names]) => names.join(", "));
  return new Map([...byNames].map(([names, found]) => [names, found.map(([thing]) => thing)]));
}

export function checkFlows(flows: readonly FlowStatus[]): Finding[] {
  const unwell = flows.filter(({ condition }) => condition !== "running");
  if (unwell.length === 0) return [ok("flows", `${flows.length} run`)];
  return unwell.map(({ name, condition, reason }) => {
    const remedy = `flowfusion top ${name} shows where; flowfusion rollback ${name}, or deploy a version that works`;
    return failure(`flow ${name}`, `${condition}${reason ? `: ${reason}` : ""}`, remedy);
  });
}

const willNeverTake = "the endpoint will never take them: mend what the sink sends, or where to";
const wantsRoom =
  "the endpoint was away or slow, or the disk took nothing: mend that, or give the sink more room with diskBytesMax";
const noPlace = "the sink's template makes no topic or subject of these tags: mend it";
/** By cause, what keeps more from being lost. */
const lossRemedies: { readonly [cause: string]: string } = {
  input_removed: "they waited for an input that the version that was deployed then has not",
  input_full: "let the flow do less for a message, or give the gateway more --workers",
  queue_full: wantsRoom,
  evicted: wantsRoom,
  invalid_topic: noPlace,
  invalid_subject: noPlace,
  refused: willNeverTake,
  too_large: willNeverTake,
  connection_lost: "with QoS 1 they are sent again",
};

function lossRemedy(cause: string): string {
  return cause.startsWith("http_")
    ? willNeverTake
    : (lossRemedies[cause] ?? `what ${cause} is stands in the guide to sinks`);
}

/** An eighth of what a flow's queue holds; at half, inputs that block are read no more. */
const behindBytes = 128 * 1024;

/** What a flow lost or could not deliver since the gateway was started, and dead letters that nobody has dealt with. */
export function checkLosses(stats: FlowStats): Finding[] {
  const { name, input, droppedByBreaker, deadLettersKept, deadLetterError, sinks } = stats;
  // It is gone once the sink delivers again.
  const broken = sinks.filter(({ lastError }) => lastError !== undefined);
  const lost = [
    { where: "its input", dropped: input.dropped },
    ...sinks.map(({ node, dropped }) => ({ where: node, dropped })),
  ].flatMap(({ where, dropped }) => Object.entries(dropped).map(([cause, count]) => ({ where, cause, count })));
  return [
    ...(input.queuedBytes > behindBytes
      ? [
          warning(
            `flow ${name}`,
            `${input.queued} messages wait in front of it; its drivers wait, or lose updates`,
            overloaded,
          ),
        ]
      : []),
    ...broken.map(({ node, lastError }) =>
      failure(
        `sink ${name}/${node}`,
        lastError!,
        "mend its endpoint, or the disk where that failed; what is queued goes out then",
      ),
    ),
    ...(lost.length > 0
      ? [
          warning(
            `flow ${name}`,
            `dropped ${lost.map(({ where, cause, count }) => `${count} at ${where} (${cause})`).join(", ")}`,
            [...new Set(lost.map(({ cause }) => lossRemedy(cause)))].join("; "),
          ),
        ]
      : []),
    ...(droppedByBreaker > 0
      ? [
          warning(
            `flow ${name}`,
            `dropped ${droppedByBreaker} while its breaker was open`,
            `flowfusion top ${name} shows which node failed last; mend that`,
          ),
        ]
      : []),
    ...(deadLettersKept > 0
      ? [
          warning(
            `flow ${name}`,
            `${deadLettersKept} dead letters`,
            `flowfusion dead-letters list ${name} shows node and message of each; replay or discard them`,
          ),
        ]
      : []),
    ...(deadLetterError === undefined
      ? []
      : [
          warning(
            `flow ${name}`,
            `dead letters are in memory alone: ${deadLetterError}`,
            "they are written once the disk takes them",
          ),
        ]),
  ];
}
