#include "CZlib.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

struct czlib_reader {
  z_stream stream;
};

// Negative window bits mean raw deflate, 16 on top means gzip.
static int bits(int32_t form) { return form == CZLIB_GZIP ? 15 + 16 : -15; }

static uInt clamp(size_t count) { return count > 1u << 30 ? 1u << 30 : (uInt)count; }

size_t czlib_bound(size_t count) { return compressBound(count) + 32; }

int32_t czlib_compress(int32_t form, int32_t level, const void *input, size_t count, void *output,
                       size_t *written) {
  z_stream stream;
  memset(&stream, 0, sizeof stream);
  if (deflateInit2(&stream, level, Z_DEFLATED, bits(form), 8, Z_DEFAULT_STRATEGY) != Z_OK)
    return -1;
  size_t left = count, room = *written;
  stream.next_in = (Bytef *)input;
  stream.next_out = output;
  int code = Z_OK;
  while (code == Z_OK) {
    uInt offered = clamp(left), space = clamp(room);
    stream.avail_in = offered;
    stream.avail_out = space;
    code = deflate(&stream, offered == left ? Z_FINISH : Z_NO_FLUSH);
    left -= offered - stream.avail_in;
    room -= space - stream.avail_out;
    if (code == Z_OK && room == 0) break;
  }
  deflateEnd(&stream);
  *written -= room;
  return code == Z_STREAM_END ? 0 : -1;
}

czlib_reader *czlib_open(int32_t form) {
  czlib_reader *reader = calloc(1, sizeof *reader);
  if (reader == NULL) return NULL;
  if (inflateInit2(&reader->stream, bits(form)) == Z_OK) return reader;
  free(reader);
  return NULL;
}

void czlib_close(czlib_reader *reader) {
  inflateEnd(&reader->stream);
  free(reader);
}

int32_t czlib_step(czlib_reader *reader, const void *input, size_t *read, void *output,
                   size_t *written) {
  uInt offered = clamp(*read), space = clamp(*written);
  reader->stream.next_in = (Bytef *)input;
  reader->stream.avail_in = offered;
  reader->stream.next_out = output;
  reader->stream.avail_out = space;
  int code = inflate(&reader->stream, Z_NO_FLUSH);
  *read = offered - reader->stream.avail_in;
  *written = space - reader->stream.avail_out;
  if (code == Z_STREAM_END) return 1;
  // A step that could do nothing is no error; the caller sees that nothing was read or written.
  return code == Z_OK || code == Z_BUF_ERROR ? 0 : -1;
}
