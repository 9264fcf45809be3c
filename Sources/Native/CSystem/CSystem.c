#define _GNU_SOURCE
#include "CSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

_Thread_local void *csystem_word;
_Thread_local uint32_t csystem_shard;

void csystem_thread_name(const char *name) {
  char cut[16];
  strncpy(cut, name, sizeof cut - 1);
  cut[sizeof cut - 1] = 0;
  pthread_setname_np(pthread_self(), cut);
}

struct start {
  void (*body)(void *);
  void *context;
  char name[16];
};

static void *start_routine(void *argument) {
  struct start start = *(struct start *)argument;
  free(argument);
  csystem_thread_name(start.name);
  start.body(start.context);
  return NULL;
}

int32_t csystem_thread_start(
    uint64_t *thread, const char *name, void (*body)(void *), void *context) {
  struct start *start = malloc(sizeof *start);
  if (start == NULL) return -ENOMEM;
  start->body = body;
  start->context = context;
  strncpy(start->name, name, sizeof start->name - 1);
  start->name[sizeof start->name - 1] = 0;
  // Signals are for the main thread, which waits for them.
  sigset_t every, before;
  sigfillset(&every);
  // A thread's own faults are its own: with these blocked it would die without a word.
  static const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGSYS};
  for (size_t index = 0; index < sizeof faults / sizeof *faults; index++)
    sigdelset(&every, faults[index]);
  pthread_sigmask(SIG_SETMASK, &every, &before);
  pthread_t handle;
  int code = pthread_create(&handle, NULL, start_routine, start);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (code != 0) {
    free(start);
    return -code;
  }
  *thread = (uint64_t)handle;
  return 0;
}

int32_t csystem_thread_join(uint64_t thread) { return -pthread_join((pthread_t)thread, NULL); }

int32_t csystem_thread_pin(int32_t processor) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(processor, &set);
  return sched_setaffinity(0, sizeof set, &set) == 0 ? 0 : -errno;
}

int32_t csystem_thread_id(void) { return (int32_t)syscall(SYS_gettid); }

uint64_t csystem_monotonic_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int64_t csystem_wall_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t csystem_wall_error_us(void) {
  struct timex state = {.modes = 0};
  int code = adjtimex(&state);
  if (code < 0) return -(int64_t)errno - 1;
  return code == TIME_ERROR ? -1 : state.maxerror;
}

int32_t csystem_open(const char *path, uint32_t flags, uint32_t mode) {
  return csystem_open_in(AT_FDCWD, path, flags, mode);
}

int32_t csystem_open_in(int32_t folder, const char *name, uint32_t flags, uint32_t mode) {
  int bits = O_CLOEXEC;
  if ((flags & CSYSTEM_OPEN_READ) && (flags & CSYSTEM_OPEN_WRITE)) bits |= O_RDWR;
  else if (flags & CSYSTEM_OPEN_WRITE) bits |= O_WRONLY;
  if (flags & CSYSTEM_OPEN_CREATE) bits |= O_CREAT;
  if (flags & CSYSTEM_OPEN_EXCLUSIVE) bits |= O_EXCL;
  if (flags & CSYSTEM_OPEN_TRUNCATE) bits |= O_TRUNC;
  if (flags & CSYSTEM_OPEN_DIRECT) bits |= O_DIRECT;
  if (flags & CSYSTEM_OPEN_DIRECTORY) bits |= O_DIRECTORY;
  if (flags & CSYSTEM_OPEN_APPEND) bits |= O_APPEND;
  if (flags & CSYSTEM_OPEN_NOFOLLOW) bits |= O_NOFOLLOW;
  int descriptor;
  do descriptor = openat(folder, name, bits, mode);
  while (descriptor < 0 && errno == EINTR);
  return descriptor < 0 ? -errno : descriptor;
}

int32_t csystem_unlink_in(int32_t folder, const char *name) {
  return unlinkat(folder, name, 0) < 0 ? -errno : 0;
}

int32_t csystem_path_of(int32_t descriptor, char *target, size_t count) {
  char link[32];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(link, target, count);
  return length < 0 ? -errno : (int32_t)length;
}

int32_t csystem_fallocate(int32_t descriptor, int64_t offset, int64_t length, int32_t keep_size) {
  int code;
  do code = fallocate(descriptor, keep_size ? FALLOC_FL_KEEP_SIZE : 0, offset, length);
  while (code < 0 && errno == EINTR);
  return code < 0 ? -errno : 0;
}

int32_t csystem_punch_hole(int32_t descriptor, int64_t offset, int64_t length) {
  int code;
  do code = fallocate(descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length);
  while (code < 0 && errno == EINTR);
  return code < 0 ? -errno : 0;
}

int32_t csystem_lock_exclusive(int32_t descriptor) {
  int code;
  do code = flock(descriptor, LOCK_EX | LOCK_NB);
  while (code < 0 && errno == EINTR);
  return code < 0 ? -errno : 0;
}

static int32_t random_from_kernel(uint8_t *at, size_t count) {
  while (count > 0) {
    ssize_t got = getrandom(at, count, 0);
    if (got < 0) {
      if (errno == EINTR) continue;
      return -errno;
    }
    at += got;
    count -= (size_t)got;
  }
  return 0;
}

// Identifiers take 8 bytes at a time, several a request: one system call gets them for many.
// What was given out is wiped; keys are longer and come from the kernel each time.
static _Thread_local uint8_t random_kept[256];
static _Thread_local size_t random_left;

int32_t csystem_random(void *bytes, size_t count) {
  if (count > 16) return random_from_kernel(bytes, count);
  if (random_left < count) {
    int32_t code = random_from_kernel(random_kept, sizeof random_kept);
    if (code < 0) return code;
    random_left = sizeof random_kept;
  }
  random_left -= count;
  memcpy(bytes, random_kept + random_left, count);
  explicit_bzero(random_kept + random_left, count);
  return 0;
}
