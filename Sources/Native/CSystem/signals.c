#define _GNU_SOURCE
#include "CSystem.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void waited_for(sigset_t *set) {
  sigemptyset(set);
  sigaddset(set, SIGTERM);
  sigaddset(set, SIGINT);
  sigaddset(set, SIGQUIT);
  sigaddset(set, SIGHUP);
  sigaddset(set, SIGUSR1);
  sigaddset(set, SIGUSR2);
}

void csystem_signals_block(void) {
  sigset_t set;
  waited_for(&set);
  pthread_sigmask(SIG_BLOCK, &set, NULL);
  signal(SIGPIPE, SIG_IGN);
}

int32_t csystem_signal_wait(void) {
  sigset_t set;
  waited_for(&set);
  int number;
  while (sigwait(&set, &number) != 0) continue;
  return number;
}

void csystem_signal_raise(int32_t number) { kill(getpid(), number); }

int32_t csystem_notify_manager(const char *text) {
  const char *path = getenv("NOTIFY_SOCKET");
  if (path == NULL || path[0] == 0) return 0;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  size_t length = strlen(path);
  if (length >= sizeof address.sun_path) return -ENAMETOOLONG;
  memcpy(address.sun_path, path, length);
  // A name that begins with @ is in the abstract space.
  if (path[0] == '@') address.sun_path[0] = 0;
  int socket_descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket_descriptor < 0) return -errno;
  socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
  ssize_t sent = sendto(
      socket_descriptor, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&address, size);
  int32_t code = sent < 0 ? -errno : 0;
  close(socket_descriptor);
  return code;
}
