// For writing Flow Fusion nodes in C: one header, no library, no operating system. Include it in the one file of a node,
// which ends with the functions that it offers:
//
//   FF_MANIFEST_FILE("manifest.json")   or FF_MANIFEST("{\"contract\":1,…}")
//   FF_CONFIGURE(configure)             void configure(ff_properties properties)
//   FF_HANDLE(handle)                   void handle(uint32_t port, ff_message *message)
//   FF_TICK(tick)                       void tick(uint64_t now_ns)
//   FF_STATE(save, load)                void save(ff_writer *state), void load(ff_reader *state)
//
// FF_HANDLE is needed, the others as the node has them. Built with
//
//   clang --target=wasm32 -O3 -nostdlib -ffreestanding -mbulk-memory -Wl,--no-entry -Wl,--strip-debug
//     -Wl,-z,stack-size=16384 -I nodekit -o node.wasm node.c
#ifndef FLOWFUSION_H
#define FLOWFUSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FF_EXPORT(name) __attribute__((export_name(name), used))

// ---- messages ----

enum { FF_NONE, FF_BOOLEAN, FF_INT64, FF_FLOAT64, FF_TEXT, FF_BYTES };
enum { FF_GOOD, FF_UNCERTAIN, FF_BAD };

// A message where it lies in memory, in the layout Message v1 of the node contract. Topic (UTF-8), body and zeros to a
// multiple of 8 bytes follow it.
typedef struct {
  uint64_t timestamp_ns; // since the Unix epoch
  union {
    double float64;
    int64_t int64; // 0 or 1 for a boolean
  } scalar;
  uint8_t kind;
  uint8_t quality;
  uint16_t topic_length;
  uint32_t body_length;
} ff_message;

_Static_assert(sizeof(ff_message) == 24, "the header of Message v1 has 24 bytes");

// Text or bytes somewhere in memory.
typedef struct {
  const char *start;
  uint32_t length;
} ff_text;

#define FF_LITERAL(text) ((ff_text){(text), sizeof(text) - 1})

static inline char *ff_topic_start(const ff_message *message) { return (char *)(message + 1); }
static inline char *ff_body_start(const ff_message *message) { return ff_topic_start(message) + message->topic_length; }
static inline ff_text ff_topic(const ff_message *message) {
  return (ff_text){ff_topic_start(message), message->topic_length};
}
static inline ff_text ff_body(const ff_message *message) {
  return (ff_text){ff_body_start(message), message->body_length};
}
// Bytes of the whole message, padding included.
static inline uint32_t ff_byte_length(const ff_message *message) {
  return ((uint32_t)sizeof(ff_message) + message->topic_length + message->body_length + 7u) & ~7u;
}
// Whether the value is a number or a boolean, so that ff_number has a meaning.
static inline bool ff_is_numeric(const ff_message *message) {
  return (uint8_t)(message->kind - FF_BOOLEAN) <= FF_FLOAT64 - FF_BOOLEAN;
}
// The value as a number; a boolean is 0 or 1, an int64 is rounded to the nearest double.
static inline double ff_number(const ff_message *message) {
  return message->kind == FF_FLOAT64 ? message->scalar.float64 : (double)message->scalar.int64;
}
// Replaces the scalar of a message without a body. Infinity and NaN make the quality bad: no reading of a plant has such
// a value. Engines differ in the bits of a computed NaN; messages do not.
static inline void ff_set_number(ff_message *message, double value) {
  message->kind = FF_FLOAT64;
  message->scalar.float64 = value;
  if (value != value) message->scalar.int64 = 0x7ff8000000000000;
  if (!(value - value == 0)) message->quality = FF_BAD;
}
static inline void ff_set_boolean(ff_message *message, bool value) {
  message->kind = FF_BOOLEAN;
  message->scalar.int64 = value;
}

// ---- memory for one call ----
//
// What a caller passes in and what a node emits lies here and is gone when the caller says so: a node never frees and
// never leaks. A request that does not fit opens a chunk at least twice as large, on fresh pages; the old one stays
// unused, which the doubling bounds.

#define FF_FIRST_CHUNK_BYTES 16384

