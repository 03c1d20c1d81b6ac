// What a node keeps for each topic: a record of fixed size under each topic's name, at most so many, in bounded memory.
// When there is no room for another, the topic that has been silent for longest is forgotten, and the log says so.
//
// Records lie one by one on the heap and are used again; a list leads from the topic that has been silent for longest to
// the one that spoke last, which is also the order in which ticks go through them and in which state is saved. Names
// lie one after the other in a buffer that is copied without its holes when it is full, each at a multiple of 8, where
// comparing and copying go by words.
//
//   entry    offset  type  field
//            0       u32   the topic that spoke next after this one
//            4       u32   the topic that spoke last before this one
//            8       u32   next entry of the same bucket
//            12      u32   name, where it lies
//            16      u32   name, bytes
//            20      u32   hash of the name
//            24      …     the node's record, zero at first

import { log } from "./emissions";
import { Message, Topic } from "./message";
import { decimal, Properties, reject } from "./properties";
import { StateReader, StateWriter } from "./state";

const headerBytes: usize = 24;
/** What is saved in front of the records. */
const headBytes: usize = 32;
/** Records of one node, together. Bytes. */
const recordBytesMax: usize = 2 << 20;
/** Names, with their holes; half of it is for those that are known. Bytes. */
const nameBytesMax: usize = 1 << 20;
const firstNameBytes: usize = 256;
const firstBuckets: u32 = 4;
const topicsMax: f64 = 10_000;

@unmanaged
class Entry {
  newer: usize;
  older: usize;
  sameBucket: usize;
  nameStart: usize;
  nameLength: u32;
  hash: u32;
}

export class TopicMap {
  private limit: u32 = 1;
  private isShared: bool = false;
  private recordBytes: usize = 0;
  private layout: u64 = 0;
  private buckets: usize = 0;
  private mask: u32 = 0;
  private count: u32 = 0;
  private oldest: usize = 0;
  private newest: usize = 0;
  private unused: usize = 0;
  private forgotten: u64 = 0;
  private names: usize = 0;
  private namesCapacity: usize = 0;
  private namesUsed: usize = 0;
  private namesLive: usize = 0;
  private spareNames: usize = 0;
  private readonly name: Topic = new Topic();

  /**
   * Makes room for records of `recordBytes`, for as many topics as the property `maxTopics` says. Saved records with
   * another size or `layout` are passed over when they are loaded.
   */
  configure(properties: Properties, recordBytes: usize, layout: u64 = 0): void {
    const wanted = properties.number("maxTopics");
    if (wanted >= 1 && wanted <= topicsMax) this.makeRoom(<u32>wanted, (recordBytes + 7) & ~7, layout);
    else reject("property maxTopics must be from 1 to 10000");
  }

  /** Makes room for `limit` records, for a map that is filled with `add` and not saved. */
  hold(limit: u32, recordBytes: usize): void {
    this.makeRoom(limit, (recordBytes + 7) & ~7, 0);
  }

  /** Topics that are known. */
  get size(): u32 {
    return this.count;
  }

  /** Makes one record that all topics share; gives where it is, and stays, also when a state is loaded. */
  share(recordBytes: usize, layout: u64 = 0): usize {
    this.isShared = true;
    this.makeRoom(1, (recordBytes + 7) & ~7, layout);
    return this.insert(0, 0, 0) + headerBytes;
  }

  private makeRoom(limit: u32, recordBytes: usize, layout: u64): void {
    const mostTopics = <u32>(recordBytesMax / recordBytes);
    if (limit > mostTopics) {
      reject("property maxTopics: " + decimal(limit) + " given, with these properties " + decimal(mostTopics) + " allowed");
      return;
    }
    this.limit = limit;
    this.recordBytes = recordBytes;
    this.layout = layout;
    this.makeBuckets(firstBuckets);
  }

  private makeBuckets(count: u32): void {
    this.mask = count - 1;
    this.buckets = heap.alloc(count << 2);
    memory.fill(this.buckets, 0, count << 2);
  }

  /** The record of the message's topic, which from now on is the one that spoke last. */
  of(message: Message): usize {
    if (this.isShared) return this.newest + headerBytes;
    const start = message.topicStart;
    const length: u32 = message.topicLength;
    const newest = changetype<Entry>(this.newest);
    if (this.newest != 0 && newest.nameLength == length && memory.compare(newest.nameStart, start, length) == 0) {
      return this.newest + headerBytes;
    }
    const hash = hashOf(start, length);
    let at = this.search(start, length, hash);
    if (at == 0) {
      const before = this.forgotten;
      at = this.insert(start, length, hash);
      // One line for the first, then each time the number has doubled.
      if (this.forgotten != before && popcnt(this.forgotten) == 1) this.tell(message);
    } else {
      this.unlink(at);
      this.link(at);
    }
    return at + headerBytes;
  }

