// Raw snappy blocks (no framing). 0 when it worked, -1 for bytes that are no snappy block or a
// target that is too small.
#pragma once
#include <features.h>
#include <stddef.h>
#include <stdint.h>

/// The most bytes that compressing `count` bytes can give.
size_t csnappy_bound(size_t count);
/// `written` holds the room of `output` before and the length after.
int32_t csnappy_compress(const void *input, size_t count, void *output, size_t *written);
/// The length that a block says it has inside; nothing else of it is checked.
int32_t csnappy_length(const void *input, size_t count, size_t *length);
int32_t csnappy_decompress(const void *input, size_t count, void *output, size_t *written);
