// Digests, HMAC, PBKDF2 and AES-256-GCM as flat calls. Algorithms are fetched from the library once
// per process; one-shot calls reuse a context of the calling thread, so they allocate nothing.
//
// Every int32_t answer is 0 when it worked. -1 means that OpenSSL refused (out of memory, or a
// build without the algorithm); copenssl_aes256gcm_open also says -1 for a tag that does not match.
#pragma once
#include <features.h>
#include <stddef.h>
#include <stdint.h>

#define COPENSSL_MD5 0u
#define COPENSSL_SHA1 1u
#define COPENSSL_SHA256 2u
#define COPENSSL_SHA512 3u

/// 0 when all algorithms of this header are there. Called by every function below by itself.
int32_t copenssl_fetch(void);

// Digests. `digest` has room for 16, 20, 32 or 64 bytes.

int32_t copenssl_digest_once(uint32_t algorithm, const void *bytes, size_t count, uint8_t *digest);

typedef struct copenssl_digest copenssl_digest;
/// NULL when memory is out.
copenssl_digest *copenssl_digest_new(uint32_t algorithm);
/// A second one in the same state.
copenssl_digest *copenssl_digest_copy(const copenssl_digest *source);
int32_t copenssl_digest_reset(copenssl_digest *state);
int32_t copenssl_digest_update(copenssl_digest *state, const void *bytes, size_t count);
/// Leaves `state` good for `reset` and `free` only.
int32_t copenssl_digest_finish(copenssl_digest *state, uint8_t *digest);
void copenssl_digest_free(copenssl_digest *state);

// Keys. `block` is the key as HMAC uses it: 64 bytes (128 for SHA-512), longer keys hashed, then
// zeros.

int32_t copenssl_hmac_once(
    uint32_t algorithm, const uint8_t *block, const void *bytes, size_t count, uint8_t *digest);
int32_t copenssl_pbkdf2(
    uint32_t algorithm, const void *password, size_t password_count, const void *salt,
    size_t salt_count, uint32_t iterations, uint8_t *key, size_t key_count);

// AES-256-GCM. One context holds one expanded key and is used by one thread at a time.

typedef struct copenssl_cipher copenssl_cipher;
copenssl_cipher *copenssl_aes256gcm_new(const uint8_t *key);
/// `output` takes `count` bytes and may be `input`; `tag` takes 16. `nonce` has 12.
int32_t copenssl_aes256gcm_seal(
    copenssl_cipher *cipher, const uint8_t *nonce, const void *context, size_t context_count,
    const void *input, size_t count, void *output, uint8_t *tag);
/// On a wrong tag `output` is zeroed: nobody reads what was not authenticated.
int32_t copenssl_aes256gcm_open(
    copenssl_cipher *cipher, const uint8_t *nonce, const void *context, size_t context_count,
    const void *input, size_t count, void *output, const uint8_t *tag);
/// Clears the key, then frees.
void copenssl_aes256gcm_free(copenssl_cipher *cipher);

// Secrets in memory.

/// Overwrites with zeros in a way that the compiler does not remove.
void copenssl_cleanse(void *bytes, size_t count);
/// 1 when equal; takes as long when they differ in the first byte as in the last.
int32_t copenssl_equal(const void *left, const void *right, size_t count);
