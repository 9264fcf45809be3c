// Zstandard frames: whole buffers in one direction and pieces in the other.
#pragma once
#include <features.h>
#include <stddef.h>
#include <stdint.h>

size_t czstd_bound(size_t count);
/// `written` holds the room of `output` before and the length after. The frame says its content's
/// size. 0, or -1 when there is no memory or too little room.
int32_t czstd_compress(int32_t level, const void *input, size_t count, void *output,
                       size_t *written);

typedef struct czstd_reader czstd_reader;
/// Null when there is no memory. A frame that needs a window above 2^`window_log_max` is refused.
czstd_reader *czstd_open(int32_t window_log_max);
void czstd_close(czstd_reader *reader);
/// Reads from `input` and writes to `output`; both counts hold the room before and what was used
/// after.
/// 1 at the end of a frame, 0 when there is more to do, -1 for bytes that are no frame.
int32_t czstd_step(czstd_reader *reader, const void *input, size_t *read, void *output,
                   size_t *written);

// Whole frames of small pieces, many of them: a context that is used again spares each its set-up.
typedef struct czstd_packer czstd_packer;
/// Null when there is no memory, here and below.
czstd_packer *czstd_packer_open(void);
void czstd_packer_close(czstd_packer *packer);
/// As `czstd_compress`.
int32_t czstd_pack(czstd_packer *packer, int32_t level, const void *input, size_t count,
                   void *output, size_t *written);

typedef struct czstd_unpacker czstd_unpacker;
czstd_unpacker *czstd_unpacker_open(void);
void czstd_unpacker_close(czstd_unpacker *unpacker);
/// 0 when the frame held exactly `expected` bytes, -1 otherwise.
int32_t czstd_unpack(czstd_unpacker *unpacker, const void *input, size_t count, void *output,
                     size_t expected);
