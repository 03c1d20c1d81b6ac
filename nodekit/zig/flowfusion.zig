//! For writing Flow Fusion nodes in Zig: one file, no allocator, no operating system. A node is a file whose public
//! functions are what it offers:
//!
//!     pub const manifest = @embedFile("manifest.json");
//!     pub fn configure(properties: flowfusion.Properties) void
//!     pub fn handle(port: u32, message: *flowfusion.Message) void
//!     pub fn tick(now_ns: u64) void
//!     pub fn saveState(state: *flowfusion.StateWriter) void
//!     pub fn loadState(state: *flowfusion.StateReader) void
//!     comptime { flowfusion.node(@This()); }
//!
//! `handle` is needed, the others as the node has them. Built with
//!
//!     zig build-exe -target wasm32-freestanding -O ReleaseFast -fno-entry -rdynamic -fstrip --stack 16384
//!       --dep flowfusion -Mroot=node.zig -Mflowfusion=nodekit/flowfusion.zig

/// What a message's value is.
pub const Kind = enum(u8) { none, boolean, int64, float64, text, bytes, _ };
/// As OPC UA has it.
pub const Quality = enum(u8) { good, uncertain, bad, _ };

/// A message where it lies in memory, in the layout Message v1 of the node contract. Topic (UTF-8), body and zeros to a
/// multiple of 8 bytes follow it.
pub const Message = extern struct {
    /// Nanoseconds since the Unix epoch.
    timestamp_ns: u64,
    /// The scalar as its 64 bits: f64, i64, or 0/1 for a boolean.
    bits: u64,
    kind: Kind,
    quality: Quality,
    topic_length: u16,
    body_length: u32,

    /// A message without a value, of good quality, for the rest of this call.
    pub fn create(topic_text: []const u8, timestamp_ns: u64, body_length: u32) *Message {
        if (topic_text.len > 0xffff) @trap();
        const length = paddedTo8(@sizeOf(Message) + topic_text.len + body_length);
        const at = allocate(length);
        @as(*u64, @ptrFromInt(at + length - 8)).* = 0;
        const message: *Message = @ptrFromInt(at);
        message.* = .{
            .timestamp_ns = timestamp_ns,
            .bits = 0,
            .kind = .none,
            .quality = .good,
            .topic_length = @intCast(topic_text.len),
            .body_length = body_length,
        };
        @memcpy(message.bytes(@sizeOf(Message), topic_text.len), topic_text);
        return message;
    }

    /// A text message, of good quality, for the rest of this call.
    pub fn ofText(topic_text: []const u8, timestamp_ns: u64, content: []const u8) *Message {
        const message = create(topic_text, timestamp_ns, @intCast(content.len));
        message.kind = .text;
        @memcpy(message.body(), content);
        return message;
    }

    pub fn topic(message: *const Message) []u8 {
        return message.bytes(@sizeOf(Message), message.topic_length);
    }

    pub fn body(message: *const Message) []u8 {
        return message.bytes(@sizeOf(Message) + @as(usize, message.topic_length), message.body_length);
    }

    /// Bytes of the whole message, padding included.
    pub fn byteLength(message: *const Message) u32 {
        return paddedTo8(@sizeOf(Message) + @as(u32, message.topic_length) + message.body_length);
    }

    /// Whether the value is a number or a boolean, so that `number` has a meaning.
    pub fn isNumeric(message: *const Message) bool {
        return switch (message.kind) {
            .boolean, .int64, .float64 => true,
            else => false,
        };
    }

    /// The value as a number; a boolean is 0 or 1, an int64 is rounded to the nearest f64.
    pub fn number(message: *const Message) f64 {
        if (message.kind == .float64) return @bitCast(message.bits);
        return @floatFromInt(@as(i64, @bitCast(message.bits)));
    }

    /// Replaces the scalar of a message without a body. Infinity and NaN make the quality bad: no reading of a plant has
    /// such a value. Engines differ in the bits of a computed NaN; messages do not.
    pub fn setNumber(message: *Message, value: f64) void {
        message.kind = .float64;
        message.bits = if (value != value) 0x7ff8000000000000 else @bitCast(value);
        if (value - value != 0) message.quality = .bad;
    }

    pub fn setBoolean(message: *Message, value: bool) void {
        message.kind = .boolean;
        message.bits = @intFromBool(value);
    }

    /// A message with the same timestamp, value and quality under another topic, for the rest of this call. An empty topic
    /// leaves the message as it is.
    pub fn withTopic(message: *Message, topic_text: []const u8) *Message {
        if (topic_text.len == 0) return message;
        const renamed = create(topic_text, message.timestamp_ns, message.body_length);
        renamed.bits = message.bits;
        renamed.kind = message.kind;
        renamed.quality = message.quality;
        @memcpy(renamed.body(), message.body());
        return renamed;
    }

    fn bytes(message: *const Message, offset: usize, length: usize) []u8 {
        const start: [*]u8 = @ptrFromInt(@intFromPtr(message) + offset);
        return start[0..length];
    }
};

