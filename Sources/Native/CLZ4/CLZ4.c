#include "CLZ4.h"

#include <lz4frame.h>
#include <string.h>

size_t clz4_bound(size_t count) { return LZ4F_compressFrameBound(count, NULL); }

int32_t clz4_compress(const void *input, size_t count, void *output, size_t *written) {
  LZ4F_preferences_t preferences;
  memset(&preferences, 0, sizeof preferences);
  preferences.frameInfo.contentSize = count;
  size_t code = LZ4F_compressFrame(output, *written, input, count, &preferences);
  if (LZ4F_isError(code)) return -1;
  *written = code;
  return 0;
}

clz4_reader *clz4_open(void) {
  LZ4F_dctx *context = NULL;
  if (LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION))) return NULL;
  return (clz4_reader *)context;
}

void clz4_close(clz4_reader *reader) { LZ4F_freeDecompressionContext((LZ4F_dctx *)reader); }

int32_t clz4_step(clz4_reader *reader, const void *input, size_t *read, void *output,
                  size_t *written) {
  size_t code = LZ4F_decompress((LZ4F_dctx *)reader, output, written, input, read, NULL);
  if (LZ4F_isError(code)) return -1;
  return code == 0 ? 1 : 0;
}
