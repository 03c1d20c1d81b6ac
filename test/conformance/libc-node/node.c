// Uses what wasi-libc offers: malloc, printf and time.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "flowfusion.h"

static void handle(uint32_t port, ff_message *message) {
  char *copy = malloc(100000);
  memset(copy, (int)port, 100000);
  printf("value %.2f at %lld\n", ff_number(message), (long long)time(NULL));
  fflush(stdout);
  free(copy);
  ff_emit(0, message);
}

FF_MANIFEST_FILE("manifest.json")
FF_HANDLE(handle)
