// Deflate in its raw and its gzip form, whole buffers in one direction and pieces in the other:
// what comes from a stranger says nothing true about its length.
#pragma once
#include <features.h>
#include <stddef.h>
#include <stdint.h>

#define CZLIB_RAW 0
#define CZLIB_GZIP 1

/// The most bytes that compressing `count` bytes can give, in either form.
size_t czlib_bound(size_t count);
/// `written` holds the room of `output` before and the length after. 0, or -1 when there is no
/// memory or too little room.
int32_t czlib_compress(int32_t form, int32_t level, const void *input, size_t count, void *output,
                       size_t *written);

typedef struct czlib_reader czlib_reader;
/// Null when there is no memory.
czlib_reader *czlib_open(int32_t form);
void czlib_close(czlib_reader *reader);
/// Reads from `input` and writes to `output`; both counts hold the room before and what was used
/// after.
/// 1 at the end of the stream, 0 when there is more to do, -1 for bytes that are no such stream.
int32_t czlib_step(czlib_reader *reader, const void *input, size_t *read, void *output,
                   size_t *written);
