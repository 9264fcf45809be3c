// ncurses as flat functions: its screen is a set of mutable globals, its attributes are macros with
// casts and its own signal handlers know nothing of ours. There is one terminal in a process, so
// what is kept here is kept once. All functions but the signal handlers run on the thread that
// draws.
#pragma once
#include <features.h>
#include <stdint.h>

// The terminal

#define CNCURSES_NO_TERMINAL (-1)
#define CNCURSES_UNKNOWN_TERMINAL (-2)
#define CNCURSES_NO_CURSOR_MOVEMENT (-3)
#define CNCURSES_NO_MEMORY (-4)

/// Takes the terminal on standard input and output: 0 or one of the numbers above. `has_color` asks
/// for colours; where there are none, or no default background, attributes stand alone.
int32_t cncurses_open(int32_t has_color, int32_t escape_delay_ms);
/// Gives the terminal back as it was; without an open one nothing happens.
void cncurses_close(void);
/// Gives the terminal back, stops the process, and takes the terminal again when it goes on.
void cncurses_suspend(void);
/// Whether colours were found.
int32_t cncurses_has_color(void);
/// Asks the kernel for the size, and tells ncurses when it is another.
int32_t cncurses_size(int32_t *width, int32_t *height);

#define CNCURSES_BOLD 1u
#define CNCURSES_DIM 2u
#define CNCURSES_UNDERLINE 4u
#define CNCURSES_REVERSE 8u

/// Puts characters of one cell each, or one of two. `color` is 0 to 7, or -1 for the terminal's
/// own. A character that the locale takes for another width becomes a question mark.
void cncurses_put(
    int32_t line, int32_t column, const uint32_t *characters, int32_t count, int32_t cells_each,
    int32_t color, uint32_t attributes);
/// Writes what was put. The cursor is shown at a place, or hidden when `line` is negative.
void cncurses_flush(int32_t line, int32_t column);
/// The next flush writes every cell.
void cncurses_forget(void);

#define CNCURSES_NONE 0
#define CNCURSES_CHARACTER 1
#define CNCURSES_NAMED 2
#define CNCURSES_OTHER 3

#define CNCURSES_KEY_UP 1
#define CNCURSES_KEY_DOWN 2
#define CNCURSES_KEY_LEFT 3
#define CNCURSES_KEY_RIGHT 4
#define CNCURSES_KEY_HOME 5
#define CNCURSES_KEY_END 6
#define CNCURSES_KEY_PAGE_UP 7
#define CNCURSES_KEY_PAGE_DOWN 8
#define CNCURSES_KEY_BACK_TAB 9
#define CNCURSES_KEY_BACKSPACE 10
#define CNCURSES_KEY_DELETE 11
#define CNCURSES_KEY_ENTER 12

/// A key that was pressed, without waiting: what it is, with its character or its number in
/// `value`.
int32_t cncurses_read_key(uint32_t *value);

// Signals

/// Watches the signals: INT TERM HUP QUIT, TSTP and WINCH set a bit and write to `wake`, an
/// eventfd; a second of the first four before the bit was taken ends the process. ABRT SEGV BUS ILL
/// FPE TRAP write the reset bytes stored at `cncurses_open` and then take the course they would
/// have taken.
void cncurses_watch_signals(int32_t wake);
void cncurses_unwatch_signals(void);
/// Called once by the thread that draws: it takes the crash signals, also when its stack overflows.
void cncurses_guard_thread(void);
/// The signals since the last time, each the bit of its number.
uint32_t cncurses_take_signals(void);
