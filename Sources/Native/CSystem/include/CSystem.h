// Calls of libc that Swift cannot make by itself: functions behind _GNU_SOURCE, variadics, macros and
// thread-local words. Everything returns 0 or a result, or a negated errno.
#pragma once
#include <features.h>
#include <stddef.h>
#include <stdint.h>

// Threads

/// Names the calling thread (15 bytes are kept).
void csystem_thread_name(const char *name);
/// Starts a thread with all signals blocked; `body` gets `context`. `thread` receives the handle.
int32_t csystem_thread_start(
    uint64_t *thread, const char *name, void (*body)(void *), void *context);
int32_t csystem_thread_join(uint64_t thread);
/// Pins the calling thread to one processor.
int32_t csystem_thread_pin(int32_t processor);
int32_t csystem_thread_id(void);
/// A word of the calling thread, 0 until set: the event loop that the thread runs.
void *csystem_thread_word(void);
void csystem_thread_set_word(void *word);
/// A small number of the calling thread, 0 until set: its shard of sharded counters.
uint32_t csystem_thread_shard(void);
void csystem_thread_set_shard(uint32_t shard);

// Time

uint64_t csystem_monotonic_ns(void);
int64_t csystem_wall_ns(void);

// Files

/// open(2) with O_CLOEXEC; `flags` are those of CSYSTEM_OPEN_*.
int32_t csystem_open(const char *path, uint32_t flags, uint32_t mode);
#define CSYSTEM_OPEN_READ 1u
#define CSYSTEM_OPEN_WRITE 2u
#define CSYSTEM_OPEN_CREATE 4u
#define CSYSTEM_OPEN_EXCLUSIVE 8u
#define CSYSTEM_OPEN_TRUNCATE 16u
#define CSYSTEM_OPEN_DIRECT 32u
#define CSYSTEM_OPEN_DIRECTORY 64u
#define CSYSTEM_OPEN_APPEND 128u
#define CSYSTEM_OPEN_NOFOLLOW 256u
int32_t csystem_fallocate(int32_t descriptor, int64_t offset, int64_t length, int32_t keep_size);
int32_t csystem_punch_hole(int32_t descriptor, int64_t offset, int64_t length);
/// An exclusive lock of the open file description, not waited for: -EWOULDBLOCK when held.
int32_t csystem_lock_exclusive(int32_t descriptor);

// Random

int32_t csystem_random(void *bytes, size_t count);
