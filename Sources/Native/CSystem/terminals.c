#define _GNU_SOURCE
#include "CSystem.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

int32_t csystem_terminal_size(int32_t descriptor, int32_t *columns, int32_t *lines) {
  struct winsize size;
  if (ioctl(descriptor, TIOCGWINSZ, &size) != 0) return -errno;
  *columns = size.ws_col;
  *lines = size.ws_row;
  return 0;
}

static char last_words[4096];
static volatile size_t last_words_count;

static void say_last_words(int signal) {
  // Nothing but what may be called in a handler.
  if (write(STDERR_FILENO, last_words, last_words_count) < 0) _exit(128 + signal);
  _exit(128 + signal);
}

void csystem_last_words(const void *bytes, size_t count) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = SIG_DFL;
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  if (count == 0) return;
  if (count > sizeof last_words) count = sizeof last_words;
  memcpy(last_words, bytes, count);
  last_words_count = count;
  action.sa_handler = say_last_words;
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
}

int32_t csystem_terminal_echo(int32_t descriptor, int32_t is_on) {
  struct termios mode;
  if (tcgetattr(descriptor, &mode) != 0) return -errno;
  if (is_on) mode.c_lflag |= ECHO | ISIG;
  else mode.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
  return tcsetattr(descriptor, TCSAFLUSH, &mode) == 0 ? 0 : -errno;
}
