// The state of Sparkplug B edge nodes, as their messages tell it. Births name metrics and their aliases; data may carry the
// alias alone; deaths turn what was born bad. Messages of an edge node are numbered, so that a gap is seen: then, and when
// an alias is not known, only new births help, and the answer says for which node to ask.
//
//   topic   spBv1.0/GROUP/TYPE/EDGE[/DEVICE]     TYPE: NBIRTH NDATA NDEATH, DBIRTH DDATA DDEATH
//   tag     GROUP/EDGE[/DEVICE]/METRIC

import { isUpdateTime, msToNs } from "@flowfusion/driver-kit";
import type { TagQuality } from "@flowfusion/proto";
import {
  decodeSparkplug,
  type SparkplugMetric,
  type SparkplugPayload,
  withDatatype,
} from "@flowfusion/proto/sparkplug";
import { decompressed } from "./compression.ts";
import { PayloadError, type Reading } from "./payloads.ts";

const namespace = "spBv1.0";
const seqModulus = 256;
const bdSeqName = "bdSeq";
const goodQuality = 192;

export interface SparkplugResult {
  readonly readings: readonly Reading[];
  /** Tags whose owner died. */
  readonly dead: readonly string[];
  /** The edge node's births are needed; its command topic. */
  readonly rebirthTopic?: string;
}

interface Born {
  readonly name: string;
  readonly datatype: number | undefined;
  readonly device: string | undefined;
}

interface EdgeNode {
  /** Its command topic. */
  readonly rebirthTopic: string;
  /** What it was born with may be out of date until it is born anew. */
  isDoubtful: boolean;
  /** Undefined before the birth and after a death. */
  seq: number | undefined;
  bdSeq: bigint | undefined;
  readonly aliases: Map<bigint, Born>;
  readonly types: Map<string, number>;
  readonly tags: Set<string>;
}

const nothing: SparkplugResult = { readings: [], dead: [] };

export class SparkplugHost {
  readonly #edges = new Map<string, EdgeNode>();
  readonly #metricsMax: number;
  readonly #payloadBytesMax: number;
  #metrics = 0;

  /**
   * `metricsMax` bounds what births can make it hold: nodes, metrics and aliases; `payloadBytesMax` what a compressed payload
   * may come to.
   */
  constructor(metricsMax: number, payloadBytesMax: number) {
    this.#metricsMax = metricsMax;
    this.#payloadBytesMax = payloadBytesMax;
  }

  /** Throws a PayloadError for a payload that is none. */
  handle(topic: string, payload: Uint8Array, nowNs: bigint): SparkplugResult {
    const [prefix, group, type, edge, device] = topic.split("/");
    if (prefix !== namespace || group === undefined || edge === undefined || !handledTypes.has(type ?? ""))
      return nothing;
    const message = { prefix: `${group}/${edge}`, device, payload: decode(payload, this.#payloadBytesMax), nowNs };
    const rebirthTopic = `${namespace}/${group}/NCMD/${edge}`;
    const node = this.#edge(message.prefix, rebirthTopic);
    switch (type) {
      case "NBIRTH":
        return this.#nodeBirth(node, message);
      case "NDEATH":
        return this.#nodeDeath(node, message.payload);
      default:
        break;
    }
    if (!isNext(node, message.payload.seq)) {
      node.seq = undefined;
      return { ...nothing, rebirthTopic };
    }
    switch (type) {
      case "DBIRTH":
        return { readings: this.#birth(node, message), dead: [] };
      case "DDEATH": {
        const own = `${message.prefix}/${device}/`;
        return { readings: [], dead: [...node.tags].filter((tag) => tag.startsWith(own)) };
      }
      default:
        return this.#data(node, message);
    }
  }

  /**
   * What was born has turned bad for silence: what none of an edge node's next data tells stays so until it is born anew.
   * Gives the command topics of those to ask; one that goes on without is asked for again by its data.
   */
  doubt(): string[] {
    return [...this.#edges.values()].map((node) => {
      node.isDoubtful = true;
      return node.rebirthTopic;
    });
  }

  #edge(key: string, rebirthTopic: string): EdgeNode {
    let node = this.#edges.get(key);
    if (node === undefined) {
      this.#demandRoom(1);
      this.#metrics++;
      node = {
        ...{ rebirthTopic, isDoubtful: false, seq: undefined, bdSeq: undefined },
        ...{ aliases: new Map(), types: new Map(), tags: new Set() },
      };
      this.#edges.set(key, node);
    }
    return node;
  }

  #nodeBirth(node: EdgeNode, message: Message): SparkplugResult {
    const own = node.tags.size + node.aliases.size;
    this.#demandRoom(birthCost(message.payload) - own);
    this.#metrics -= own;
    const before = new Set(node.tags);
    node.aliases.clear();
    node.types.clear();
    node.tags.clear();
    node.seq = message.payload.seq;
    node.isDoubtful = false;
    const bdSeq = message.payload.metrics.find(({ name }) => name === bdSeqName)?.value;
    node.bdSeq = typeof bdSeq === "bigint" ? bdSeq : undefined;
    const readings = this.#birth(node, message);
    // Devices are born anew after their node; until then nothing is known of them.
    return { readings, dead: [...before].filter((tag) => !node.tags.has(tag)) };
  }

