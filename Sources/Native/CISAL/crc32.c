#include "CISAL.h"

#include <isa-l/crc.h>

uint32_t cisal_crc32(uint32_t before, const void *bytes, size_t count) {
  return crc32_gzip_refl(before, bytes, count);
}

uint32_t cisal_crc32c(uint32_t before, const void *bytes, size_t count) {
  // crc32_iscsi neither inverts nor counts beyond int.
  const size_t piece_max = 1u << 30;
  unsigned char *at = (unsigned char *)bytes;
  uint32_t crc = ~before;
  while (count > 0) {
    size_t piece = count < piece_max ? count : piece_max;
    crc = crc32_iscsi(at, (int)piece, crc);
    at += piece;
    count -= piece;
  }
  return ~crc;
}
