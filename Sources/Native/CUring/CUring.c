#define _GNU_SOURCE
#include "CUring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

int32_t curing_create(struct curing *self, uint32_t entries) {
  memset(self, 0, sizeof *self);
  struct io_uring_params parameters = {0};
  // One thread submits, completions are run when it asks for them: no interrupts of its own work.
  parameters.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
                     IORING_SETUP_COOP_TASKRUN | IORING_SETUP_CQSIZE | IORING_SETUP_R_DISABLED;
  parameters.cq_entries = entries * 8;
  return io_uring_queue_init_params(entries, &self->ring, &parameters);
}

int32_t curing_enable(struct curing *self) {
  // io_uring_enable_rings is missing from the shared library of 2.3.
  int code = io_uring_register(self->ring.ring_fd, IORING_REGISTER_ENABLE_RINGS, NULL, 0);
  if (code < 0) return code;
  io_uring_register_ring_fd(&self->ring);
  return 0;
}

void curing_destroy(struct curing *self) {
  io_uring_queue_exit(&self->ring);
  if (self->buffer_memory)
    munmap(self->buffer_memory, (size_t)self->buffer_count * self->buffer_bytes);
  if (self->buffers) munmap(self->buffers, self->buffer_count * sizeof(struct io_uring_buf));
  self->buffer_memory = NULL;
  self->buffers = NULL;
}

int32_t curing_provide_buffers(struct curing *self, uint32_t count, uint32_t bytes) {
  size_t ring_bytes = count * sizeof(struct io_uring_buf);
  void *ring = mmap(NULL, ring_bytes, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE, -1, 0);
  if (ring == MAP_FAILED) return -errno;
  void *memory =
      mmap(NULL, (size_t)count * bytes, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE, -1, 0);
  if (memory == MAP_FAILED) {
    int code = -errno;
    munmap(ring, ring_bytes);
    return code;
  }
  struct io_uring_buf_reg registration = {0};
  registration.ring_addr = (uint64_t)(uintptr_t)ring;
  registration.ring_entries = count;
  registration.bgid = CURING_GROUP;
  int code = io_uring_register_buf_ring(&self->ring, &registration, 0);
  if (code < 0) {
    munmap(ring, ring_bytes);
    munmap(memory, (size_t)count * bytes);
    return code;
  }
  self->buffers = ring;
  self->buffer_memory = memory;
  self->buffer_count = count;
  self->buffer_bytes = bytes;
  io_uring_buf_ring_init(self->buffers);
  for (uint32_t number = 0; number < count; number++) curing_return_buffer(self, (int32_t)number);
  return 0;
}

int32_t curing_register_memory(struct curing *self, void *memory, size_t count) {
  struct iovec vector = {memory, count};
  return io_uring_register_buffers(&self->ring, &vector, 1);
}

int32_t curing_limit_workers(struct curing *self, uint32_t bounded, uint32_t unbounded) {
  unsigned int limits[2] = {bounded, unbounded};
  return io_uring_register_iowq_max_workers(&self->ring, limits);
}

int32_t curing_submit(struct curing *self) {
  self->enters++;
  int code;
  do code = io_uring_submit(&self->ring);
  while (code == -EINTR);
  return code < 0 ? code : 0;
}

int32_t curing_turn(struct curing *self, uint64_t timeout_ns) {
  self->enters++;
  int code;
  if (timeout_ns == 0) {
    code = io_uring_submit_and_get_events(&self->ring);
  } else if (timeout_ns == UINT64_MAX) {
    code = io_uring_submit_and_wait(&self->ring, 1);
  } else {
    struct __kernel_timespec limit = {
        .tv_sec = (int64_t)(timeout_ns / 1000000000u),
        .tv_nsec = (int64_t)(timeout_ns % 1000000000u)};
    struct io_uring_cqe *cqe;
    code = io_uring_submit_and_wait_timeout(&self->ring, &cqe, 1, &limit, NULL);
  }
  // A full completion queue (EBUSY) is emptied by the caller, then the rest is submitted.
  if (code < 0 && code != -ETIME && code != -EINTR && code != -EBUSY && code != -EAGAIN)
    return code;
  return 0;
}

// Of io_uring.h newer than 2.3: the padding of io_uring_getevents_arg is the least time to wait.
#define CURING_FEAT_MIN_TIMEOUT (1u << 15)

struct curing_wait {
  uint64_t signals;
  uint32_t signals_bytes;
  uint32_t gather_us;
  uint64_t timeout;
};

_Static_assert(sizeof(struct curing_wait) == sizeof(struct io_uring_getevents_arg), "layout");

int32_t curing_gathers(struct curing *self) {
  return (self->ring.features & CURING_FEAT_MIN_TIMEOUT) != 0;
}

int32_t curing_turn_gathering(
    struct curing *self, uint32_t count, uint32_t gather_us, uint64_t timeout_ns) {
  int32_t code = curing_submit(self);
  if (code < 0 && code != -EBUSY && code != -EAGAIN) return code;
  // The least wait counts only where there is a longest one.
  uint64_t seconds = timeout_ns / 1000000000u;
  struct __kernel_timespec longest = {
      .tv_sec = seconds > 3600 ? 3600 : (int64_t)seconds,
      .tv_nsec = (int64_t)(timeout_ns % 1000000000u)};
  struct curing_wait wait = {.gather_us = gather_us, .timeout = (uint64_t)(uintptr_t)&longest};
  self->enters++;
  code = io_uring_enter2(
      (unsigned)self->ring.ring_fd, 0, count, IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG,
      (sigset_t *)&wait, sizeof wait);
  if (code < 0 && code != -ETIME && code != -EINTR && code != -EBUSY && code != -EAGAIN)
    return code;
  return 0;
}

int32_t curing_probe(void) {
  struct curing ring;
  int32_t code = curing_create(&ring, 8);
  if (code < 0) return code;
  code = curing_enable(&ring);
  if (code == 0) code = curing_provide_buffers(&ring, 8, 4096);
  if (code == 0) {
    // A linked pair whose first half is silent: the newest thing we rely on.
    struct io_uring_sqe *sqe = curing_sqe(&ring, 2);
    io_uring_prep_nop(sqe);
    sqe->flags |= IOSQE_IO_LINK | IOSQE_CQE_SKIP_SUCCESS;
    sqe->user_data = 1;
    sqe = curing_sqe(&ring, 1);
    io_uring_prep_nop(sqe);
    sqe->user_data = 2;
    code = curing_turn(&ring, 1000000000u);
    if (code == 0 && (curing_ready(&ring) != 1 || curing_at(&ring, 0).user_data != 2))
      code = -ENOSYS;
  }
  curing_destroy(&ring);
  return code;
}
