// CRC-64/NVME: polynomial ad93d23594c93659, reflected, initial value and final inversion all ones.
//
// Eight lanes of 16 bytes are folded 128 bytes at a time: a lane (low, high) that stands D bits
// before another is congruent to low * x^(D+63) + high * x^(D-1) there, reflected and modulo the
// polynomial. The lanes are then folded into one, whose 16 bytes and the tail go through the table.
// With vectors of 64 bytes (VPCLMULQDQ) four of them are folded 256 bytes at a time, then into the
// eight lanes.
#include "CISAL.h"

#include <pthread.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define POLYNOMIAL_REFLECTED 0x9a6c9329ac4bc9b5ull

// Written once under `once`: slice n is the effect of a byte followed by n zero bytes.
static uint64_t slices[8][256];
static int has_multiplier, has_wide_multiplier;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void prepare(void) {
  for (uint32_t byte = 0; byte < 256; byte++) {
    uint64_t crc = byte;
    for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1) ? POLYNOMIAL_REFLECTED : 0);
    slices[0][byte] = crc;
  }
  for (uint32_t byte = 0; byte < 256; byte++) {
    for (int slice = 1; slice < 8; slice++) {
      uint64_t crc = slices[slice - 1][byte];
      slices[slice][byte] = (crc >> 8) ^ slices[0][crc & 255];
    }
  }
#if defined(__x86_64__)
  has_multiplier = __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
  has_wide_multiplier = has_multiplier && __builtin_cpu_supports("avx512f")
                        && __builtin_cpu_supports("vpclmulqdq");
#endif
}