  /** The record of a topic that is known already; 0 when it is not. */
  find(start: usize, length: u32): usize {
    const at = this.search(start, length, hashOf(start, length));
    return at == 0 ? 0 : at + headerBytes;
  }

  /** The record of a name that need not be a message's. */
  add(start: usize, length: u32): usize {
    const hash = hashOf(start, length);
    const at = this.search(start, length, hash);
    return (at == 0 ? this.insert(start, length, hash) : at) + headerBytes;
  }

  /** The topic of a record, until the next call. */
  topicOf(record: usize): Topic {
    const entry = changetype<Entry>(record - headerBytes);
    return this.name.pointAt(entry.nameStart, entry.nameLength);
  }

  /** The record of the topic that has been silent for longest; 0 when there is none. */
  get first(): usize {
    return this.oldest == 0 ? 0 : this.oldest + headerBytes;
  }

  /** The record of the topic that spoke next after that one; 0 when none did. */
  after(record: usize): usize {
    const next = changetype<Entry>(record - headerBytes).newer;
    return next == 0 ? 0 : next + headerBytes;
  }

  save(state: StateWriter): void {
    state.makeRoom(headBytes + this.count * (8 + this.recordBytes) + this.namesLive);
    state.u64(this.forgotten);
    state.u64(this.recordBytes);
    state.u64(this.layout);
    state.u64(this.count);
    for (let at = this.oldest; at != 0; at = changetype<Entry>(at).newer) {
      const entry = changetype<Entry>(at);
      state.u64(entry.nameLength);
      state.bytes(entry.nameStart, entry.nameLength);
      state.bytes(at + headerBytes, this.recordBytes);
    }
  }

  /**
   * Reads what `save` wrote, to the end of the state; gives whether that, and all that was read before, is to be put to
   * use. Records that `isSound` refuses, or a state that does not end here, change nothing and refuse the state.
   * Records of another size or layout were gathered with other properties: they are passed over, all begins anew.
   */
  load(state: StateReader, isSound: (record: usize) => bool): bool {
    const forgotten = state.u64();
    const recordBytes = state.u64();
    const layout = state.u64();
    const count = state.u64();
    const entries = state.at;
    const isOurs = recordBytes == this.recordBytes && layout == this.layout;
    if (recordBytes > recordBytesMax) state.fail();
    for (let left = count; left > 0 && !state.isExhausted; left--) {
      state.bytes(state.topicLength());
      const record = state.bytes(<usize>recordBytes);
      if (record != 0 && isOurs && !isSound(record)) {
        reject("the state holds values that this node does not write");
        return false;
      }
    }
    if (!state.isFinished) return false;
    this.clear();
    if (!isOurs) return true;
    state.at = entries;
    for (let left = count; left > 0; left--) {
      const length = state.topicLength();
      const name = state.bytes(length);
      const record = state.bytes(this.recordBytes);
      if (this.isShared && length != 0) continue;
      memory.copy(this.loaded(name, <u32>length) + headerBytes, record, this.recordBytes);
    }
    this.forgotten = forgotten;
    return true;
  }

  /** The entry that a saved record belongs into; it may still be to be written. */
  private loaded(start: usize, length: u32): usize {
    if (this.isShared) return this.newest;
    const hash = hashOf(start, length);
    const at = this.search(start, length, hash);
    return at == 0 ? this.place(start, length, hash) : at;
  }

  /** Forgets all topics; a record that all share is zero again. */
  clear(): void {
    memory.fill(this.buckets, 0, (this.mask + 1) << 2);
    while (this.oldest != 0) {
      const at = this.oldest;
      this.oldest = changetype<Entry>(at).newer;
      this.discard(at);
    }
    this.newest = 0;
    this.count = 0;
    this.forgotten = 0;
    this.namesUsed = 0;
    this.namesLive = 0;
    if (this.isShared) this.insert(0, 0, 0);
  }

  private search(start: usize, length: u32, hash: u32): usize {
    let at = load<usize>(this.bucketOf(hash));
    while (at != 0) {
      const entry = changetype<Entry>(at);
      if (entry.hash == hash && entry.nameLength == length && memory.compare(entry.nameStart, start, length) == 0) break;
      at = entry.sameBucket;
    }
    return at;
  }

  /** A new entry with a record of zeros. */
  private insert(start: usize, length: u32, hash: u32): usize {
    const at = this.place(start, length, hash);
    memory.fill(at + headerBytes, 0, this.recordBytes);
    return at;
  }

