#include "CWslay.h"

#include <stdlib.h>
#include <string.h>
#include <wslay/wslay.h>

struct cwslay_framer {
  wslay_frame_context_ptr context;
  // Lent until they are used up.
  const uint8_t *input;
  size_t input_count;
  // Lent for one call of write.
  uint8_t *output;
  size_t output_room;
  const uint8_t *mask;
};

static ssize_t receive(uint8_t *target, size_t room, int flags, void *user)
{
  cwslay_framer *framer = user;
  (void)flags;
  // Wslay asks again later after an error of the callback.
  if (framer->input_count == 0) return -1;
  size_t count = framer->input_count < room ? framer->input_count : room;
  memcpy(target, framer->input, count);
  framer->input += count;
  framer->input_count -= count;
  return (ssize_t)count;
}

static ssize_t transmit(const uint8_t *bytes, size_t count, int flags, void *user)
{
  cwslay_framer *framer = user;
  (void)flags;
  if (count > framer->output_room) return -1;
  memcpy(framer->output, bytes, count);
  framer->output += count;
  framer->output_room -= count;
  return (ssize_t)count;
}

static int fill_mask(uint8_t *target, size_t count, void *user)
{
  cwslay_framer *framer = user;
  if (framer->mask == NULL || count != 4) return -1;
  memcpy(target, framer->mask, count);
  return 0;
}

cwslay_framer *cwslay_new(void)
{
  cwslay_framer *framer = calloc(1, sizeof *framer);
  if (framer == NULL) return NULL;
  struct wslay_frame_callbacks callbacks = {
    .send_callback = transmit,
    .recv_callback = receive,
    .genmask_callback = fill_mask,
  };
  if (wslay_frame_context_init(&framer->context, &callbacks, framer) != 0) {
    free(framer);
    return NULL;
  }
  return framer;
}

void cwslay_free(cwslay_framer *framer)
{
  if (framer == NULL) return;
  wslay_frame_context_free(framer->context);
  free(framer);
}

void cwslay_lend(cwslay_framer *framer, const uint8_t *bytes, size_t count)
{
  framer->input = bytes;
  framer->input_count = count;
}

int32_t cwslay_next(cwslay_framer *framer, cwslay_frame *frame)
{
  struct wslay_frame_iocb read;
  memset(&read, 0, sizeof read);
  ssize_t count = wslay_frame_recv(framer->context, &read);
  if (count == WSLAY_ERR_WANT_READ) return CWSLAY_WANTS_MORE;
  if (count < 0) return CWSLAY_BROKEN;
  frame->payload_length = read.payload_length;
  frame->payload = read.data;
  frame->payload_count = read.data_length;
  frame->is_final = read.fin;
  frame->reserved_bits = read.rsv;
  frame->opcode = read.opcode;
  frame->is_masked = read.mask;
  return CWSLAY_OK;
}

int64_t cwslay_write(
  cwslay_framer *framer, uint8_t opcode, int32_t is_final, const uint8_t *bytes, size_t count,
  const uint8_t *mask, uint8_t *target, size_t room)
{
  framer->output = target;
  framer->output_room = room;
  framer->mask = mask;
  struct wslay_frame_iocb frame = {
    .fin = is_final != 0,
    .opcode = opcode,
    .payload_length = count,
    .mask = mask != NULL,
    .data = bytes,
    .data_length = count,
  };
  // Payload is masked through a buffer of wslay's, a part a call.
  size_t done = 0;
  do {
    frame.data = bytes + done;
    frame.data_length = count - done;
    ssize_t sent = wslay_frame_send(framer->context, &frame);
    if (sent < 0) return CWSLAY_BROKEN;
    done += (size_t)sent;
  } while (done < count);
  int64_t written = (int64_t)(room - framer->output_room);
  framer->output = NULL;
  framer->output_room = 0;
  framer->mask = NULL;
  return written;
}
