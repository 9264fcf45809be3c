#pragma once
#include <features.h>
#include <stdint.h>

// expat with namespaces, for UTF-8 (or UTF-16 with a byte order mark), and without document type
// declarations: no entities of a document's own, so nothing expands and nothing is fetched.

typedef struct cexpat_parser cexpat_parser;

enum {
  CEXPAT_OK = 0,
  // A handler answered something else than 0.
  CEXPAT_STOPPED = 1,
  CEXPAT_DOCTYPE = 2,
  CEXPAT_MALFORMED = 3,
};

// Names are LOCAL, or NAMESPACE, the byte 0x1F, and LOCAL. Texts are UTF-8. Pointers are good
// during the call only. An answer other than 0 stops the parser.
typedef struct {
  void *context;
  // `attributes` has 2 * count strings: name, value, name, value.
  int32_t (*start)(void *context, const char *name, const char *const *attributes, int32_t count);
  int32_t (*end)(void *context);
  // The text between two tags may come in pieces.
  int32_t (*text)(void *context, const uint8_t *bytes, int32_t count);
} cexpat_handlers;

// NULL when there is no memory.
cexpat_parser *cexpat_open(const cexpat_handlers *handlers);

// The next piece of the document; `is_final` with the last one, which may be empty. After anything
// else than CEXPAT_OK only ask for the place, and close.
int32_t cexpat_feed(cexpat_parser *parser, const uint8_t *bytes, int32_t count, int32_t is_final);

// Where the parser is, from 1. Columns count bytes.
uint64_t cexpat_line(cexpat_parser *parser);
uint64_t cexpat_column(cexpat_parser *parser);

// What is wrong, after CEXPAT_MALFORMED.
const char *cexpat_problem(cexpat_parser *parser);

void cexpat_close(cexpat_parser *parser);