  /** A death that is not of the present birth is the will of a connection that is long over. */
  #nodeDeath(node: EdgeNode, { metrics }: SparkplugPayload): SparkplugResult {
    const bdSeq = metrics.find(({ name }) => name === bdSeqName)?.value;
    if (node.bdSeq !== undefined && typeof bdSeq === "bigint" && bdSeq !== node.bdSeq) return nothing;
    node.seq = undefined;
    return { readings: [], dead: [...node.tags] };
  }

  /** All of it or nothing. */
  #birth(node: EdgeNode, message: Message): Reading[] {
    this.#demandRoom(birthCost(message.payload));
    const before = node.tags.size + node.aliases.size;
    const readings = message.payload.metrics.flatMap((metric) => {
      const { name = "", alias, datatype } = metric;
      if (name === bdSeqName) return [];
      const tag = tagOf(message.prefix, message.device, name);
      node.tags.add(tag);
      if (alias !== undefined) node.aliases.set(alias, { name, datatype, device: message.device });
      if (datatype !== undefined) node.types.set(tag, datatype);
      return [readingOf(tag, metric, datatype, message)];
    });
    this.#metrics += node.tags.size + node.aliases.size - before;
    return readings;
  }

  #data(node: EdgeNode, message: Message): SparkplugResult {
    const { rebirthTopic } = node;
    const readings: Reading[] = [];
    let isKnown = !node.isDoubtful;
    for (const metric of message.payload.metrics) {
      const born = metric.alias === undefined ? undefined : node.aliases.get(metric.alias);
      const name = metric.name ?? born?.name;
      const tag = name === undefined ? undefined : tagOf(message.prefix, born?.device ?? message.device, name);
      if (tag === undefined || !node.tags.has(tag)) {
        isKnown = false;
        continue;
      }
      readings.push(readingOf(tag, metric, metric.datatype ?? born?.datatype ?? node.types.get(tag), message));
    }
    return { readings, dead: [], ...(isKnown ? {} : { rebirthTopic }) };
  }

  #demandRoom(count: number): void {
    if (this.#metrics + count > this.#metricsMax) {
      throw new PayloadError(`more than ${this.#metricsMax} metrics and aliases were born`);
    }
  }
}

/** What a birth adds at most. Throws for one that names not all that it bears. */
function birthCost({ metrics }: SparkplugPayload): number {
  let cost = 0;
  for (const { name, alias } of metrics) {
    if (name === undefined) throw new PayloadError("a birth has a metric without a name");
    cost += alias === undefined ? 1 : 2;
  }
  return cost;
}

interface Message {
  /** `GROUP/EDGE`. */
  readonly prefix: string;
  readonly device: string | undefined;
  readonly payload: SparkplugPayload;
  readonly nowNs: bigint;
}

const handledTypes: ReadonlySet<string> = new Set(["NBIRTH", "NDATA", "NDEATH", "DBIRTH", "DDATA", "DDEATH"]);

/** Takes the number as the last one seen when it follows the one before. */
function isNext(node: EdgeNode, seq: number | undefined): boolean {
  if (node.seq === undefined || seq !== (node.seq + 1) % seqModulus) return false;
  node.seq = seq;
  return true;
}

const tagOf = (prefix: string, device: string | undefined, name: string): string =>
  device === undefined ? `${prefix}/${name}` : `${prefix}/${device}/${name}`;

function readingOf(tag: string, metric: SparkplugMetric, datatype: number | undefined, message: Message): Reading {
  const timeMs = metric.timestampMs ?? message.payload.timestampMs;
  const toldNs = timeMs === undefined ? undefined : msToNs(timeMs);
  return {
    tag,
    timestampNs: toldNs !== undefined && isUpdateTime(toldNs) ? toldNs : message.nowNs,
    quality: qualityOf(metric),
    value: datatype === undefined ? metric.value : withDatatype(metric.value, datatype),
  };
}

function qualityOf({ quality, value }: SparkplugMetric): TagQuality {
  if (value === null) return 2;
  return quality === undefined || quality === goodQuality ? 0 : 2;
}

function decode(payload: Uint8Array, bytesMax: number): SparkplugPayload {
  try {
    return decompressed(decodeSparkplug(payload), bytesMax);
  } catch (error) {
    if (error instanceof PayloadError) throw error;
    throw new PayloadError(`the payload is not Sparkplug B: ${(error as Error).message}`);
  }
}
