#define _GNU_SOURCE
#include "CSystem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

_Static_assert(CSYSTEM_EPOLL_IN == EPOLLIN && CSYSTEM_EPOLL_OUT == EPOLLOUT, "epoll bits");
_Static_assert(CSYSTEM_EPOLL_ERROR == EPOLLERR && CSYSTEM_EPOLL_HANGUP == EPOLLHUP, "epoll bits");
_Static_assert(CSYSTEM_EPOLL_END == EPOLLRDHUP, "epoll bits");
_Static_assert(CSYSTEM_EPOLL_EDGE == (uint32_t)EPOLLET, "epoll bits");
_Static_assert(CSYSTEM_EPOLL_ONCE == EPOLLONESHOT, "epoll bits");

int32_t csystem_socket(int32_t family) {
  int descriptor = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  return descriptor < 0 ? -errno : descriptor;
}

int32_t csystem_address_ip(const char *host, uint16_t port, void *address) {
  struct sockaddr_in *four = address;
  memset(four, 0, sizeof *four);
  if (inet_pton(AF_INET, host, &four->sin_addr) == 1) {
    four->sin_family = AF_INET;
    four->sin_port = htons(port);
    return sizeof *four;
  }
  struct sockaddr_in6 *six = address;
  memset(six, 0, sizeof *six);
  if (inet_pton(AF_INET6, host, &six->sin6_addr) == 1) {
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(port);
    return sizeof *six;
  }
  return -EINVAL;
}

int32_t csystem_address_unix(const char *path, void *address) {
  struct sockaddr_un *local = address;
  size_t count = strlen(path);
  if (count == 0 || count >= sizeof local->sun_path) return -ENAMETOOLONG;
  memset(local, 0, sizeof *local);
  local->sun_family = AF_UNIX;
  memcpy(local->sun_path, path, count + 1);
  return (int32_t)(offsetof(struct sockaddr_un, sun_path) + count + 1);
}

int32_t csystem_address_text(const void *address, char *host, uint16_t *port) {
  const struct sockaddr *any = address;
  *port = 0;
  host[0] = 0;
  if (any->sa_family == AF_INET) {
    const struct sockaddr_in *four = address;
    inet_ntop(AF_INET, &four->sin_addr, host, 128);
    *port = ntohs(four->sin_port);
  } else if (any->sa_family == AF_INET6) {
    const struct sockaddr_in6 *six = address;
    inet_ntop(AF_INET6, &six->sin6_addr, host, 128);
    *port = ntohs(six->sin6_port);
  } else if (any->sa_family == AF_UNIX) {
    const struct sockaddr_un *local = address;
    memcpy(host, local->sun_path, sizeof local->sun_path);
    host[sizeof local->sun_path] = 0;
  }
  return any->sa_family;
}

int32_t csystem_bind_listen(
    int32_t descriptor, const void *address, uint32_t length, int32_t backlog,
    int32_t shares_port) {
  int on = 1;
  setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (shares_port && setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) < 0)
    return -errno;
  if (bind(descriptor, address, length) < 0) return -errno;
  if (listen(descriptor, backlog) < 0) return -errno;
  return 0;
}

int32_t csystem_local_address(int32_t descriptor, void *address) {
  socklen_t length = 128;
  memset(address, 0, 128);
  return getsockname(descriptor, address, &length) < 0 ? -errno : (int32_t)length;
}

int32_t csystem_peer_address(int32_t descriptor, void *address) {
  socklen_t length = 128;
  memset(address, 0, 128);
  return getpeername(descriptor, address, &length) < 0 ? -errno : (int32_t)length;
}

int32_t csystem_tcp_options(int32_t descriptor) {
  int on = 1;
  if (setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) < 0) return -errno;
  return 0;
}

int32_t csystem_connect(int32_t descriptor, const void *address, uint32_t length) {
  return connect(descriptor, address, length) < 0 ? -errno : 0;
}

int32_t csystem_accept(int32_t descriptor) {
  int accepted;
  do accepted = accept4(descriptor, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  while (accepted < 0 && errno == EINTR);
  return accepted < 0 ? -errno : accepted;
}

int32_t csystem_socket_error(int32_t descriptor) {
  int code = 0;
  socklen_t length = sizeof code;
  if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length) < 0) return -errno;
  return -code;
}

int64_t csystem_recv(int32_t descriptor, void *target, size_t count) {
  ssize_t got;
  do got = recv(descriptor, target, count, MSG_DONTWAIT);
  while (got < 0 && errno == EINTR);
  return got < 0 ? -errno : got;
}

int64_t csystem_send(int32_t descriptor, const void *source, size_t count) {
  ssize_t sent;
  do sent = send(descriptor, source, count, MSG_DONTWAIT | MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent < 0 ? -errno : sent;
}

int32_t csystem_shutdown(int32_t descriptor, int32_t directions) {
  int how = directions == 1 ? SHUT_RD : directions == 2 ? SHUT_WR : SHUT_RDWR;
  return shutdown(descriptor, how) < 0 ? -errno : 0;
}

void csystem_close(int32_t descriptor) { close(descriptor); }

void csystem_close_reset(int32_t descriptor) {
  struct linger linger = {.l_onoff = 1, .l_linger = 0};
  setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
  close(descriptor);
}

uint64_t csystem_raise_file_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return 0;
  if (limit.rlim_cur < limit.rlim_max) {
    rlim_t before = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0) limit.rlim_cur = before;
  }
  return limit.rlim_cur;
}

int32_t csystem_eventfd(void) {
  int descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return descriptor < 0 ? -errno : descriptor;
}

void csystem_eventfd_signal(int32_t descriptor) {
  uint64_t one = 1;
  ssize_t written = write(descriptor, &one, sizeof one);
  (void)written;  // EAGAIN: the counter is full, so a wake-up is already due.
}

void csystem_eventfd_clear(int32_t descriptor) {
  uint64_t value;
  ssize_t got = read(descriptor, &value, sizeof value);
  (void)got;  // EAGAIN: somebody cleared it before.
}

int32_t csystem_epoll_create(void) {
  int descriptor = epoll_create1(EPOLL_CLOEXEC);
  return descriptor < 0 ? -errno : descriptor;
}

int32_t csystem_epoll_add(int32_t epoll, int32_t descriptor, uint32_t events) {
  struct epoll_event event = {.events = events, .data.fd = descriptor};
  return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) < 0 ? -errno : 0;
}

int32_t csystem_epoll_change(int32_t epoll, int32_t descriptor, uint32_t events) {
  struct epoll_event event = {.events = events, .data.fd = descriptor};
  return epoll_ctl(epoll, EPOLL_CTL_MOD, descriptor, &event) < 0 ? -errno : 0;
}

void csystem_epoll_remove(int32_t epoll, int32_t descriptor) {
  epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, NULL);
}

int32_t csystem_epoll_wait(
    int32_t epoll, int32_t *descriptors, uint32_t *events, int32_t capacity, uint64_t timeout_ns) {
  struct epoll_event found[256];
  if (capacity > 256) capacity = 256;
  int timeout;
  if (timeout_ns == UINT64_MAX) timeout = -1;
  else if (timeout_ns / 1000000u > 3600000u) timeout = 3600000;
  else timeout = (int)((timeout_ns + 999999u) / 1000000u);
  int count = epoll_wait(epoll, found, capacity, timeout);
  if (count < 0) return errno == EINTR ? 0 : -errno;
  for (int at = 0; at < count; at++) {
    descriptors[at] = found[at].data.fd;
    events[at] = found[at].events;
  }
  return count;
}
