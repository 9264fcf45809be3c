#define _GNU_SOURCE
#include "COpenSSL_tls.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct copenssl_tls_context {
  SSL_CTX *ssl;
  int32_t is_server;
  uint8_t alpn[256];
  uint32_t alpn_length;
};

// MARK: The BIO: reads what was lent, appends to the output.

static int bio_write(BIO *bio, const char *source, int count) {
  struct copenssl_tls *self = BIO_get_data(bio);
  size_t needed = self->output_count + (size_t)count;
  if (needed > self->output_capacity) {
    size_t capacity = self->output_capacity ? self->output_capacity * 2 : 2048;
    while (capacity < needed) capacity *= 2;
    uint8_t *moved = realloc(self->output, capacity);
    if (moved == NULL) return -1;
    self->output = moved;
    self->output_capacity = capacity;
  }
  memcpy(self->output + self->output_count, source, (size_t)count);
  self->output_count += (size_t)count;
  return count;
}

static int bio_read(BIO *bio, char *target, int count) {
  struct copenssl_tls *self = BIO_get_data(bio);
  BIO_clear_retry_flags(bio);
  if (self->input_left == 0) {
    BIO_set_retry_read(bio);
    return -1;
  }
  size_t taken = (size_t)count < self->input_left ? (size_t)count : self->input_left;
  memcpy(target, self->input, taken);
  self->input += taken;
  self->input_left -= taken;
  return (int)taken;
}

static long bio_control(BIO *bio, int command, long number, void *pointer) {
  (void)bio, (void)number, (void)pointer;
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

static int bio_create(BIO *bio) {
  BIO_set_init(bio, 1);
  return 1;
}

static BIO_METHOD *method;

__attribute__((constructor)) static void make_method(void) {
  method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "lent memory");
  BIO_meth_set_write(method, bio_write);
  BIO_meth_set_read(method, bio_read);
  BIO_meth_set_ctrl(method, bio_control);
  BIO_meth_set_create(method, bio_create);
}

// MARK: Contexts

static void last_error(char *text, size_t capacity) {
  unsigned long code = ERR_peek_last_error();
  const char *reason = code ? ERR_reason_error_string(code) : NULL;
  strncpy(text, reason ? reason : "unknown reason", capacity - 1);
  text[capacity - 1] = 0;
  ERR_clear_error();
}