/// Properties of a node: a run of messages, one for each leaf of the properties object, with its path as the topic (`op`,
/// `cases[1].value`). The flow has checked them against the manifest's schema. They are gone after `configure`.
pub const Properties = struct {
    start: usize,
    end: usize,

    pub fn find(properties: Properties, path: []const u8) ?*const Message {
        var at = properties.start;
        while (at < properties.end) {
            const property: *const Message = @ptrFromInt(at);
            if (equal(property.topic(), path)) return property;
            at += property.byteLength();
        }
        return null;
    }

    /// The number, or the boolean as 0 or 1, at a path; `otherwise` where there is none.
    pub fn number(properties: Properties, path: []const u8, otherwise: f64) f64 {
        const property = properties.find(path) orelse return otherwise;
        return if (property.isNumeric()) property.number() else otherwise;
    }

    /// The text at a path; an empty one where there is none. Copy what is needed later.
    pub fn text(properties: Properties, path: []const u8) []const u8 {
        const property = properties.find(path) orelse return "";
        return if (property.kind == .text) property.body() else "";
    }
};

/// Takes plain values, one after the other. What is written first is read first; the state version in the manifest says
/// which values there are.
pub const StateWriter = struct {
    /// A node that writes more traps.
    pub const bytes_max = 65536;

    start: [*]u8,
    length: usize,

    pub fn bytes(writer: *StateWriter, content: []const u8) void {
        if (content.len > bytes_max - writer.length) @trap();
        @memcpy(writer.start[writer.length..][0..content.len], content);
        writer.length += content.len;
    }

    pub fn int(writer: *StateWriter, value: u64) void {
        writer.bytes(@as(*const [8]u8, @ptrCast(&value)));
    }

    pub fn float(writer: *StateWriter, value: f64) void {
        writer.int(@bitCast(value));
    }
};

/// Gives back what a StateWriter took. Reading past the end gives zeros, and `isFinished` says no.
pub const StateReader = struct {
    left: []const u8,
    is_exhausted: bool = false,

    pub fn bytes(reader: *StateReader, length: usize) []const u8 {
        if (length > reader.left.len) {
            reader.is_exhausted = true;
            return "";
        }
        defer reader.left = reader.left[length..];
        return reader.left[0..length];
    }

    pub fn int(reader: *StateReader) u64 {
        const taken = reader.bytes(8);
        return if (taken.len == 8) @as(*align(1) const u64, @ptrCast(taken.ptr)).* else 0;
    }

    pub fn float(reader: *StateReader) f64 {
        return @bitCast(reader.int());
    }

    /// Whether all was read and nothing lacked. To be asked before anything that was read is put to use; a state of
    /// another length is refused in any case.
    pub fn isFinished(reader: *const StateReader) bool {
        return !reader.is_exhausted and reader.left.len == 0;
    }
};

// ---- emitting and refusing ----

/// Most emissions of one call; a node that emits more traps.
const emissions_max = 1024;
pub const log_port = 0xffff_ffff;

const Emission = extern struct { port: u32, message: *const Message, length: u32 };

var emissions: [emissions_max]Emission = undefined;
var emission_count: u32 = 0;
/// A list, as pointer and length; or a result: 0 or 1, then pointer and length of the error text.
var answer: [3]u32 = undefined;
var refusal: ?[]const u8 = null;

/// Sends a message from an output port. It may be the one that came in.
pub fn emit(port: u32, message: *const Message) void {
    if (emission_count == emissions_max) @trap();
    emissions[emission_count] = .{ .port = port, .message = message, .length = message.byteLength() };
    emission_count += 1;
}

/// Writes a line to the flow's log.
pub fn log(timestamp_ns: u64, text: []const u8) void {
    emit(log_port, Message.ofText("", timestamp_ns, text));
}

/// Refuses the configuration or the state, with the reason that the user reads. The text must stay where it is until the
/// end of the call; the first reason counts.
pub fn reject(reason: []const u8) void {
    if (refusal == null) refusal = reason;
}

fn takeEmissions() usize {
    const count = emission_count;
    emission_count = 0;
    return listAt(@intFromPtr(&emissions), count);
}

fn listAt(start: usize, length: usize) usize {
    answer = .{ start, length, 0 };
    return @intFromPtr(&answer);
}

fn takeResult() usize {
    answer = if (refusal) |reason| .{ 1, @intFromPtr(reason.ptr), reason.len } else .{ 0, 0, 0 };
    refusal = null;
    return @intFromPtr(&answer);
}

// ---- memory for one call ----
//
// What a caller passes in and what a node emits lies here and is gone when the caller says so: a node never frees and
// never leaks. A request that does not fit opens a chunk at least twice as large, on fresh pages; the old one stays
// unused, which the doubling bounds.

const first_chunk_bytes = 16384;
const page_bytes = 65536;

