"""A host of flows on wasmtime, for tests: what fusion/host/fused-instance.ts is on V8, written against the contract alone.

Reads requests from standard input and answers each on standard output, both led by their length as a little-endian u32.
A request is the length of a JSON text as u32, that text, and bytes that the text points into as [offset, length]; the
answer is JSON. See wasmtime.ts for what they hold.
"""

import json
import struct
import sys

import wasmtime

# fusion/glue/layout.ts
OUTBOX_START, OUTBOX_BYTES, CURSOR, FAULT, COUNTERS_START, NODE_COUNT = 4, 8, 16, 20, 24, 28
COUNTER_WORDS = 5
FAULTS = {1: "outbox_overflow", 2: "invalid_emission", 3: "invalid_input"}
LIFECYCLE_FUEL_FACTOR = 20
MESSAGE_HEADER = 8


class Trapped(Exception):
    def __init__(self, cause, node, cursor):
        super().__init__(cause)
        self.seen = {"trap": cause, "node": node, "cursor": cursor}


class Refused(Exception):
    pass


class Flow:
    def __init__(self, engine, module, fuel):
        self.store = wasmtime.Store(engine)
        self.exports = wasmtime.Instance(self.store, module, []).exports(self.store)
        self.memory = self.exports["memory"]
        self.control = self.exports["control"].value(self.store) & 0xFFFFFFFF
        self.fuel = self.exports.get("ff_fuel")
        self.per_message, self.burst = fuel

    def configure(self):
        error = self.call(self.burst * LIFECYCLE_FUEL_FACTOR, "configure")
        if error != 0:
            raise Refused(self.bytes_at(error).decode())

    def execute(self, frames):
        messages = count_frames(frames)
        fuel = self.burst + messages * self.per_message
        return self.call(fuel, "execute_flow", self.put(frames), len(frames), messages)

    def tick(self, now_ns):
        self.call(self.burst, "tick", now_ns)

    def take_outbox(self):
        start = self.word(OUTBOX_START)
        taken = bytes(self.memory.read(self.store, start, start + self.word(OUTBOX_BYTES)))
        self.memory.write(self.store, bytearray(4), self.control + OUTBOX_BYTES)
        return taken

    def save_state(self):
        return self.bytes_at(self.call(self.burst * LIFECYCLE_FUEL_FACTOR, "save_state"))

    def load_state(self, state):
        error = self.call(self.burst * LIFECYCLE_FUEL_FACTOR, "load_state", self.put(state), len(state))
        if error != 0:
            raise Refused(self.bytes_at(error).decode())

    def counters(self):
        start = self.call(self.burst * LIFECYCLE_FUEL_FACTOR, "counters") & 0xFFFFFFFF
        nodes = self.word(NODE_COUNT)
        words = struct.unpack(
            f"<{nodes * COUNTER_WORDS}Q", bytes(self.memory.read(self.store, start, start + nodes * COUNTER_WORDS * 8))
        )
        return [list(words[at : at + COUNTER_WORDS]) for at in range(0, len(words), COUNTER_WORDS)]

    def put(self, content):
        start = self.call(self.burst * LIFECYCLE_FUEL_FACTOR, "reserve", len(content)) & 0xFFFFFFFF
        self.memory.write(self.store, content, start)
        return start

    def call(self, fuel, name, *arguments):
        if self.fuel is not None:
            self.fuel.set_value(self.store, wasmtime.Val.i64(fuel))
        try:
            return self.exports[name](self.store, *arguments)
        except wasmtime.Trap as trap:
            node = self.exports["current_node"].value(self.store)
            raise Trapped(self.cause_of(trap), node, self.word(CURSOR)) from trap

    def cause_of(self, trap):
        if trap.trap_code == wasmtime.TrapCode.STACK_OVERFLOW:
            return "stack"
        if self.fuel is not None and self.fuel.value(self.store) < 0:
            return "fuel"
        return FAULTS.get(self.word(FAULT), "trap")

    def word(self, offset):
        return self.u32(self.control + offset)

    def u32(self, at):
        return struct.unpack("<I", bytes(self.memory.read(self.store, at, at + 4)))[0]

    def bytes_at(self, pointer):
        start = pointer & 0xFFFFFFFF
        return bytes(self.memory.read(self.store, start + 4, start + 4 + self.u32(start)))


def count_frames(frames):
    count, at = 0, 0
    while at + MESSAGE_HEADER <= len(frames):
        count += 1
        at += MESSAGE_HEADER + struct.unpack_from("<I", frames, at + 4)[0]
    return count


def observe(flow, frames, now_ns):
    consumed = flow.execute(frames)
    executed = flow.take_outbox()
    flow.tick(now_ns)
    return {
        "consumed": consumed,
        "outbox": (executed + flow.take_outbox()).hex(),
        "state": flow.save_state().hex(),
        "counters": flow.counters(),
    }


def run_scenario(start, scenario):
    """As runScenario in scenario.ts."""
    seen = []
    try:
        flow = start()
        for index, (frames, now_ns) in enumerate(scenario):
            saved = flow.save_state()
            seen.append(observe(flow, frames, now_ns))
            if index == 0:
                continue
            fresh = start()
            fresh.load_state(saved)
            seen.append(observe(fresh, frames, now_ns))
    except Trapped as trapped:
        seen.append(trapped.seen)
    except Refused as refused:
        seen.append({"refusal": str(refused)})
    return seen


def answer(engines, request):
    (header_bytes,) = struct.unpack_from("<I", request)
    header = json.loads(request[4 : 4 + header_bytes])
    body = memoryview(request)[4 + header_bytes :]
    part = lambda place: bytes(body[place[0] : place[0] + place[1]])
    wasm = part(header["wasm"])
    engine = engines[header["engine"]]
    module = wasmtime.Module.deserialize(engine, wasm) if header["isCompiled"] else wasmtime.Module(engine, wasm)

    def run(fuel, parts):
        def start():
            flow = Flow(engine, module, fuel)
            flow.configure()
            return flow

        return run_scenario(start, [(part(frames), int(now_ns)) for frames, now_ns in parts])

    return [run(fuel, parts) for fuel, parts in header["scenarios"]]


def main():
    unoptimised = wasmtime.Config()
    unoptimised.cranelift_opt_level = "none"
    engines = {"default": wasmtime.Engine(), "unoptimised": wasmtime.Engine(unoptimised)}
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    while len(head := requests.read(4)) == 4:
        request = requests.read(struct.unpack("<I", head)[0])
        try:
            document = {"seen": answer(engines, request)}
        except Exception as error:  # The test is told, and the next request is taken.
            document = {"error": f"{type(error).__name__}: {error}"}
        text = json.dumps(document).encode()
        answers.write(struct.pack("<I", len(text)) + text)
        answers.flush()


main()
