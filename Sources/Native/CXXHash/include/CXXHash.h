// XXH3 of libxxhash, 64 and 128 bits, and XXH64.
#pragma once
#include <features.h>
#include <stddef.h>
#include <stdint.h>

uint64_t cxxhash_64(const void *bytes, size_t count);
uint64_t cxxhash_64_seeded(const void *bytes, size_t count, uint64_t seed);
void cxxhash_128(const void *bytes, size_t count, uint64_t *low, uint64_t *high);

typedef struct cxxhash_state cxxhash_state;
/// NULL when memory is out.
cxxhash_state *cxxhash_new(void);
void cxxhash_reset(cxxhash_state *state);
void cxxhash_update(cxxhash_state *state, const void *bytes, size_t count);
/// Does not end the state: more may follow.
uint64_t cxxhash_digest_64(const cxxhash_state *state);
void cxxhash_digest_128(const cxxhash_state *state, uint64_t *low, uint64_t *high);
void cxxhash_free(cxxhash_state *state);

/// The older XXH64: for formats that name it.
uint64_t cxxhash_xxh64(const void *bytes, size_t count, uint64_t seed);
