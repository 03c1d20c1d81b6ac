// What a message on a control input (reset, acknowledge) asks for: text names one tag; true, or a number other than 0,
// means all tags. Anything else asks for nothing.

import { Kind, Message, TopicMap } from "@flowfusion/nodekit-assemblyscript/assembly";

/** Calls `act` with the record of each tag that is meant and known. */
export function forEachMeant(message: Message, tags: TopicMap, act: (record: usize) => void): void {
  if (message.kind == Kind.text) {
    const record: usize = message.bodyLength > 0xffff ? 0 : tags.find(message.bodyStart, message.bodyLength);
    if (record != 0) act(record);
  } else if (message.isNumeric && message.number != 0 && !isNaN(message.number)) {
    for (let record = tags.first; record != 0; record = tags.after(record)) act(record);
  }
}
