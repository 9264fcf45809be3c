// LZ4 frames: whole buffers in one direction and pieces in the other.
#pragma once
#include <features.h>
#include <stddef.h>
#include <stdint.h>

size_t clz4_bound(size_t count);
/// `written` holds the room of `output` before and the length after. The frame says its content's
/// size. 0, or -1 when there is no memory or too little room.
int32_t clz4_compress(const void *input, size_t count, void *output, size_t *written);

typedef struct clz4_reader clz4_reader;
/// Null when there is no memory.
clz4_reader *clz4_open(void);
void clz4_close(clz4_reader *reader);
/// Reads from `input` and writes to `output`; both counts hold the room before and what was used
/// after.
/// 1 at the end of a frame, 0 when there is more to do, -1 for bytes that are no frame.
int32_t clz4_step(clz4_reader *reader, const void *input, size_t *read, void *output,
                  size_t *written);
