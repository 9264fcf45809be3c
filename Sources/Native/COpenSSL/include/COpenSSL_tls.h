// TLS without sockets: ciphertext is lent in, ciphertext is taken out, and every step says what it
// needs.
#pragma once
#include <features.h>
#include <stddef.h>
#include <stdint.h>

struct copenssl_tls_context;

struct copenssl_tls_settings {
  int32_t is_server;
  int32_t minimum_version;       // 12 or 13
  const char *certificate_path;  // PEM chain, or NULL
  const char *key_path;          // PEM key, or NULL
  const char *authorities_path;  // PEM certificates to trust, or NULL for the system's
  int32_t verifies_peer;         // a server then insists on a client certificate
  const uint8_t *alpn;           // length-prefixed names in order of preference, or NULL
  uint32_t alpn_length;
};

/// Reads the files and checks that key and certificate belong together. NULL with text in `error`.
struct copenssl_tls_context *copenssl_tls_context_create(
    const struct copenssl_tls_settings *settings, char *error, size_t error_capacity);
void copenssl_tls_context_free(struct copenssl_tls_context *context);
/// When our own certificate ends, in seconds since 1970; INT64_MIN when there is none.
int64_t copenssl_tls_context_certificate_end(struct copenssl_tls_context *context);

/// One TLS stream. `input` is lent by the caller; `output` is memory of malloc that the caller may
/// take over by setting the three fields to 0.
struct copenssl_tls {
  void *ssl;
  const uint8_t *input;
  size_t input_left;
  uint8_t *output;
  size_t output_count;
  size_t output_capacity;
};

#define COPENSSL_TLS_WANTS_INPUT 0
#define COPENSSL_TLS_CLOSED (-1)
#define COPENSSL_TLS_FAILED (-2)

/// `host` is what a client asks for and verifies; NULL on a server. The context may be freed after.
struct copenssl_tls *copenssl_tls_create(struct copenssl_tls_context *context, const char *host);
void copenssl_tls_free(struct copenssl_tls *self);
void copenssl_tls_lend(struct copenssl_tls *self, const void *input, size_t count);
/// 1 when done, or one of the answers above.
int32_t copenssl_tls_handshake(struct copenssl_tls *self);
/// The number of bytes, or one of the answers above.
int64_t copenssl_tls_read(struct copenssl_tls *self, void *target, size_t count);
int64_t copenssl_tls_write(struct copenssl_tls *self, const void *source, size_t count);
/// Puts a close notification into the output.
void copenssl_tls_end(struct copenssl_tls *self);
/// Why the last step failed.
void copenssl_tls_error(struct copenssl_tls *self, char *text, size_t capacity);
/// "TLSv1.3", and the name of the suite.
const char *copenssl_tls_version(struct copenssl_tls *self);
const char *copenssl_tls_cipher(struct copenssl_tls *self);
/// The chosen application protocol; its length, 0 when none.
int32_t copenssl_tls_protocol(struct copenssl_tls *self, char *text, size_t capacity);
/// The peer's certificate as DER: its length, 0 when there is none, and -1 when it is larger.
int32_t copenssl_tls_peer_certificate(struct copenssl_tls *self, uint8_t *der, size_t capacity);
/// The common name of the peer's subject; its length, 0 when there is none.
int32_t copenssl_tls_peer_name(struct copenssl_tls *self, char *text, size_t capacity);
/// SHA-256 (or the signature's stronger hash) of our own certificate: tls-server-end-point.
int32_t copenssl_tls_own_certificate_hash(
    struct copenssl_tls *self, uint8_t *hash, size_t capacity);
