#include "CCurl.h"

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <dlfcn.h>
#include <string.h>

_Static_assert(CCURL_BAD_SCHEME == CURLE_UNSUPPORTED_PROTOCOL, "curl's codes");
_Static_assert(CCURL_CANNOT_REWIND == CURLE_SEND_FAIL_REWIND, "curl's codes");
_Static_assert(CCURL_BAD_URL == CURLE_URL_MALFORMAT, "curl's codes");
_Static_assert(CCURL_NO_PROXY_NAME == CURLE_COULDNT_RESOLVE_PROXY, "curl's codes");
_Static_assert(CCURL_NO_NAME == CURLE_COULDNT_RESOLVE_HOST, "curl's codes");
_Static_assert(CCURL_NO_CONNECTION == CURLE_COULDNT_CONNECT, "curl's codes");
_Static_assert(CCURL_WEIRD_REPLY == CURLE_WEIRD_SERVER_REPLY, "curl's codes");
_Static_assert(CCURL_PARTIAL == CURLE_PARTIAL_FILE, "curl's codes");
_Static_assert(CCURL_WRITE_ERROR == CURLE_WRITE_ERROR, "curl's codes");
_Static_assert(CCURL_TIMED_OUT == CURLE_OPERATION_TIMEDOUT, "curl's codes");
_Static_assert(CCURL_TLS_CONNECT == CURLE_SSL_CONNECT_ERROR, "curl's codes");
_Static_assert(CCURL_ABORTED == CURLE_ABORTED_BY_CALLBACK, "curl's codes");
_Static_assert(CCURL_TOO_MANY_REDIRECTS == CURLE_TOO_MANY_REDIRECTS, "curl's codes");
_Static_assert(CCURL_GOT_NOTHING == CURLE_GOT_NOTHING, "curl's codes");
_Static_assert(CCURL_SEND_ERROR == CURLE_SEND_ERROR, "curl's codes");
_Static_assert(CCURL_RECEIVE_ERROR == CURLE_RECV_ERROR, "curl's codes");
_Static_assert(CCURL_CERTIFICATE == CURLE_SSL_CERTPROBLEM, "curl's codes");
_Static_assert(CCURL_PEER_VERIFICATION == CURLE_PEER_FAILED_VERIFICATION, "curl's codes");
_Static_assert(CCURL_AUTHORITIES_FILE == CURLE_SSL_CACERT_BADFILE, "curl's codes");

// libcurl brings some thirty libraries, and loading them takes longer than many a command of
// lakectl runs: 6 of the 9 ms of a process that asks nobody. So it is opened at its first use.
#define CURL_FUNCTIONS(each) each(curl_global_init) each(curl_multi_init) \
  each(curl_multi_setopt) each(curl_multi_cleanup) each(curl_multi_perform) \
  each(curl_multi_poll) each(curl_multi_wakeup) each(curl_multi_add_handle) \
  each(curl_multi_remove_handle) each(curl_multi_info_read) each(curl_easy_init) \
  each(curl_easy_setopt) each(curl_easy_reset) each(curl_easy_cleanup) each(curl_easy_getinfo) \
  each(curl_easy_pause) each(curl_easy_strerror) each(curl_slist_append) \
  each(curl_slist_free_all)

#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt
#define MEMBER(name) __typeof__(name) *name;
static struct {
  CURL_FUNCTIONS(MEMBER)
} library;

static int32_t open_library(void)
{
  void *handle = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
  if (handle == NULL) return CURLE_FAILED_INIT;
#define FIND(name)                                                    \
  library.name = (__typeof__(name) *)dlsym(handle, #name);            \
  if (library.name == NULL) return CURLE_FAILED_INIT;
  CURL_FUNCTIONS(FIND)
  return CURLE_OK;
}

// Set once, before the first transfer.
static const ccurl_callbacks *callbacks;

int32_t ccurl_start(const ccurl_callbacks *given)
{
  callbacks = given;
  int32_t code = open_library();
  if (code != CURLE_OK) return code;
  return library.curl_global_init(CURL_GLOBAL_DEFAULT);
}

void *ccurl_multi_new(int64_t per_host_max, int64_t total_max, int64_t cached_max)
{
  CURLM *multi = library.curl_multi_init();
  if (multi == NULL) return NULL;
  library.curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)per_host_max);
  library.curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)total_max);
  library.curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)cached_max);
  library.curl_multi_setopt(multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
  return multi;
}

void ccurl_multi_free(void *multi) { library.curl_multi_cleanup(multi); }

int32_t ccurl_multi_perform(void *multi)
{
  int running;
  return library.curl_multi_perform(multi, &running);
}

int32_t ccurl_multi_poll(void *multi, int32_t timeout_ms)
{
  return library.curl_multi_poll(multi, NULL, 0, timeout_ms, NULL);
}

void ccurl_multi_wakeup(void *multi) { library.curl_multi_wakeup(multi); }
int32_t ccurl_multi_add(void *multi, void *transfer)
{
  return library.curl_multi_add_handle(multi, transfer);
}

void ccurl_multi_remove(void *multi, void *transfer)
{
  library.curl_multi_remove_handle(multi, transfer);
}

void *ccurl_multi_next_done(void *multi, int32_t *code)
{
  int left;
  CURLMsg *message;
  while ((message = library.curl_multi_info_read(multi, &left)) != NULL) {
    if (message->msg != CURLMSG_DONE) continue;
    *code = message->data.result;
    return message->easy_handle;
  }
  return NULL;
}

void *ccurl_new(void) { return library.curl_easy_init(); }
void ccurl_reset(void *transfer) { library.curl_easy_reset(transfer); }
void ccurl_free(void *transfer) { library.curl_easy_cleanup(transfer); }

