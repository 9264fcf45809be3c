#define _GNU_SOURCE
#define NCURSES_WIDECHAR 1
#include "CNcurses.h"

#include <locale.h>
#include <ncursesw/curses.h>
#include <ncursesw/term.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

static SCREEN *screen;
static WINDOW *key_pad;
static int32_t with_color;

// Opening and closing

/// Stores a string of the terminal for the crash handler; NULL forgets them all. In signals.c.
void append_reset(const char *name);

static void take_settings(void) {
  raw();
  noecho();
  nonl();
}

int32_t cncurses_open(int32_t has_color, int32_t escape_delay_ms) {
  if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) return CNCURSES_NO_TERMINAL;
  setlocale(LC_CTYPE, "");
  int code = 0;
  const char *type = getenv("TERM");
  if (type == NULL || *type == 0) return CNCURSES_UNKNOWN_TERMINAL;
  if (setupterm(NULL, STDOUT_FILENO, &code) != OK) return CNCURSES_UNKNOWN_TERMINAL;
  const char *movement = tigetstr("cup");
  if (movement == NULL || movement == (char *)-1) {
    del_curterm(cur_term);
    return CNCURSES_NO_CURSOR_MOVEMENT;
  }
  append_reset(NULL);
  const char *resets[] = {"rmacs", "sgr0", "op", "rmkx", "cnorm", "rmcup"};
  for (size_t index = 0; index < sizeof resets / sizeof *resets; index++) {
    append_reset(resets[index]);
  }
  screen = newterm(NULL, stdout, stdin);
  if (screen == NULL) return CNCURSES_UNKNOWN_TERMINAL;
  if (getenv("ESCDELAY") == NULL) set_escdelay(escape_delay_ms);
  take_settings();
  // A pad is read without drawing the screen first.
  key_pad = newpad(1, 1);
  if (key_pad == NULL) {
    cncurses_close();
    return CNCURSES_NO_MEMORY;
  }
  keypad(key_pad, TRUE);
  nodelay(key_pad, TRUE);
  leaveok(stdscr, FALSE);
  scrollok(stdscr, FALSE);
  with_color = 0;
  if (has_color && has_colors() && start_color() == OK && use_default_colors() == OK) {
    for (short color = 0; color < 8; color++) init_pair((short)(color + 1), color, -1);
    with_color = 1;
  }
  curs_set(0);
  return 0;
}

void cncurses_close(void) {
  if (screen == NULL) return;
  endwin();
  append_reset(NULL);
  if (key_pad != NULL) delwin(key_pad);
  key_pad = NULL;
  delscreen(screen);
  screen = NULL;
}

int32_t cncurses_has_color(void) { return with_color; }

int32_t cncurses_size(int32_t *width, int32_t *height) {
  struct winsize size;
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) {
    if (screen != NULL && (size.ws_row != LINES || size.ws_col != COLS)) {
      resizeterm(size.ws_row, size.ws_col);
      clearok(curscr, TRUE);
    }
    *width = size.ws_col;
    *height = size.ws_row;
    return 0;
  }
  *width = screen != NULL ? COLS : 80;
  *height = screen != NULL ? LINES : 24;
  return 0;
}

// Drawing

void cncurses_put(
    int32_t line, int32_t column, const uint32_t *characters, int32_t count, int32_t cells_each,
    int32_t color, uint32_t attributes) {
  attr_t set = A_NORMAL;
  if (attributes & CNCURSES_BOLD) set |= A_BOLD;
  if (attributes & CNCURSES_DIM) set |= A_DIM;
  if (attributes & CNCURSES_UNDERLINE) set |= A_UNDERLINE;
  if (attributes & CNCURSES_REVERSE) set |= A_REVERSE;
  attr_set(set, (short)(with_color && color >= 0 ? color + 1 : 0), NULL);
  for (int32_t index = 0; index < count; index++) {
    wchar_t character = (wchar_t)characters[index];
    if (character >= 0x7F && wcwidth(character) != cells_each) character = L'?';
    move(line, column + index * cells_each);
    addnwstr(&character, 1);
    // A question mark in the place of a wide character leaves a cell.
    if (cells_each == 2 && character == L'?') addnwstr(L" ", 1);
  }
}

void cncurses_flush(int32_t line, int32_t column) {
  if (line >= 0) {
    curs_set(1);
    move(line, column);
  } else {
    curs_set(0);
    move(LINES - 1, 0);
  }
  wrefresh(stdscr);
}

void cncurses_forget(void) { clearok(curscr, TRUE); }

// Keys

int32_t cncurses_read_key(uint32_t *value) {
  if (key_pad == NULL) return CNCURSES_NONE;
  wint_t code = 0;
  int kind = wget_wch(key_pad, &code);
  if (kind == ERR) return CNCURSES_NONE;
  *value = (uint32_t)code;
  if (kind != KEY_CODE_YES) return CNCURSES_CHARACTER;
  static const struct {
    int code;
    uint32_t key;
  } names[] = {
      {KEY_UP, CNCURSES_KEY_UP},         {KEY_DOWN, CNCURSES_KEY_DOWN},
      {KEY_LEFT, CNCURSES_KEY_LEFT},     {KEY_RIGHT, CNCURSES_KEY_RIGHT},
      {KEY_HOME, CNCURSES_KEY_HOME},     {KEY_END, CNCURSES_KEY_END},
      {KEY_FIND, CNCURSES_KEY_HOME},     {KEY_SELECT, CNCURSES_KEY_END},
      {KEY_PPAGE, CNCURSES_KEY_PAGE_UP}, {KEY_NPAGE, CNCURSES_KEY_PAGE_DOWN},
      {KEY_BTAB, CNCURSES_KEY_BACK_TAB}, {KEY_BACKSPACE, CNCURSES_KEY_BACKSPACE},
      {KEY_DC, CNCURSES_KEY_DELETE},     {KEY_ENTER, CNCURSES_KEY_ENTER},
  };
  for (size_t index = 0; index < sizeof names / sizeof *names; index++) {
    if (names[index].code == (int)code) {
      *value = names[index].key;
      return CNCURSES_NAMED;
    }
  }
  return CNCURSES_OTHER;
}
