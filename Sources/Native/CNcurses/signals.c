#define _GNU_SOURCE
#define NCURSES_WIDECHAR 1
#include <errno.h>
#include <ncursesw/curses.h>
#include <ncursesw/term.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "CNcurses.h"

// What a handler may touch: bytes and settings stored before, and lock-free words.
static char reset_bytes[256];
static _Atomic uint32_t reset_count;
static struct termios settings_before;
static _Atomic uint32_t pending;
static _Atomic int32_t wake_descriptor = -1;

static const int asked[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH};
static const int crashes[] = {SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP};
static struct sigaction before[NSIG];
static int is_watching;
static char crash_stack[64 << 10];

/// NULL begins anew: nothing is written until strings are there.
void append_reset(const char *name);

/// `$<5>` asks ncurses to wait; a handler writes plain bytes.
void append_reset(const char *name) {
  if (name == NULL) {
    atomic_store(&reset_count, 0);
    tcgetattr(STDIN_FILENO, &settings_before);
    return;
  }
  const char *text = tigetstr(name);
  if (text == NULL || text == (char *)-1) return;
  uint32_t count = atomic_load(&reset_count);
  while (*text != 0 && count < sizeof reset_bytes) {
    if (text[0] == '$' && text[1] == '<') {
      const char *end = strchr(text, '>');
      if (end != NULL) {
        text = end + 1;
        continue;
      }
    }
    reset_bytes[count++] = *text++;
  }
  atomic_store(&reset_count, count);
}

static void write_reset(void) {
  uint32_t count = atomic_exchange(&reset_count, 0);
  if (count == 0) return;
  ssize_t written = write(STDOUT_FILENO, reset_bytes, count);
  (void)written;
  tcsetattr(STDIN_FILENO, TCSANOW, &settings_before);
}

/// Lets the signal take the course it would have taken without us.
static void take_course(int number) {
  sigaction(number, &before[number], NULL);
  raise(number);
}

static void on_crash(int number, siginfo_t *info, void *context) {
  (void)context;
  int saved = errno;
  write_reset();
  errno = saved;
  // A fault of the processor comes again by itself, with its address. A trap would not, and what
  // was sent by a process would be lost.
  if (info->si_code > 0 && number != SIGTRAP) {
    sigaction(number, &before[number], NULL);
    return;
  }
  take_course(number);
}

static void on_signal(int number) {
  int saved = errno;
  uint32_t bit = 1u << number;
  uint32_t last = atomic_fetch_or(&pending, bit);
  if ((last & bit) && number != SIGWINCH && number != SIGTSTP) {
    write_reset();
    struct sigaction ending = {.sa_handler = SIG_DFL};
    sigaction(number, &ending, NULL);
    raise(number);
    return;
  }
  uint64_t one = 1;
  ssize_t written = write(atomic_load(&wake_descriptor), &one, sizeof one);
  (void)written;
  errno = saved;
}

void cncurses_guard_thread(void) {
  // A stack that overflowed has no room for a handler.
  stack_t stack = {.ss_sp = crash_stack, .ss_size = sizeof crash_stack};
  sigaltstack(&stack, NULL);
  // A fault that is blocked ends the process without asking the handler.
  sigset_t faults;
  sigemptyset(&faults);
  for (size_t index = 0; index < sizeof crashes / sizeof *crashes; index++) {
    sigaddset(&faults, crashes[index]);
  }
  pthread_sigmask(SIG_UNBLOCK, &faults, NULL);
}

void cncurses_watch_signals(int32_t wake) {
  if (is_watching) return;
  is_watching = 1;
  atomic_store(&wake_descriptor, wake);
  atomic_store(&pending, 0);
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
  sigfillset(&action.sa_mask);
  for (size_t index = 0; index < sizeof asked / sizeof *asked; index++) {
    sigaction(asked[index], &action, &before[asked[index]]);
  }
  struct sigaction crash = {.sa_sigaction = on_crash, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  for (size_t index = 0; index < sizeof crashes / sizeof *crashes; index++) {
    sigaction(crashes[index], &crash, &before[crashes[index]]);
  }
}

void cncurses_unwatch_signals(void) {
  if (!is_watching) return;
  is_watching = 0;
  for (size_t index = 0; index < sizeof asked / sizeof *asked; index++) {
    sigaction(asked[index], &before[asked[index]], NULL);
  }
  for (size_t index = 0; index < sizeof crashes / sizeof *crashes; index++) {
    sigaction(crashes[index], &before[crashes[index]], NULL);
  }
  atomic_store(&wake_descriptor, -1);
}

uint32_t cncurses_take_signals(void) { return atomic_exchange(&pending, 0); }

void cncurses_suspend(void) {
  def_prog_mode();
  endwin();
  // The calling thread takes it at once, and with it the whole process stops.
  pthread_kill(pthread_self(), SIGSTOP);
  reset_prog_mode();
  clearok(curscr, TRUE);
}
