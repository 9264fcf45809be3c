#pragma once
#include <features.h>
#include <stddef.h>
#include <stdint.h>

// libyaml's event parser without its unions: one flat record per event.

typedef struct cyaml_parser cyaml_parser;

enum {
  CYAML_ERROR = -1,
  CYAML_STREAM_END = 0,
  CYAML_DOCUMENT_START = 1,
  CYAML_DOCUMENT_END = 2,
  CYAML_SCALAR = 3,
  CYAML_SEQUENCE_START = 4,
  CYAML_SEQUENCE_END = 5,
  CYAML_MAPPING_START = 6,
  CYAML_MAPPING_END = 7,
  CYAML_ALIAS = 8,
};

// Texts are valid until the next call on the same parser.
typedef struct {
  int32_t kind;
  // 1 when the scalar stands without quotes and is no block scalar.
  int32_t plain;
  // Where the event starts, from 0.
  uint64_t line;
  uint64_t column;
  // Of an error in the bytes themselves: the offset, which is then known instead. -1 otherwise.
  int64_t offset;
  // The scalar's text, or the problem of an error.
  const uint8_t *text;
  uint64_t text_length;
  // NUL-terminated, or NULL.
  const char *anchor;
  const char *tag;
} cyaml_event;

// The bytes must outlive the parser. NULL when there is no memory.
cyaml_parser *cyaml_open(const uint8_t *bytes, uint64_t count);

// The kind of the next event, also in `event`. After CYAML_ERROR or CYAML_STREAM_END only close.
int32_t cyaml_next(cyaml_parser *parser, cyaml_event *event);

void cyaml_close(cyaml_parser *parser);
