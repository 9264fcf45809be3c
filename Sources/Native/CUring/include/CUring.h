// io_uring as flat inline functions over liburing: one call prepares one operation or one linked
// pair. The library's own helpers import into Swift one by one; wrapping them here keeps a
// submission to a single inlined call and adds the constants that its 2.3 header is too old to
// know.
#pragma once
#include <features.h>
#include <liburing.h>
#include <stdint.h>

/// A ring with its group of provided buffers. Everything but `create` and `destroy` is called by
/// the ring's own thread.
struct curing {
  struct io_uring ring;
  struct io_uring_buf_ring *buffers;
  uint8_t *buffer_memory;
  uint32_t buffer_count;
  uint32_t buffer_bytes;
  uint64_t enters;  // system calls made
};

/// What the kernel can do for us, found at start. 0 or a negated errno.
int32_t curing_probe(void);
/// Creates a ring, disabled until `curing_enable` is called on its own thread.
int32_t curing_create(struct curing *self, uint32_t entries);
int32_t curing_enable(struct curing *self);
void curing_destroy(struct curing *self);
/// Gives the kernel `count` (a power of two) buffers of `bytes` to pick from when input arrives.
int32_t curing_provide_buffers(struct curing *self, uint32_t count, uint32_t bytes);
/// Registers one run of memory, so that file operations inside it skip pinning its pages.
int32_t curing_register_memory(struct curing *self, void *memory, size_t count);
int32_t curing_limit_workers(struct curing *self, uint32_t bounded, uint32_t unbounded);

/// Submits what was prepared and waits for a completion, at most `timeout_ns`; UINT64_MAX waits for
/// ever, 0 not at all. 0 or a negated errno; ETIME is 0.
int32_t curing_turn(struct curing *self, uint64_t timeout_ns);
int32_t curing_submit(struct curing *self);
/// The same for a busy ring: waits until `count` completions are there, or `gather_us` have passed
/// and there is one, so that many are handled in one go.
int32_t curing_turn_gathering(
    struct curing *self, uint32_t count, uint32_t gather_us, uint64_t timeout_ns);
/// Whether the kernel can gather (Linux 6.12).
int32_t curing_gathers(struct curing *self);

#define CURING_GROUP 1
#define CURING_RECV_POLL_FIRST 1u
// Of io_uring.h newer than 2.3.
#define CURING_ASYNC_CANCEL_ALL 1u

static inline struct io_uring_sqe *curing_sqe(struct curing *self, uint32_t needed) {
  if (io_uring_sq_space_left(&self->ring) < needed) curing_submit(self);
  struct io_uring_sqe *sqe = _io_uring_get_sqe(&self->ring);
  return sqe;
}

static inline void curing_receive(
    struct curing *self, int32_t fd, void *target, uint32_t count, uint32_t poll_first,
    uint64_t user_data) {
  struct io_uring_sqe *sqe = curing_sqe(self, 1);
  io_uring_prep_recv(sqe, fd, target, count, 0);
  if (poll_first) sqe->ioprio |= CURING_RECV_POLL_FIRST;
  sqe->user_data = user_data;
}

/// Into a buffer of the group, taken when input is there: nothing is held while waiting.
static inline void curing_receive_provided(
    struct curing *self, int32_t fd, uint32_t poll_first, uint64_t user_data) {
  struct io_uring_sqe *sqe = curing_sqe(self, 1);
  io_uring_prep_recv(sqe, fd, NULL, 0, 0);
  sqe->flags |= IOSQE_BUFFER_SELECT;
  sqe->buf_group = CURING_GROUP;
  if (poll_first) sqe->ioprio |= CURING_RECV_POLL_FIRST;
  sqe->user_data = user_data;
}

static inline void curing_send(
    struct curing *self, int32_t fd, const void *source, uint32_t count, uint64_t user_data) {
  struct io_uring_sqe *sqe = curing_sqe(self, 1);
  io_uring_prep_send(sqe, fd, source, count, MSG_WAITALL | MSG_NOSIGNAL);
  sqe->user_data = user_data;
}

/// The first half of a linked pair: its success is silent, its failure cancels the second half.
static inline void curing_send_linked(
    struct curing *self, int32_t fd, const void *source, uint32_t count) {
  struct io_uring_sqe *sqe = curing_sqe(self, 2);
  io_uring_prep_send(sqe, fd, source, count, MSG_WAITALL | MSG_NOSIGNAL);
  sqe->flags |= IOSQE_IO_LINK | IOSQE_CQE_SKIP_SUCCESS;
  sqe->user_data = 0;
}

