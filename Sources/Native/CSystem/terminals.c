#define _GNU_SOURCE
#include "CSystem.h"

#include <errno.h>
#include <sys/ioctl.h>

int32_t csystem_terminal_size(int32_t descriptor, int32_t *columns, int32_t *lines) {
  struct winsize size;
  if (ioctl(descriptor, TIOCGWINSZ, &size) != 0) return -errno;
  *columns = size.ws_col;
  *lines = size.ws_row;
  return 0;
}
