// A moving average: the mean of the last values, at each value.

#include "flowfusion.h"

#define SIZE_MAX_VALUES 64
#define TOPIC_BYTES_MAX 1024

static uint32_t size;
static ff_text topic;
static char topic_room[TOPIC_BYTES_MAX];
// Oldest first.
static double values[SIZE_MAX_VALUES];
static uint32_t count;

static void configure(ff_properties properties) {
  const double wanted = ff_number_property(properties, "size", 0);
  const ff_text wanted_topic = ff_text_property(properties, "topic");
  if (!(wanted >= 1 && wanted <= SIZE_MAX_VALUES)) {
    ff_reject(FF_LITERAL("size must be 1 to 64"));
    return;
  }
  if (wanted_topic.length > TOPIC_BYTES_MAX) {
    ff_reject(FF_LITERAL("topic must have at most 1024 bytes"));
    return;
  }
  size = (uint32_t)wanted;
  topic = ff_keep(wanted_topic, topic_room, TOPIC_BYTES_MAX);
}

static void append(double value) {
  if (count == size) {
    __builtin_memmove(values, values + 1, (count - 1) * sizeof(double));
    count--;
  }
  values[count++] = value;
}

static void handle(uint32_t port, ff_message *message) {
  (void)port;
  if (!ff_is_numeric(message)) return;
  append(ff_number(message));
  double sum = 0;
  for (uint32_t i = 0; i < count; i++) sum += values[i];
  ff_set_number(message, sum / count);
  ff_emit(0, ff_with_topic(message, topic));
}

static void save(ff_writer *state) {
  ff_write_u64(state, count);
  for (uint32_t i = 0; i < count; i++) ff_write_f64(state, values[i]);
}

static void load(ff_reader *state) {
  const uint64_t saved_count = ff_read_u64(state);
  if (saved_count > SIZE_MAX_VALUES) {
    ff_reject(FF_LITERAL("the state holds more than 64 values"));
    return;
  }
  double saved[SIZE_MAX_VALUES];
  for (uint32_t i = 0; i < saved_count; i++) saved[i] = ff_read_f64(state);
  if (!ff_is_finished(state)) return;
  count = 0;
  for (uint32_t i = 0; i < saved_count; i++) append(saved[i]);
}

FF_MANIFEST_FILE("manifest.json")
FF_CONFIGURE(configure)
FF_HANDLE(handle)
FF_STATE(save, load)
