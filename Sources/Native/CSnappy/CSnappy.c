#include "CSnappy.h"

#include <snappy-c.h>

size_t csnappy_bound(size_t count) { return snappy_max_compressed_length(count); }

int32_t csnappy_compress(const void *input, size_t count, void *output, size_t *written) {
  return snappy_compress(input, count, output, written) == SNAPPY_OK ? 0 : -1;
}

int32_t csnappy_length(const void *input, size_t count, size_t *length) {
  return snappy_uncompressed_length(input, count, length) == SNAPPY_OK ? 0 : -1;
}

int32_t csnappy_decompress(const void *input, size_t count, void *output, size_t *written) {
  return snappy_uncompress(input, count, output, written) == SNAPPY_OK ? 0 : -1;
}