static int choose_protocol(
    SSL *ssl, const unsigned char **out, unsigned char *out_length, const unsigned char *in,
    unsigned int in_length, void *argument) {
  (void)ssl;
  struct copenssl_tls_context *self = argument;
  unsigned char *chosen;
  if (SSL_select_next_proto(&chosen, out_length, self->alpn, self->alpn_length, in, in_length) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

static int fill_context(
    struct copenssl_tls_context *self, const struct copenssl_tls_settings *settings) {
  SSL_CTX *ssl = self->ssl;
  int version = settings->minimum_version >= 13 ? TLS1_3_VERSION : TLS1_2_VERSION;
  if (!SSL_CTX_set_min_proto_version(ssl, version)) return 0;
  SSL_CTX_set_mode(
      ssl, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
               SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_options(ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  // Forward secrecy and authenticated encryption only.
  if (!SSL_CTX_set_cipher_list(ssl, "ECDHE+AESGCM:ECDHE+CHACHA20")) return 0;
  if (settings->certificate_path != NULL) {
    if (SSL_CTX_use_certificate_chain_file(ssl, settings->certificate_path) != 1) return 0;
    if (SSL_CTX_use_PrivateKey_file(ssl, settings->key_path, SSL_FILETYPE_PEM) != 1) return 0;
    if (SSL_CTX_check_private_key(ssl) != 1) return 0;
  }
  if (settings->authorities_path != NULL) {
    if (SSL_CTX_load_verify_file(ssl, settings->authorities_path) != 1) return 0;
    if (settings->is_server)
      SSL_CTX_set_client_CA_list(ssl, SSL_load_client_CA_file(settings->authorities_path));
  } else if (settings->verifies_peer) {
    if (SSL_CTX_set_default_verify_paths(ssl) != 1) return 0;
  }
  int verify = settings->verifies_peer
                   ? SSL_VERIFY_PEER | (settings->is_server ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0)
                   : SSL_VERIFY_NONE;
  SSL_CTX_set_verify(ssl, verify, NULL);
  if (settings->is_server) {
    static const unsigned char session_context[] = "lakeworks";
    SSL_CTX_set_session_id_context(ssl, session_context, sizeof session_context - 1);
    SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
  }
  if (settings->alpn_length > 0) {
    if (settings->alpn_length > sizeof self->alpn) return 0;
    memcpy(self->alpn, settings->alpn, settings->alpn_length);
    self->alpn_length = settings->alpn_length;
    if (settings->is_server) SSL_CTX_set_alpn_select_cb(ssl, choose_protocol, self);
    else if (SSL_CTX_set_alpn_protos(ssl, self->alpn, self->alpn_length) != 0) return 0;
  }
  return 1;
}

struct copenssl_tls_context *copenssl_tls_context_create(
    const struct copenssl_tls_settings *settings, char *error, size_t error_capacity) {
  ERR_clear_error();
  struct copenssl_tls_context *self = calloc(1, sizeof *self);
  if (self == NULL) return NULL;
  self->is_server = settings->is_server;
  self->ssl = SSL_CTX_new(settings->is_server ? TLS_server_method() : TLS_client_method());
  if (self->ssl == NULL || !fill_context(self, settings)) {
    last_error(error, error_capacity);
    copenssl_tls_context_free(self);
    return NULL;
  }
  return self;
}

void copenssl_tls_context_free(struct copenssl_tls_context *context) {
  if (context->ssl) SSL_CTX_free(context->ssl);
  free(context);
}

int64_t copenssl_tls_context_certificate_end(struct copenssl_tls_context *context) {
  X509 *certificate = context->ssl ? SSL_CTX_get0_certificate(context->ssl) : NULL;
  struct tm parts;
  if (!certificate || !ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &parts)) return INT64_MIN;
  return (int64_t)timegm(&parts);
}

// MARK: Sessions

struct copenssl_tls *copenssl_tls_create(struct copenssl_tls_context *context, const char *host) {
  struct copenssl_tls *self = calloc(1, sizeof *self);
  if (self == NULL) return NULL;
  SSL *ssl = SSL_new(context->ssl);
  BIO *bio = ssl ? BIO_new(method) : NULL;
  if (bio == NULL) {
    if (ssl) SSL_free(ssl);
    free(self);
    return NULL;
  }
  BIO_set_data(bio, self);
  SSL_set_bio(ssl, bio, bio);
  self->ssl = ssl;
  if (context->is_server) {
    SSL_set_accept_state(ssl);
  } else {
    SSL_set_connect_state(ssl);
    if (host != NULL) {
      // An address is checked against the certificate's addresses, a name against its names.
      X509_VERIFY_PARAM *parameters = SSL_get0_param(ssl);
      if (X509_VERIFY_PARAM_set1_ip_asc(parameters, host) != 1) {
        SSL_set_tlsext_host_name(ssl, host);
        SSL_set1_host(ssl, host);
      }
    }
  }
  return self;
}

void copenssl_tls_free(struct copenssl_tls *self) {
  SSL_free(self->ssl);
  free(self->output);
  free(self);
}

void copenssl_tls_lend(struct copenssl_tls *self, const void *input, size_t count) {
  self->input = input;
  self->input_left = count;
}

static int32_t outcome(struct copenssl_tls *self, int code) {
  switch (SSL_get_error(self->ssl, code)) {
    case SSL_ERROR_WANT_READ:
      return COPENSSL_TLS_WANTS_INPUT;
    case SSL_ERROR_ZERO_RETURN:
      return COPENSSL_TLS_CLOSED;
    default:
      return COPENSSL_TLS_FAILED;
  }
}

int32_t copenssl_tls_handshake(struct copenssl_tls *self) {
  ERR_clear_error();
  int code = SSL_do_handshake(self->ssl);
  return code == 1 ? 1 : outcome(self, code);
}

int64_t copenssl_tls_read(struct copenssl_tls *self, void *target, size_t count) {
  ERR_clear_error();
  size_t done = 0;
  int code = SSL_read_ex(self->ssl, target, count, &done);
  return code == 1 ? (int64_t)done : outcome(self, code);
}

int64_t copenssl_tls_write(struct copenssl_tls *self, const void *source, size_t count) {
  ERR_clear_error();
  size_t done = 0;
  int code = SSL_write_ex(self->ssl, source, count, &done);
  return code == 1 ? (int64_t)done : outcome(self, code);
}

void copenssl_tls_end(struct copenssl_tls *self) {
  ERR_clear_error();
  if (SSL_is_init_finished(self->ssl)) SSL_shutdown(self->ssl);
}

void copenssl_tls_error(struct copenssl_tls *self, char *text, size_t capacity) {
  long verified = SSL_get_verify_result(self->ssl);
  if (verified != X509_V_OK) {
    strncpy(text, X509_verify_cert_error_string(verified), capacity - 1);
    text[capacity - 1] = 0;
    ERR_clear_error();
    return;
  }
  last_error(text, capacity);
}

const char *copenssl_tls_version(struct copenssl_tls *self) { return SSL_get_version(self->ssl); }
const char *copenssl_tls_cipher(struct copenssl_tls *self) { return SSL_get_cipher(self->ssl); }

int32_t copenssl_tls_protocol(struct copenssl_tls *self, char *text, size_t capacity) {
  const unsigned char *name;
  unsigned int length;
  SSL_get0_alpn_selected(self->ssl, &name, &length);
  if (length == 0 || length > capacity) return 0;
  memcpy(text, name, length);
  return (int32_t)length;
}

int32_t copenssl_tls_peer_certificate(struct copenssl_tls *self, uint8_t *der, size_t capacity) {
  X509 *certificate = SSL_get0_peer_certificate(self->ssl);
  if (certificate == NULL) return 0;
  int length = i2d_X509(certificate, NULL);
  if (length < 0 || (size_t)length > capacity) return -1;
  return i2d_X509(certificate, &der);
}

int32_t copenssl_tls_peer_name(struct copenssl_tls *self, char *text, size_t capacity) {
  X509 *certificate = SSL_get0_peer_certificate(self->ssl);
  if (certificate == NULL) return 0;
  int length = X509_NAME_get_text_by_NID(
      X509_get_subject_name(certificate), NID_commonName, text, (int)capacity);
  return length < 0 ? 0 : length;
}

int32_t copenssl_tls_own_certificate_hash(
    struct copenssl_tls *self, uint8_t *hash, size_t capacity) {
  X509 *certificate = SSL_get_certificate(self->ssl);
  if (certificate == NULL || capacity < EVP_MAX_MD_SIZE) return 0;
  int digest = 0;
  // RFC 5929: the hash of the certificate's signature, but at least SHA-256.
  if (!X509_get_signature_info(certificate, &digest, NULL, NULL, NULL)) digest = NID_sha256;
  if (digest == NID_md5 || digest == NID_sha1 || digest == NID_undef) digest = NID_sha256;
  const EVP_MD *kind = EVP_get_digestbynid(digest);
  unsigned int length = 0;
  if (kind == NULL || !X509_digest(certificate, kind, hash, &length)) return 0;
  return (int32_t)length;
}
