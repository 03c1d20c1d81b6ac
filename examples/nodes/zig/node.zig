//! A moving average: the mean of the last values, at each value.

const flowfusion = @import("flowfusion");

pub const manifest = @embedFile("manifest.json");

const size_max = 64;
const topic_bytes_max = 1024;

var size: usize = 0;
var topic_room: [topic_bytes_max]u8 = undefined;
var topic: []const u8 = "";
/// Oldest first.
var values: [size_max]f64 = undefined;
var count: usize = 0;

comptime {
    flowfusion.node(@This());
}

pub fn configure(properties: flowfusion.Properties) void {
    const wanted = properties.number("size", 0);
    const wanted_topic = properties.text("topic");
    if (!(wanted >= 1 and wanted <= size_max)) return flowfusion.reject("size must be 1 to 64");
    if (wanted_topic.len > topic_bytes_max) return flowfusion.reject("topic must have at most 1024 bytes");
    size = @intFromFloat(wanted);
    @memcpy(topic_room[0..wanted_topic.len], wanted_topic);
    topic = topic_room[0..wanted_topic.len];
}

pub fn handle(port: u32, message: *flowfusion.Message) void {
    _ = port;
    if (!message.isNumeric()) return;
    append(message.number());
    var sum: f64 = 0;
    for (values[0..count]) |value| sum += value;
    message.setNumber(sum / @as(f64, @floatFromInt(count)));
    flowfusion.emit(0, message.withTopic(topic));
}

fn append(value: f64) void {
    if (count == size) {
        for (values[0 .. count - 1], values[1..count]) |*to, from| to.* = from;
        count -= 1;
    }
    values[count] = value;
    count += 1;
}

pub fn saveState(state: *flowfusion.StateWriter) void {
    state.int(count);
    for (values[0..count]) |value| state.float(value);
}

pub fn loadState(state: *flowfusion.StateReader) void {
    const saved_count = state.int();
    if (saved_count > size_max) return flowfusion.reject("the state holds more than 64 values");
    var saved: [size_max]f64 = undefined;
    for (saved[0..@intCast(saved_count)]) |*value| value.* = state.float();
    if (!state.isFinished()) return;
    count = 0;
    for (saved[0..@intCast(saved_count)]) |value| append(value);
}
