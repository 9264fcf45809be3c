#pragma once
#include <features.h>

#include <stddef.h>
#include <stdint.h>

// libcurl's multi interface as flat functions: its own are variadic and its options macros.

/// What a transfer tells its owner, on the thread that performs. `user` is the request's.
typedef struct {
  /// A line of a response head without its line end; an empty one ends a head. Not 0 stops.
  int32_t (*on_head_line)(void *user, const uint8_t *bytes, size_t count);
  /// Content: CCURL_TAKEN, CCURL_PAUSE (these bytes come again later) or CCURL_ABORT.
  int32_t (*on_content)(void *user, const uint8_t *bytes, size_t count);
  /// Content to send: how many bytes were filled in, 0 at the end, CCURL_PAUSE or CCURL_ABORT.
  int64_t (*fill_content)(void *user, uint8_t *target, size_t room);
  /// Begins the content again, for a redirect: 0, or -1 when it cannot.
  int32_t (*rewind_content)(void *user);
} ccurl_callbacks;

#define CCURL_TAKEN 0
#define CCURL_PAUSE (-1)
#define CCURL_ABORT (-2)

#define CCURL_NO_CONTENT (-1)
#define CCURL_UNKNOWN_LENGTH (-2)

/// Texts that are NULL are not set. They are copied.
typedef struct {
  void *user;
  const char *url;
  const char *method;
  const char *unix_socket;
  const char *authorities_path;
  const char *certificate_path;
  const char *key_path;
  const char *proxy;
  int64_t content_length;
  int64_t connect_timeout_ms;
  int64_t total_timeout_ms;
  int64_t low_speed_bytes;
  int64_t low_speed_seconds;
  int64_t redirects_max;
  int32_t is_head;
  int32_t verifies_peer;
  int32_t allows_http2;
  /// Not on a connection that is open: curl repeats a request by itself when that one turns out
  /// to be dead.
  int32_t connects_anew;
} ccurl_request;

/// 0 when libcurl can be used; called once before everything else. The callbacks are those of every
/// transfer and stay where they are.
int32_t ccurl_start(const ccurl_callbacks *callbacks);

void *ccurl_multi_new(int64_t per_host_max, int64_t total_max, int64_t cached_max);
void ccurl_multi_free(void *multi);
/// Sockets and timers, without waiting. 0, or a CURLMcode.
int32_t ccurl_multi_perform(void *multi);
/// Waits for sockets, a wake-up, or `timeout_ms`.
int32_t ccurl_multi_poll(void *multi, int32_t timeout_ms);
/// Ends a wait of `ccurl_multi_poll` from any thread.
void ccurl_multi_wakeup(void *multi);
int32_t ccurl_multi_add(void *multi, void *transfer);
void ccurl_multi_remove(void *multi, void *transfer);
/// The next transfer that is over, with its CURLcode; NULL when there is none.
void *ccurl_multi_next_done(void *multi, int32_t *code);

void *ccurl_new(void);
/// Forgets the request, keeps the memory.
void ccurl_reset(void *transfer);
void ccurl_free(void *transfer);
/// 0, or the CURLcode of the option that was refused.
int32_t ccurl_prepare(void *transfer, const ccurl_request *request, void *fields);
int32_t ccurl_unpause(void *transfer);
void *ccurl_user(void *transfer);

/// Appends `name: value`; the list it became, or NULL when there is no memory.
void *ccurl_fields_append(void *fields, const char *line);
void ccurl_fields_free(void *fields);

/// New connections that a transfer has made: 0 when it used one that was open.
int64_t ccurl_connections_made(void *transfer);
const char *ccurl_error_text(int32_t code);

#define CCURL_OK 0
#define CCURL_BAD_SCHEME 1
#define CCURL_BAD_URL 3
#define CCURL_NO_PROXY_NAME 5
#define CCURL_NO_NAME 6
#define CCURL_NO_CONNECTION 7
#define CCURL_WEIRD_REPLY 8
#define CCURL_PARTIAL 18
#define CCURL_WRITE_ERROR 23
#define CCURL_TIMED_OUT 28
#define CCURL_TLS_CONNECT 35
#define CCURL_ABORTED 42
#define CCURL_TOO_MANY_REDIRECTS 47
#define CCURL_GOT_NOTHING 52
#define CCURL_SEND_ERROR 55
#define CCURL_CANNOT_REWIND 65
#define CCURL_RECEIVE_ERROR 56
#define CCURL_CERTIFICATE 58
#define CCURL_PEER_VERIFICATION 60
#define CCURL_AUTHORITIES_FILE 77
