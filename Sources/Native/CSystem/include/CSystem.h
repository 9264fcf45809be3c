// Calls of libc that Swift cannot make by itself: functions behind _GNU_SOURCE, variadics, macros
// and thread-local words. Everything returns 0 or a result, or a negated errno.
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
extern _Thread_local void *csystem_word;
extern _Thread_local uint32_t csystem_shard;
/// A word of the calling thread, 0 until set: the event loop that the thread runs.
static inline void *csystem_thread_word(void) { return csystem_word; }
static inline void csystem_thread_set_word(void *word) { csystem_word = word; }
/// A small number of the calling thread, 0 until set: its shard of sharded counters.
static inline uint32_t csystem_thread_shard(void) { return csystem_shard; }
static inline void csystem_thread_set_shard(uint32_t shard) { csystem_shard = shard; }

// Signals

/// Blocks the signals that a daemon waits for; threads that are started later have them blocked
/// too. SIGPIPE is ignored.
void csystem_signals_block(void);
/// Waits for one of them: SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2.
int32_t csystem_signal_wait(void);
/// Sends a signal to this process.
void csystem_signal_raise(int32_t signal);
/// Tells the service manager, when NOTIFY_SOCKET names one; nothing otherwise.
int32_t csystem_notify_manager(const char *text);

// Time

uint64_t csystem_monotonic_ns(void);
int64_t csystem_wall_ns(void);
/// How far the wall clock may be off, as the kernel knows it, in microseconds; -1 when nothing
/// keeps it in step, less when the kernel does not say.
int64_t csystem_wall_error_us(void);

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
/// The same for a name in an open folder.
int32_t csystem_open_in(int32_t folder, const char *name, uint32_t flags, uint32_t mode);
/// unlink(2) of a name in an open folder.
int32_t csystem_unlink_in(int32_t folder, const char *name);
/// The path of what is open, links followed; its byte count, at most `count`.
int32_t csystem_path_of(int32_t descriptor, char *target, size_t count);
int32_t csystem_fallocate(int32_t descriptor, int64_t offset, int64_t length, int32_t keep_size);
int32_t csystem_punch_hole(int32_t descriptor, int64_t offset, int64_t length);
/// An exclusive lock of the open file description, not waited for: -EWOULDBLOCK when held.
int32_t csystem_lock_exclusive(int32_t descriptor);

// Terminals

/// How many columns and lines a terminal has; -ENOTTY when it is none.
int32_t csystem_terminal_size(int32_t descriptor, int32_t *columns, int32_t *lines);

/// From now on SIGINT and SIGTERM write these bytes to standard error and end the process with 130
/// or 143. At most 4096 bytes are copied; none gives the signals their usual effect back.
void csystem_last_words(const void *bytes, size_t count);

/// Whether what is typed is shown and makes signals: off while a secret is typed.
int32_t csystem_terminal_echo(int32_t descriptor, int32_t is_on);

// Random

/// Fit for keys.
int32_t csystem_random(void *bytes, size_t count);

// Sockets

/// A non-blocking TCP or Unix stream socket, close-on-exec.
int32_t csystem_socket(int32_t family);
/// Reads and writes `struct sockaddr` from text: family AF_INET, AF_INET6 or AF_UNIX. `address` has
/// room for 128 bytes. The length, or -EINVAL.
int32_t csystem_address_ip(const char *host, uint16_t port, void *address);
int32_t csystem_address_unix(const char *path, void *address);
/// The text of an address: `host` has room for 128 bytes. The family.
int32_t csystem_address_text(const void *address, char *host, uint16_t *port);
int32_t csystem_bind_listen(
    int32_t descriptor, const void *address, uint32_t length, int32_t backlog, int32_t shares_port);
int32_t csystem_local_address(int32_t descriptor, void *address);
int32_t csystem_peer_address(int32_t descriptor, void *address);
int32_t csystem_tcp_options(int32_t descriptor);
int32_t csystem_connect(int32_t descriptor, const void *address, uint32_t length);
int32_t csystem_accept(int32_t descriptor);
int32_t csystem_socket_error(int32_t descriptor);
/// The number of bytes, or a negated errno; -EAGAIN when it would wait.
int64_t csystem_recv(int32_t descriptor, void *target, size_t count);
int64_t csystem_send(int32_t descriptor, const void *source, size_t count);
/// Ends one direction or both: 1 reading, 2 writing, 3 both.
int32_t csystem_shutdown(int32_t descriptor, int32_t directions);
void csystem_close(int32_t descriptor);
/// Closes with a reset, so that the peer learns at once and nothing lingers.
void csystem_close_reset(int32_t descriptor);
/// The limit of open files, raised to its hard limit on the way.
uint64_t csystem_raise_file_limit(void);

// Readiness

int32_t csystem_eventfd(void);
void csystem_eventfd_signal(int32_t descriptor);
void csystem_eventfd_clear(int32_t descriptor);
int32_t csystem_epoll_create(void);
#define CSYSTEM_EPOLL_IN 1u
#define CSYSTEM_EPOLL_OUT 4u
#define CSYSTEM_EPOLL_ERROR 8u
#define CSYSTEM_EPOLL_HANGUP 16u
#define CSYSTEM_EPOLL_END 0x2000u
#define CSYSTEM_EPOLL_EDGE (1u << 31)
#define CSYSTEM_EPOLL_ONCE (1u << 30)
int32_t csystem_epoll_add(int32_t epoll, int32_t descriptor, uint32_t events);
int32_t csystem_epoll_change(int32_t epoll, int32_t descriptor, uint32_t events);
void csystem_epoll_remove(int32_t epoll, int32_t descriptor);
/// Waits at most `timeout_ns` (UINT64_MAX: for ever). Descriptors and events go to two arrays.
int32_t csystem_epoll_wait(
    int32_t epoll, int32_t *descriptors, uint32_t *events, int32_t capacity, uint64_t timeout_ns);

// File operations that block

int64_t csystem_pread(int32_t descriptor, void *target, size_t count, int64_t offset);
// What of a range is in memory already, from its start on; -EAGAIN when nothing of it is.
int64_t csystem_pread_now(int32_t descriptor, void *target, size_t count, int64_t offset);
int64_t csystem_pwrite(int32_t descriptor, const void *source, size_t count, int64_t offset);
int32_t csystem_fdatasync(int32_t descriptor);
int32_t csystem_fsync(int32_t descriptor);
/// Makes everything durable that was written to the file system so far.
int32_t csystem_syncfs(int32_t descriptor);
/// Which file system a file is on.
int32_t csystem_device(int32_t descriptor, uint64_t *device);
int32_t csystem_truncate(int32_t descriptor, int64_t length);
/// Size, mode bits and whether it is a folder.
/// `modified_ns` since 1970.
int32_t csystem_stat(
    const char *path, int64_t *size, uint32_t *mode, int32_t *is_directory, int64_t *modified_ns);
int64_t csystem_file_size(int32_t descriptor);
int32_t csystem_space(const char *path, int64_t *free_bytes, int64_t *total_bytes);
/// What direct I/O of this file must be aligned to.
int32_t csystem_direct_alignment(int32_t descriptor);
int32_t csystem_mkdir(const char *path, uint32_t mode);
int32_t csystem_rename(const char *from, const char *to);
int32_t csystem_link(const char *from, const char *to);
int32_t csystem_unlink(const char *path);
int32_t csystem_rmdir(const char *path);
/// Calls `visit` for every name in a folder but "." and "..".
int32_t csystem_list(
    const char *path, void (*visit)(void *context, const char *name, int32_t is_directory),
    void *context);