static uint64_t ff_first_chunk[FF_FIRST_CHUNK_BYTES / 8];
static char *ff_chunk_start = (char *)ff_first_chunk;
static char *ff_chunk_end = (char *)ff_first_chunk + FF_FIRST_CHUNK_BYTES;
static char *ff_chunk_top = (char *)ff_first_chunk;

// Bytes, aligned to 8, that live until the end of the call. Traps when there is no memory left.
static void *ff_allocate(uint32_t size) {
  const uint32_t padded = (size + 7u) & ~7u;
  if (padded < size) __builtin_trap();
  if (padded > (uint32_t)(ff_chunk_end - ff_chunk_top)) {
    const uint32_t doubled = 2u * (uint32_t)(ff_chunk_end - ff_chunk_start);
    const uint32_t pages = ((padded > doubled ? padded : doubled) + 65535u) >> 16;
    const size_t grown = __builtin_wasm_memory_grow(0, pages);
    if (grown == (size_t)-1) __builtin_trap();
    ff_chunk_start = ff_chunk_top = (char *)(grown << 16);
    ff_chunk_end = ff_chunk_start + (pages << 16);
  }
  void *block = ff_chunk_top;
  ff_chunk_top += padded;
  return block;
}

static inline void ff_release(void) { ff_chunk_top = ff_chunk_start; }

// A message without a value, of good quality, for the rest of this call.
static inline ff_message *ff_new_message(ff_text topic, uint64_t timestamp_ns, uint32_t body_length) {
  if (topic.length > UINT16_MAX) __builtin_trap();
  const uint32_t length = ((uint32_t)sizeof(ff_message) + topic.length + body_length + 7u) & ~7u;
  ff_message *message = ff_allocate(length);
  *(uint64_t *)((char *)message + length - 8) = 0;
  *message = (ff_message){.timestamp_ns = timestamp_ns, .topic_length = (uint16_t)topic.length, .body_length = body_length};
  __builtin_memcpy(ff_topic_start(message), topic.start, topic.length);
  return message;
}
// A text message, of good quality, for the rest of this call.
static inline ff_message *ff_new_text(ff_text topic, uint64_t timestamp_ns, ff_text text) {
  ff_message *message = ff_new_message(topic, timestamp_ns, text.length);
  message->kind = FF_TEXT;
  __builtin_memcpy(ff_body_start(message), text.start, text.length);
  return message;
}
// A message with the same timestamp, value and quality under another topic, for the rest of this call. An empty topic
// leaves the message as it is.
static inline ff_message *ff_with_topic(ff_message *message, ff_text topic) {
  if (topic.length == 0) return message;
  ff_message *renamed = ff_new_message(topic, message->timestamp_ns, message->body_length);
  renamed->scalar = message->scalar;
  renamed->kind = message->kind;
  renamed->quality = message->quality;
  __builtin_memcpy(ff_body_start(renamed), ff_body_start(message), message->body_length);
  return renamed;
}

// ---- emitting ----

// Most emissions of one call; a node that emits more traps.
#define FF_EMISSIONS_MAX 1024
#define FF_LOG_PORT 0xffffffffu

static struct {
  uint32_t port;
  const ff_message *message;
  uint32_t length;
} ff_emissions[FF_EMISSIONS_MAX];

// A list, as pointer and length; or a result: 0 or 1, then pointer and length of the error text.
static struct {
  uint32_t first;
  uint32_t second;
  uint32_t third;
} ff_answer;
static uint32_t ff_emission_count;

// Sends a message from an output port. It may be the one that came in.
static inline void ff_emit(uint32_t port, const ff_message *message) {
  if (ff_emission_count == FF_EMISSIONS_MAX) __builtin_trap();
  ff_emissions[ff_emission_count].port = port;
  ff_emissions[ff_emission_count].message = message;
  ff_emissions[ff_emission_count].length = ff_byte_length(message);
  ff_emission_count++;
}
// Writes a line to the flow's log.
static inline void ff_log(uint64_t timestamp_ns, ff_text text) {
  ff_emit(FF_LOG_PORT, ff_new_text((ff_text){0, 0}, timestamp_ns, text));
}

