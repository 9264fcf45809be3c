#include "CZstd.h"

#include <zstd.h>

size_t czstd_bound(size_t count) { return ZSTD_compressBound(count); }

int32_t czstd_compress(int32_t level, const void *input, size_t count, void *output,
                       size_t *written) {
  size_t code = ZSTD_compress(output, *written, input, count, level);
  if (ZSTD_isError(code)) return -1;
  *written = code;
  return 0;
}

czstd_reader *czstd_open(int32_t window_log_max) {
  ZSTD_DCtx *context = ZSTD_createDCtx();
  if (context == NULL) return NULL;
  if (!ZSTD_isError(ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, window_log_max)))
    return (czstd_reader *)context;
  ZSTD_freeDCtx(context);
  return NULL;
}

void czstd_close(czstd_reader *reader) { ZSTD_freeDCtx((ZSTD_DCtx *)reader); }

int32_t czstd_step(czstd_reader *reader, const void *input, size_t *read, void *output,
                   size_t *written) {
  ZSTD_inBuffer from = {input, *read, 0};
  ZSTD_outBuffer to = {output, *written, 0};
  size_t code = ZSTD_decompressStream((ZSTD_DCtx *)reader, &to, &from);
  if (ZSTD_isError(code)) return -1;
  *read = from.pos;
  *written = to.pos;
  return code == 0 ? 1 : 0;
}

czstd_packer *czstd_packer_open(void) { return (czstd_packer *)ZSTD_createCCtx(); }

void czstd_packer_close(czstd_packer *packer) { ZSTD_freeCCtx((ZSTD_CCtx *)packer); }

int32_t czstd_pack(czstd_packer *packer, int32_t level, const void *input, size_t count,
                   void *output, size_t *written) {
  size_t code = ZSTD_compressCCtx((ZSTD_CCtx *)packer, output, *written, input, count, level);
  if (ZSTD_isError(code)) return -1;
  *written = code;
  return 0;
}

czstd_unpacker *czstd_unpacker_open(void) { return (czstd_unpacker *)ZSTD_createDCtx(); }

void czstd_unpacker_close(czstd_unpacker *unpacker) { ZSTD_freeDCtx((ZSTD_DCtx *)unpacker); }

int32_t czstd_unpack(czstd_unpacker *unpacker, const void *input, size_t count, void *output,
                     size_t expected) {
  size_t code = ZSTD_decompressDCtx((ZSTD_DCtx *)unpacker, output, expected, input, count);
  return ZSTD_isError(code) || code != expected ? -1 : 0;
}
