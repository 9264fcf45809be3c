#pragma once
#include <features.h>

#include <stddef.h>
#include <stdint.h>

// WebSocket frames without I/O: wslay's callbacks read and write memory that is lent for one call.

typedef struct cwslay_framer cwslay_framer;

/// A frame, or the next part of its payload, already unmasked. `payload` is good until the next
/// call.
typedef struct {
  uint64_t payload_length;
  const uint8_t *payload;
  size_t payload_count;
  uint8_t is_final;
  uint8_t reserved_bits;
  uint8_t opcode;
  uint8_t is_masked;
} cwslay_frame;

#define CWSLAY_OK 0
/// All lent bytes were taken, and no whole header or payload byte is left over.
#define CWSLAY_WANTS_MORE 1
/// The bytes are no WebSocket frames.
#define CWSLAY_BROKEN (-1)

/// NULL when there is no memory.
cwslay_framer *cwslay_new(void);
void cwslay_free(cwslay_framer *framer);

/// Lends the bytes that the following calls of `cwslay_next` read.
void cwslay_lend(cwslay_framer *framer, const uint8_t *bytes, size_t count);
int32_t cwslay_next(cwslay_framer *framer, cwslay_frame *frame);

/// Writes one whole frame; masked with the four bytes of `mask` unless it is NULL. `room` is at
/// least `count + 14`. How many bytes were written, or CWSLAY_BROKEN.
int64_t cwslay_write(
  cwslay_framer *framer, uint8_t opcode, int32_t is_final, const uint8_t *bytes, size_t count,
  const uint8_t *mask, uint8_t *target, size_t room);