  /** A new entry, its record still to be written. */
  private place(start: usize, length: u32, hash: u32): usize {
    const room = paddedTo8(length);
    while (this.count >= this.limit || this.namesLive + room > nameBytesMax >> 1) this.forgetOldest();
    if (this.namesUsed + room > this.namesCapacity) this.closeHoles(room);
    if (this.count > this.mask) this.doubleBuckets();
    const at = this.unused != 0 ? this.unused : heap.alloc(headerBytes + this.recordBytes);
    if (at == this.unused) this.unused = changetype<Entry>(at).newer;
    const entry = changetype<Entry>(at);
    entry.hash = hash;
    entry.nameStart = this.names + this.namesUsed;
    entry.nameLength = length;
    memory.copy(entry.nameStart, start, length);
    this.namesUsed += room;
    this.namesLive += room;
    this.intoBucket(at, hash);
    this.link(at);
    this.count++;
    return at;
  }

  private doubleBuckets(): void {
    this.makeBuckets((this.mask + 1) << 1);
    for (let at = this.oldest; at != 0; at = changetype<Entry>(at).newer) this.intoBucket(at, changetype<Entry>(at).hash);
  }

  private intoBucket(at: usize, hash: u32): void {
    const bucket = this.bucketOf(hash);
    changetype<Entry>(at).sameBucket = load<usize>(bucket);
    store<usize>(bucket, at);
  }

  private forgetOldest(): void {
    const at = this.oldest;
    const entry = changetype<Entry>(at);
    let pointer = this.bucketOf(entry.hash);
    while (load<usize>(pointer) != at) pointer = load<usize>(pointer) + offsetof<Entry>("sameBucket");
    store<usize>(pointer, entry.sameBucket);
    this.unlink(at);
    this.namesLive -= paddedTo8(entry.nameLength);
    this.count--;
    this.forgotten++;
    this.discard(at);
  }

  private discard(at: usize): void {
    changetype<Entry>(at).newer = this.unused;
    this.unused = at;
  }

  /** Puts the entry at the end of the list. */
  private link(at: usize): void {
    const entry = changetype<Entry>(at);
    entry.older = this.newest;
    entry.newer = 0;
    if (this.newest == 0) this.oldest = at;
    else changetype<Entry>(this.newest).newer = at;
    this.newest = at;
  }

  private unlink(at: usize): void {
    const entry = changetype<Entry>(at);
    if (entry.older == 0) this.oldest = entry.newer;
    else changetype<Entry>(entry.older).newer = entry.newer;
    if (entry.newer == 0) this.newest = entry.older;
    else changetype<Entry>(entry.newer).older = entry.older;
  }

  /** Copies the names that are known to a buffer that holds them and `room` bytes more, at least twice over. */
  private closeHoles(room: usize): void {
    let wanted = max(this.namesCapacity, firstNameBytes);
    while (wanted < (this.namesLive + room) << 1) wanted <<= 1;
    const isLarger = wanted > this.namesCapacity;
    const target = isLarger || this.spareNames == 0 ? heap.alloc(wanted) : this.spareNames;
    this.spareNames = isLarger ? 0 : this.names;
    let used: usize = 0;
    for (let at = this.oldest; at != 0; at = changetype<Entry>(at).newer) {
      const entry = changetype<Entry>(at);
      memory.copy(target + used, entry.nameStart, entry.nameLength);
      entry.nameStart = target + used;
      used += paddedTo8(entry.nameLength);
    }
    this.names = target;
    this.namesCapacity = wanted;
    this.namesUsed = used;
  }

  private bucketOf(hash: u32): usize {
    return this.buckets + ((hash & this.mask) << 2);
  }

  private tell(message: Message): void {
    this.name.pointAt(message.topicStart, message.topicLength);
    log(Message.ofText(this.name, message.timestampNs, "no room for another tag: the one silent for longest is forgotten"));
  }
}

function paddedTo8(length: u32): usize {
  return (length + 7) & ~7;
}

/** Eight bytes at a time, each time mixed so that every bit counts. */
function hashOf(start: usize, length: u32): u32 {
  const prime: u64 = 0x9e3779b97f4a7c15;
  let hash: u64 = length;
  let at = start;
  const end = start + length;
  for (; at + 8 <= end; at += 8) {
    hash = (hash ^ load<u64>(at)) * prime;
    hash ^= hash >> 32;
  }
  for (; at < end; at++) {
    hash = (hash ^ load<u8>(at)) * prime;
    hash ^= hash >> 32;
  }
  return <u32>hash;
}
