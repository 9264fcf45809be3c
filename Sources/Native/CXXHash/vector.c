#include "vector.h"

#if defined(__x86_64__)
#include <immintrin.h>
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#define XXH_VECTOR 2 /* AVX2 */
#endif
#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t cxxhash_vector_64(const void *bytes, size_t count) { return XXH3_64bits(bytes, count); }

uint64_t cxxhash_vector_64_seeded(const void *bytes, size_t count, uint64_t seed) {
  return XXH3_64bits_withSeed(bytes, count, seed);
}

void cxxhash_vector_128(const void *bytes, size_t count, uint64_t *low, uint64_t *high) {
  XXH128_hash_t hash = XXH3_128bits(bytes, count);
  *low = hash.low64;
  *high = hash.high64;
}

void cxxhash_vector_update(void *state, const void *bytes, size_t count) {
  XXH3_64bits_update((XXH3_state_t *)state, bytes, count);
}

#if defined(__x86_64__)
#pragma clang attribute pop
#endif
