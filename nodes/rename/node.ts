// The template is cut up once: its text, one piece after the other, and between two pieces what stands there.

import { decimal, emit, Message, Properties, reject, Text, Topic } from "@flowfusion/nodekit-assemblyscript/assembly";

const topicBytesMax: usize = 0xffff;
/** Stands for the whole topic in the list of levels. */
const wholeTopic: i32 = i32.MIN_VALUE;
const noLevel: i32 = i32.MAX_VALUE;

let template: string = "";
const pieces: Topic[] = [];
const levels: i32[] = [];
let wanted: Topic = new Topic();
let replacement: Topic = new Topic();
const result: Topic = new Topic();

export function configure(properties: Properties): void {
  template = properties.text("template");
  wanted = properties.topic("find");
  replacement = properties.topic("replace");
  let from = 0;
  for (let open = template.indexOf("{"); open >= 0; open = template.indexOf("{", from)) {
    const close = template.indexOf("}", open);
    const level = close < 0 ? noLevel : parseLevel(template.substring(open + 1, close));
    if (level == noLevel) {
      reject("property template: {topic}, or a level such as {0} or {-1}, expected at character " + decimal(open + 1));
      return;
    }
    addPiece(template.substring(from, open));
    levels.push(level);
    from = close + 1;
  }
  addPiece(template.substring(from));
}

export function handle(port: u32, message: Message): void {
  const source = replaced(message);
  const text = Text.create();
  for (let index = 0; index < levels.length; index++) {
    text.bytes(pieces[index].start, pieces[index].length);
    appendLevel(text, source, levels[index]);
  }
  const last = pieces[levels.length];
  text.bytes(last.start, last.length);
  const fits = text.length > 0 && text.length <= topicBytesMax;
  emit(0, fits ? message.withTopic(result.pointAt(text.start, text.length)) : message);
}

function parseLevel(name: string): i32 {
  if (name == "topic") return wholeTopic;
  const digits = name.startsWith("-") ? name.substring(1) : name;
  if (digits.length == 0 || digits.length > 3) return noLevel;
  for (let index = 0; index < digits.length; index++) {
    if (digits.charCodeAt(index) < 48 || digits.charCodeAt(index) > 57) return noLevel;
  }
  return I32.parseInt(name);
}

function addPiece(text: string): void {
  const bytes = String.UTF8.encode(text);
  const piece = new Topic();
  piece.set(changetype<usize>(bytes), bytes.byteLength);
  pieces.push(piece);
}

/** The topic with each `find` replaced. */
function replaced(message: Message): Text {
  const text = Text.create();
  let at = message.topicStart;
  const end = message.bodyStart;
  const length = wanted.length;
  if (length > 0) {
    let from = at;
    while (at + length <= end) {
      if (memory.compare(at, wanted.start, length) != 0) {
        at++;
        continue;
      }
      text.bytes(from, at - from).bytes(replacement.start, replacement.length);
      at += length;
      from = at;
    }
    at = from;
  }
  return text.bytes(at, end - at);
}

/** Appends the whole topic or one of its levels; nothing where it has none of that number. */
function appendLevel(text: Text, topic: Text, level: i32): void {
  if (level == wholeTopic) {
    text.bytes(topic.start, topic.length);
    return;
  }
  let left = level < 0 ? level + <i32>levelsOf(topic) : level;
  let at = topic.start;
  const end = topic.start + topic.length;
  while (left >= 0) {
    const levelEnd = endOfLevel(at, end);
    if (left == 0) text.bytes(at, levelEnd - at);
    if (levelEnd == end) return;
    at = levelEnd + 1;
    left--;
  }
}

function levelsOf(topic: Text): u32 {
  let count: u32 = 1;
  for (let index: usize = 0; index < topic.length; index++) count += u32(load<u8>(topic.start + index) == 47);
  return count;
}

function endOfLevel(at: usize, end: usize): usize {
  while (at < end && load<u8>(at) != 47) at++;
  return at;
}
