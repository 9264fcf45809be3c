#include "CNghttp2.h"

// The library's functions, frames and callbacks import into Swift as they are.
_Static_assert(NGHTTP2_VERSION_NUM >= 0x013400, "nghttp2 1.52 or newer");