static inline void *ff_list(const void *start, uint32_t length) {
  ff_answer.first = (uint32_t)(uintptr_t)start;
  ff_answer.second = length;
  return &ff_answer;
}
static inline void *ff_take_emissions(void) {
  const uint32_t count = ff_emission_count;
  ff_emission_count = 0;
  return ff_list(ff_emissions, count);
}

// ---- refusing properties and state ----

static ff_text ff_refusal;

// Refuses the configuration or the state, with the reason that the user reads. The text must stay where it is until the
// end of the call; the first reason counts.
static inline void ff_reject(ff_text reason) {
  if (ff_refusal.length == 0) ff_refusal = reason;
}
static inline void *ff_take_result(void) {
  ff_answer.first = ff_refusal.length != 0;
  ff_answer.second = (uint32_t)(uintptr_t)ff_refusal.start;
  ff_answer.third = ff_refusal.length;
  ff_refusal.length = 0;
  return &ff_answer;
}

// ---- properties ----

// A run of messages, one for each leaf of the properties object, with its path as the topic (`op`, `cases[1].value`). The
// flow has checked them against the manifest's schema. They are gone after `configure`.
typedef ff_text ff_properties;

// The property at a path; NULL when there is none.
static inline const ff_message *ff_property(ff_properties properties, const char *path) {
  const uint32_t length = (uint32_t)__builtin_strlen(path);
  const char *end = properties.start + properties.length;
  for (const char *at = properties.start; at < end; at += ff_byte_length((const ff_message *)at)) {
    const ff_message *property = (const ff_message *)at;
    if (property->topic_length == length && __builtin_memcmp(ff_topic_start(property), path, length) == 0) return property;
  }
  return NULL;
}
// The number, or the boolean as 0 or 1, at a path; `otherwise` where there is none.
static inline double ff_number_property(ff_properties properties, const char *path, double otherwise) {
  const ff_message *property = ff_property(properties, path);
  return property != NULL && ff_is_numeric(property) ? ff_number(property) : otherwise;
}
// The text at a path; an empty text where there is none. Copy what is needed later with ff_keep.
static inline ff_text ff_text_property(ff_properties properties, const char *path) {
  const ff_message *property = ff_property(properties, path);
  return property != NULL && property->kind == FF_TEXT ? ff_body(property) : (ff_text){0, 0};
}
// Copies a text into `room`; traps when it does not fit.
static inline ff_text ff_keep(ff_text text, char *room, uint32_t room_bytes) {
  if (text.length > room_bytes) __builtin_trap();
  __builtin_memcpy(room, text.start, text.length);
  return (ff_text){room, text.length};
}

// ---- state ----
//
// Plain values one after the other. What is written first is read first; the state version in the manifest says which
// values there are.

// Most bytes of one node's state; a node that writes more traps.
#define FF_STATE_BYTES_MAX 65536u

typedef struct {
  char *start;
  uint32_t length;
} ff_writer;

static inline void ff_write_bytes(ff_writer *writer, const void *bytes, uint32_t length) {
  if (length > FF_STATE_BYTES_MAX - writer->length) __builtin_trap();
  __builtin_memcpy(writer->start + writer->length, bytes, length);
  writer->length += length;
}
static inline void ff_write_u64(ff_writer *writer, uint64_t value) { ff_write_bytes(writer, &value, 8); }
static inline void ff_write_f64(ff_writer *writer, double value) { ff_write_bytes(writer, &value, 8); }

typedef struct {
  const char *at;
  const char *end;
  bool is_exhausted;
} ff_reader;

// Reading past the end gives zeros, and ff_is_finished says no.
static inline void ff_read_bytes(ff_reader *reader, void *bytes, uint32_t length) {
  if (length > (uint32_t)(reader->end - reader->at)) {
    reader->is_exhausted = true;
    __builtin_memset(bytes, 0, length);
    return;
  }
  __builtin_memcpy(bytes, reader->at, length);
  reader->at += length;
}
static inline uint64_t ff_read_u64(ff_reader *reader) {
  uint64_t value;
  ff_read_bytes(reader, &value, 8);
  return value;
}
static inline double ff_read_f64(ff_reader *reader) {
  double value;
  ff_read_bytes(reader, &value, 8);
  return value;
}
// Whether all was read and nothing lacked. To be asked before anything that was read is put to use; a state of another
// length is refused in any case.
static inline bool ff_is_finished(const ff_reader *reader) { return !reader->is_exhausted && reader->at == reader->end; }