void *ccurl_user(void *transfer)
{
  void *user = NULL;
  library.curl_easy_getinfo(transfer, CURLINFO_PRIVATE, (char **)&user);
  return user;
}

static size_t head_line(char *bytes, size_t size, size_t count, void *user)
{
  size_t total = size * count;
  size_t length = total;
  while (length > 0 && (bytes[length - 1] == '\n' || bytes[length - 1] == '\r')) length--;
  return callbacks->on_head_line(user, (const uint8_t *)bytes, length) == 0 ? total : 0;
}

static size_t content(char *bytes, size_t size, size_t count, void *user)
{
  size_t total = size * count;
  switch (callbacks->on_content(user, (const uint8_t *)bytes, total)) {
    case CCURL_TAKEN: return total;
    case CCURL_PAUSE: return CURL_WRITEFUNC_PAUSE;
    default: return total == 0 ? 1 : 0;
  }
}

static size_t fill(char *target, size_t size, size_t count, void *user)
{
  int64_t filled = callbacks->fill_content(user, (uint8_t *)target, size * count);
  if (filled == CCURL_PAUSE) return CURL_READFUNC_PAUSE;
  if (filled < 0) return CURL_READFUNC_ABORT;
  return (size_t)filled;
}

static int rewind_to(void *user, curl_off_t offset, int origin)
{
  if (offset != 0 || origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
  return callbacks->rewind_content(user) == 0 ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

#define SET(option, value)                                            \
  do {                                                                \
    CURLcode code = library.curl_easy_setopt(transfer, option, value);        \
    if (code != CURLE_OK) return code;                                \
  } while (0)
#define SET_TEXT(option, value) if ((value) != NULL) SET(option, value)

int32_t ccurl_prepare(void *transfer, const ccurl_request *request, void *fields)
{
  SET(CURLOPT_NOSIGNAL, 1L);
  SET(CURLOPT_PRIVATE, request->user);
  SET(CURLOPT_URL, request->url);
  SET(CURLOPT_PROTOCOLS_STR, "http,https");
  SET(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  SET(CURLOPT_HEADERFUNCTION, head_line);
  SET(CURLOPT_HEADERDATA, request->user);
  SET(CURLOPT_WRITEFUNCTION, content);
  SET(CURLOPT_WRITEDATA, request->user);
  // A wish: curl refuses another size on a handle whose last transfer left its buffer behind.
  library.curl_easy_setopt(transfer, CURLOPT_BUFFERSIZE, 65536L);
  library.curl_easy_setopt(transfer, CURLOPT_UPLOAD_BUFFERSIZE, 65536L);
  SET(CURLOPT_HTTPHEADER, (struct curl_slist *)fields);
  SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  if (request->content_length != CCURL_NO_CONTENT) {
    SET(CURLOPT_UPLOAD, 1L);
    SET(CURLOPT_READFUNCTION, fill);
    SET(CURLOPT_READDATA, request->user);
    SET(CURLOPT_SEEKFUNCTION, rewind_to);
    SET(CURLOPT_SEEKDATA, request->user);
    if (request->content_length >= 0) {
      SET(CURLOPT_INFILESIZE_LARGE, (curl_off_t)request->content_length);
    }
  }
  if (request->is_head) SET(CURLOPT_NOBODY, 1L);
  SET(CURLOPT_CUSTOMREQUEST, request->method);
  SET_TEXT(CURLOPT_UNIX_SOCKET_PATH, request->unix_socket);
  SET_TEXT(CURLOPT_CAINFO, request->authorities_path);
  SET_TEXT(CURLOPT_SSLCERT, request->certificate_path);
  SET_TEXT(CURLOPT_SSLKEY, request->key_path);
  SET_TEXT(CURLOPT_PROXY, request->proxy);
  SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
  SET(CURLOPT_SSL_VERIFYPEER, request->verifies_peer ? 1L : 0L);
  SET(CURLOPT_SSL_VERIFYHOST, request->verifies_peer ? 2L : 0L);
  SET(
    CURLOPT_HTTP_VERSION,
    request->allows_http2 ? (long)CURL_HTTP_VERSION_2TLS : (long)CURL_HTTP_VERSION_1_1);
  SET(CURLOPT_CONNECTTIMEOUT_MS, (long)request->connect_timeout_ms);
  SET(CURLOPT_TIMEOUT_MS, (long)request->total_timeout_ms);
  SET(CURLOPT_LOW_SPEED_LIMIT, (long)request->low_speed_bytes);
  SET(CURLOPT_LOW_SPEED_TIME, (long)request->low_speed_seconds);
  if (request->connects_anew) SET(CURLOPT_FRESH_CONNECT, 1L);
  if (request->redirects_max > 0) {
    SET(CURLOPT_FOLLOWLOCATION, 1L);
    SET(CURLOPT_MAXREDIRS, (long)request->redirects_max);
  }
  return CURLE_OK;
}

int32_t ccurl_unpause(void *transfer) { return library.curl_easy_pause(transfer, CURLPAUSE_CONT); }

void *ccurl_fields_append(void *fields, const char *line)
{
  return library.curl_slist_append(fields, line);
}

void ccurl_fields_free(void *fields) { library.curl_slist_free_all(fields); }

int64_t ccurl_connections_made(void *transfer)
{
  long made = 0;
  library.curl_easy_getinfo(transfer, CURLINFO_NUM_CONNECTS, &made);
  return made;
}

const char *ccurl_error_text(int32_t code) { return library.curl_easy_strerror((CURLcode)code); }
