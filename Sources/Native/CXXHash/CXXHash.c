#include "CXXHash.h"

#include "vector.h"

#include <xxhash.h>

uint64_t cxxhash_64(const void *bytes, size_t count) {
  return CXXHASH_HAS_VECTOR ? cxxhash_vector_64(bytes, count) : XXH3_64bits(bytes, count);
}

uint64_t cxxhash_64_seeded(const void *bytes, size_t count, uint64_t seed) {
  return CXXHASH_HAS_VECTOR ? cxxhash_vector_64_seeded(bytes, count, seed)
                            : XXH3_64bits_withSeed(bytes, count, seed);
}

void cxxhash_128(const void *bytes, size_t count, uint64_t *low, uint64_t *high) {
  if (CXXHASH_HAS_VECTOR) {
    cxxhash_vector_128(bytes, count, low, high);
    return;
  }
  XXH128_hash_t hash = XXH3_128bits(bytes, count);
  *low = hash.low64;
  *high = hash.high64;
}

// The state of both widths is the same; only the last step differs.
cxxhash_state *cxxhash_new(void) {
  XXH3_state_t *state = XXH3_createState();
  if (state != NULL) XXH3_64bits_reset(state);
  return (cxxhash_state *)state;
}

void cxxhash_reset(cxxhash_state *state) { XXH3_64bits_reset((XXH3_state_t *)state); }

void cxxhash_update(cxxhash_state *state, const void *bytes, size_t count) {
  if (CXXHASH_HAS_VECTOR) {
    cxxhash_vector_update(state, bytes, count);
  } else {
    XXH3_64bits_update((XXH3_state_t *)state, bytes, count);
  }
}

uint64_t cxxhash_digest_64(const cxxhash_state *state) {
  return XXH3_64bits_digest((const XXH3_state_t *)state);
}

void cxxhash_digest_128(const cxxhash_state *state, uint64_t *low, uint64_t *high) {
  XXH128_hash_t hash = XXH3_128bits_digest((const XXH3_state_t *)state);
  *low = hash.low64;
  *high = hash.high64;
}

void cxxhash_free(cxxhash_state *state) { XXH3_freeState((XXH3_state_t *)state); }

uint64_t cxxhash_xxh64(const void *bytes, size_t count, uint64_t seed) {
  return XXH64(bytes, count, seed);
}