// ---- what the flow calls: the canonical ABI of the node contract ----

FF_EXPORT("cabi_realloc") void *ff_realloc(const void *old, uint32_t old_size, uint32_t align, uint32_t size) {
  (void)align;
  void *block = ff_allocate(size);
  if (old_size != 0) __builtin_memcpy(block, old, old_size < size ? old_size : size);
  return block;
}

#define FF_POST(name)                                            \
  FF_EXPORT("cabi_post_" name)                                   \
  void FF_JOIN(ff_post_, __COUNTER__)(void *answer) {            \
    (void)answer;                                                \
    ff_release();                                                \
  }
#define FF_JOIN(a, b) FF_JOIN_EXPANDED(a, b)
#define FF_JOIN_EXPANDED(a, b) a##b

#define FF_HANDLE(function)                                                                      \
  FF_EXPORT("handle") void *ff_handle(uint32_t port, ff_message *message, uint32_t length) {     \
    (void)length;                                                                                \
    function(port, message);                                                                     \
    return ff_take_emissions();                                                                  \
  }                                                                                              \
  FF_POST("handle")

#define FF_TICK(function)                                        \
  FF_EXPORT("tick") void *ff_tick(uint64_t now_ns) {             \
    function(now_ns);                                            \
    return ff_take_emissions();                                  \
  }                                                              \
  FF_POST("tick")

#define FF_CONFIGURE(function)                                                         \
  FF_EXPORT("configure") void *ff_configure(const char *start, uint32_t length) {      \
    function((ff_properties){start, length});                                          \
    return ff_take_result();                                                           \
  }                                                                                    \
  FF_POST("configure")

#define FF_STATE(save, load)                                                                              \
  FF_EXPORT("save_state") void *ff_save_state(void) {                                                     \
    ff_writer writer = {ff_allocate(FF_STATE_BYTES_MAX), 0};                                              \
    save(&writer);                                                                                        \
    return ff_list(writer.start, writer.length);                                                          \
  }                                                                                                       \
  FF_EXPORT("load_state") void *ff_load_state(const char *start, uint32_t length) {                       \
    ff_reader reader = {start, start + length, false};                                                    \
    load(&reader);                                                                                        \
    if (!ff_is_finished(&reader))                                                                         \
      ff_reject(FF_LITERAL("the state has another length than this version of the node writes"));         \
    return ff_take_result();                                                                              \
  }                                                                                                       \
  FF_POST("save_state")                                                                                   \
  FF_POST("load_state")

// The manifest, as a custom section of the module: the text itself, or the file that holds it, found like a header.
#define FF_MANIFEST(json) FF_MANIFEST_SECTION(".ascii " FF_QUOTED(json))
#define FF_MANIFEST_FILE(path) FF_MANIFEST_SECTION(".incbin \"" path "\"")
#define FF_QUOTED(text) #text
#define FF_MANIFEST_SECTION(content) \
  __asm__(".section \".custom_section.flowfusion:manifest\",\"\",@\n" content "\n.text\n");

// ---- what the compiler may call ----
//
// With -mbulk-memory copies and fills are instructions; comparing and measuring are not.

__attribute__((weak)) int memcmp(const void *left, const void *right, size_t length) {
  const unsigned char *a = left, *b = right;
  for (size_t i = 0; i < length; i++)
    if (a[i] != b[i]) return a[i] - b[i];
  return 0;
}
__attribute__((weak)) size_t strlen(const char *text) {
  const char *end = text;
  while (*end != 0) end++;
  return (size_t)(end - text);
}
__attribute__((weak)) void *memcpy(void *to, const void *from, size_t length) {
  return __builtin_memcpy(to, from, length);
}
__attribute__((weak)) void *memmove(void *to, const void *from, size_t length) {
  return __builtin_memmove(to, from, length);
}
__attribute__((weak)) void *memset(void *to, int value, size_t length) {
  return __builtin_memset(to, value, length);
}

#endif