static inline void curing_accept(struct curing *self, int32_t fd, uint64_t user_data) {
  struct io_uring_sqe *sqe = curing_sqe(self, 1);
  io_uring_prep_accept(sqe, fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  sqe->user_data = user_data;
}

static inline void curing_connect(
    struct curing *self, int32_t fd, const struct sockaddr *address, uint32_t length,
    uint64_t user_data) {
  struct io_uring_sqe *sqe = curing_sqe(self, 1);
  io_uring_prep_connect(sqe, fd, address, length);
  sqe->user_data = user_data;
}

static inline void curing_poll(
    struct curing *self, int32_t fd, uint32_t events, uint64_t user_data) {
  struct io_uring_sqe *sqe = curing_sqe(self, 1);
  io_uring_prep_poll_add(sqe, fd, events);
  sqe->user_data = user_data;
}

static inline void curing_read(
    struct curing *self, int32_t fd, void *target, uint32_t count, uint64_t offset,
    int32_t is_fixed, uint64_t user_data) {
  struct io_uring_sqe *sqe = curing_sqe(self, 1);
  if (is_fixed) io_uring_prep_read_fixed(sqe, fd, target, count, offset, 0);
  else io_uring_prep_read(sqe, fd, target, count, offset);
  sqe->user_data = user_data;
}

static inline void curing_write(
    struct curing *self, int32_t fd, const void *source, uint32_t count, uint64_t offset,
    int32_t is_fixed, int32_t is_linked, uint64_t user_data) {
  struct io_uring_sqe *sqe = curing_sqe(self, is_linked ? 2 : 1);
  if (is_fixed) io_uring_prep_write_fixed(sqe, fd, source, count, offset, 0);
  else io_uring_prep_write(sqe, fd, source, count, offset);
  if (is_linked) sqe->flags |= IOSQE_IO_LINK;
  sqe->user_data = user_data;
}

static inline void curing_sync(struct curing *self, int32_t fd, uint64_t user_data) {
  struct io_uring_sqe *sqe = curing_sqe(self, 1);
  io_uring_prep_fsync(sqe, fd, IORING_FSYNC_DATASYNC);
  sqe->user_data = user_data;
}

static inline void curing_cancel(struct curing *self, uint64_t target, uint64_t user_data) {
  struct io_uring_sqe *sqe = curing_sqe(self, 1);
  io_uring_prep_cancel64(sqe, target, 0);
  sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
  sqe->user_data = user_data;
}

struct curing_completion {
  uint64_t user_data;
  int32_t result;
  uint32_t flags;
};

static inline uint32_t curing_ready(struct curing *self) { return io_uring_cq_ready(&self->ring); }

/// The completion `index` places behind the oldest one.
static inline struct curing_completion curing_at(struct curing *self, uint32_t index) {
  struct io_uring_cq *cq = &self->ring.cq;
  struct io_uring_cqe *cqe = &cq->cqes[(*cq->khead + index) & cq->ring_mask];
  struct curing_completion completion = {cqe->user_data, cqe->res, cqe->flags};
  return completion;
}

/// Asks for the memory at `start` before it is needed.
static inline void curing_prefetch(const void *start) { __builtin_prefetch(start, 1); }

static inline void curing_advance(struct curing *self, uint32_t count) {
  io_uring_cq_advance(&self->ring, count);
}

/// The number of the provided buffer that a completion used, or -1.
static inline int32_t curing_buffer_number(uint32_t flags) {
  return (flags & IORING_CQE_F_BUFFER) ? (int32_t)(flags >> IORING_CQE_BUFFER_SHIFT) : -1;
}

static inline uint8_t *curing_buffer(struct curing *self, int32_t number) {
  return self->buffer_memory + (size_t)number * self->buffer_bytes;
}

/// Gives a provided buffer back to the kernel.
static inline void curing_return_buffer(struct curing *self, int32_t number) {
  io_uring_buf_ring_add(
      self->buffers, curing_buffer(self, number), self->buffer_bytes, (unsigned short)number,
      io_uring_buf_ring_mask(self->buffer_count), 0);
  io_uring_buf_ring_advance(self->buffers, 1);
}