static uint64_t by_table(uint64_t crc, const uint8_t *at, size_t count) {
  while (count >= 8) {
    uint64_t word;
    memcpy(&word, at, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    crc ^= word;
    crc = slices[7][crc & 255] ^ slices[6][crc >> 8 & 255] ^ slices[5][crc >> 16 & 255]
          ^ slices[4][crc >> 24 & 255] ^ slices[3][crc >> 32 & 255] ^ slices[2][crc >> 40 & 255]
          ^ slices[1][crc >> 48 & 255] ^ slices[0][crc >> 56];
    at += 8;
    count -= 8;
  }
  while (count-- > 0) crc = (crc >> 8) ^ slices[0][(crc ^ *at++) & 255];
  return crc;
}

#if defined(__x86_64__)
#define MULTIPLIER __attribute__((target("pclmul,sse4.1")))

// x^(D+63) and x^(D-1), reflected: the second multiplies the high half.
#define PAIR(low, high) _mm_set_epi64x((long long)high##ull, (long long)low##ull)
#define FOLD_2048 PAIR(0x37ccd3e14069cabc, 0xa043808c0f782663)
#define FOLD_1024 PAIR(0xa1ca681e733f9c40, 0x5f852fb61e8d92dc)
#define FOLD_896 PAIR(0xd083dd594d96319d, 0x946588403d4adcbc)
#define FOLD_768 PAIR(0x3c255f5ebc414423, 0x34f5a24e22d66e90)
#define FOLD_640 PAIR(0x7b0ab10dd0f809fe, 0x03363823e6e791e5)
#define FOLD_512 PAIR(0x0c32cdb31e18a84a, 0x62242240ace5045a)
#define FOLD_384 PAIR(0xbdd7ac0ee1a4a0f0, 0xa3ffdc1fe8e82a8b)
#define FOLD_256 PAIR(0xb0bc2e589204f500, 0xe1e0bb9d45d7a44c)
#define FOLD_128 PAIR(0xeadc41fd2ba3d420, 0x21e9761e252621ac)

MULTIPLIER static inline __m128i load(const uint8_t *at) {
  return _mm_loadu_si128((const __m128i *)at);
}

MULTIPLIER static inline __m128i fold(__m128i lane, __m128i by, __m128i onto) {
  __m128i low = _mm_clmulepi64_si128(lane, by, 0x00);
  __m128i high = _mm_clmulepi64_si128(lane, by, 0x11);
  return _mm_xor_si128(_mm_xor_si128(low, high), onto);
}

/// The checksum from eight lanes and what follows them.
MULTIPLIER static uint64_t finish(__m128i lanes[8], const uint8_t *at, size_t count) {
  while (count >= 128) {
    for (int lane = 0; lane < 8; lane++) {
      lanes[lane] = fold(lanes[lane], FOLD_1024, load(at + 16 * lane));
    }
    at += 128;
    count -= 128;
  }
  __m128i last = fold(lanes[0], FOLD_896, lanes[7]);
  last = fold(lanes[1], FOLD_768, last);
  last = fold(lanes[2], FOLD_640, last);
  last = fold(lanes[3], FOLD_512, last);
  last = fold(lanes[4], FOLD_384, last);
  last = fold(lanes[5], FOLD_256, last);
  last = fold(lanes[6], FOLD_128, last);
  while (count >= 16) {
    last = fold(last, FOLD_128, load(at));
    at += 16;
    count -= 16;
  }
  uint8_t rest[16];
  _mm_storeu_si128((__m128i *)rest, last);
  return by_table(by_table(0, rest, sizeof rest), at, count);
}

MULTIPLIER static uint64_t by_multiplier(uint64_t crc, const uint8_t *at, size_t count) {
  __m128i lanes[8];
  for (int lane = 0; lane < 8; lane++) lanes[lane] = load(at + 16 * lane);
  lanes[0] = _mm_xor_si128(lanes[0], _mm_set_epi64x(0, (long long)crc));
  return finish(lanes, at + 128, count - 128);
}

#define WIDE_MULTIPLIER __attribute__((target("avx512f,vpclmulqdq,pclmul,sse4.1")))

WIDE_MULTIPLIER static inline __m512i fold_wide(__m512i lanes, __m512i by, __m512i onto) {
  __m512i low = _mm512_clmulepi64_epi128(lanes, by, 0x00);
  __m512i high = _mm512_clmulepi64_epi128(lanes, by, 0x11);
  return _mm512_ternarylogic_epi64(low, high, onto, 0x96);
}

WIDE_MULTIPLIER static uint64_t by_wide_multiplier(uint64_t crc, const uint8_t *at, size_t count) {
  __m512i wide[4];
  for (int part = 0; part < 4; part++) wide[part] = _mm512_loadu_si512(at + 64 * part);
  wide[0] = _mm512_xor_si512(wide[0], _mm512_zextsi128_si512(_mm_set_epi64x(0, (long long)crc)));
  at += 256;
  count -= 256;
  const __m512i by_2048 = _mm512_broadcast_i32x4(FOLD_2048);
  while (count >= 256) {
    for (int part = 0; part < 4; part++) {
      wide[part] = fold_wide(wide[part], by_2048, _mm512_loadu_si512(at + 64 * part));
    }
    at += 256;
    count -= 256;
  }
  const __m512i by_1024 = _mm512_broadcast_i32x4(FOLD_1024);
  __m128i lanes[8];
  _mm512_storeu_si512(lanes, fold_wide(wide[0], by_1024, wide[2]));
  _mm512_storeu_si512(lanes + 4, fold_wide(wide[1], by_1024, wide[3]));
  return finish(lanes, at, count);
}
#endif

uint64_t cisal_crc64nvme_table(uint64_t before, const void *bytes, size_t count) {
  pthread_once(&once, prepare);
  return ~by_table(~before, bytes, count);
}

uint64_t cisal_crc64nvme(uint64_t before, const void *bytes, size_t count) {
  pthread_once(&once, prepare);
#if defined(__x86_64__)
  if (has_wide_multiplier && count >= 512) return ~by_wide_multiplier(~before, bytes, count);
  if (has_multiplier && count >= 128) return ~by_multiplier(~before, bytes, count);
#endif
  return ~by_table(~before, bytes, count);
}