var first_chunk: [first_chunk_bytes / 8]u64 = undefined;
var chunk_start: usize = 0;
var chunk_end: usize = 0;
var chunk_top: usize = 0;

/// Address of bytes, aligned to 8, that live until the end of the call. Traps when there is no memory left.
pub fn allocate(size: usize) usize {
    if (size > 0x7fff_0000) @trap();
    const padded = paddedTo8(size);
    if (padded > chunk_end - chunk_top) openChunk(padded);
    defer chunk_top += padded;
    return chunk_top;
}

fn openChunk(least: usize) void {
    if (chunk_end == 0 and least <= first_chunk_bytes) {
        chunk_start = @intFromPtr(&first_chunk);
        chunk_end = chunk_start + first_chunk_bytes;
    } else {
        const pages = (@max(least, 2 * (chunk_end - chunk_start)) + page_bytes - 1) / page_bytes;
        const grown = @wasmMemoryGrow(0, pages);
        if (grown < 0) @trap();
        chunk_start = @as(usize, @intCast(grown)) * page_bytes;
        chunk_end = chunk_start + pages * page_bytes;
    }
    chunk_top = chunk_start;
}

fn release() void {
    chunk_top = chunk_start;
}

fn paddedTo8(size: anytype) @TypeOf(size) {
    return (size + 7) & ~@as(@TypeOf(size), 7);
}

fn equal(left: []const u8, right: []const u8) bool {
    if (left.len != right.len) return false;
    for (left, right) |a, b| if (a != b) return false;
    return true;
}

// ---- what the flow calls: the canonical ABI of the node contract ----

/// Makes a module of a node: exports what its public functions offer, and puts its manifest into the module.
pub fn node(comptime Node: type) void {
    const abi = struct {
        comptime {
            if (@hasDecl(Node, "manifest")) asm (manifestSection(Node.manifest));
        }
        fn realloc(old: usize, old_size: usize, alignment: usize, size: usize) callconv(.c) usize {
            _ = alignment;
            const at = allocate(size);
            const length = @min(old_size, size);
            if (length > 0) @memcpy(@as([*]u8, @ptrFromInt(at))[0..length], @as([*]const u8, @ptrFromInt(old))[0..length]);
            return at;
        }
        fn handle(port: u32, message: *Message, length: u32) callconv(.c) usize {
            _ = length;
            Node.handle(port, message);
            return takeEmissions();
        }
        fn configure(start: usize, length: usize) callconv(.c) usize {
            Node.configure(.{ .start = start, .end = start + length });
            return takeResult();
        }
        fn tick(now_ns: u64) callconv(.c) usize {
            Node.tick(now_ns);
            return takeEmissions();
        }
        fn saveState() callconv(.c) usize {
            var writer: StateWriter = .{ .start = @ptrFromInt(allocate(StateWriter.bytes_max)), .length = 0 };
            Node.saveState(&writer);
            return listAt(@intFromPtr(writer.start), writer.length);
        }
        fn loadState(start: usize, length: usize) callconv(.c) usize {
            const content: []const u8 = if (length == 0) "" else @as([*]const u8, @ptrFromInt(start))[0..length];
            var reader: StateReader = .{ .left = content };
            Node.loadState(&reader);
            if (!reader.isFinished()) reject("the state has another length than this version of the node writes");
            return takeResult();
        }
        fn post(result: usize) callconv(.c) void {
            _ = result;
            release();
        }
    };
    @export(&abi.realloc, .{ .name = "cabi_realloc" });
    @export(&abi.handle, .{ .name = "handle" });
    @export(&abi.post, .{ .name = "cabi_post_handle" });
    if (@hasDecl(Node, "configure")) {
        @export(&abi.configure, .{ .name = "configure" });
        @export(&abi.post, .{ .name = "cabi_post_configure" });
    }
    if (@hasDecl(Node, "tick")) {
        @export(&abi.tick, .{ .name = "tick" });
        @export(&abi.post, .{ .name = "cabi_post_tick" });
    }
    if (@hasDecl(Node, "saveState")) {
        @export(&abi.saveState, .{ .name = "save_state" });
        @export(&abi.post, .{ .name = "cabi_post_save_state" });
        @export(&abi.loadState, .{ .name = "load_state" });
        @export(&abi.post, .{ .name = "cabi_post_load_state" });
    }
}

/// A linker has no name for custom sections, the assembler does.
fn manifestSection(comptime manifest: []const u8) []const u8 {
    @setEvalBranchQuota(manifest.len * 20 + 1000);
    var text: []const u8 = ".section \".custom_section.flowfusion:manifest\",\"\",@\n.ascii \"";
    for (manifest) |byte| {
        text = text ++ switch (byte) {
            '"' => "\\\"",
            '\\' => "\\\\",
            '\n', '\r', '\t' => " ",
            else => &[1]u8{byte},
        };
    }
    return text ++ "\"\n.text\n";
}
