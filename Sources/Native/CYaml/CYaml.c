#include "CYaml.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

struct cyaml_parser {
  yaml_parser_t parser;
  yaml_event_t event;
  int has_event;
};

cyaml_parser *cyaml_open(const uint8_t *bytes, uint64_t count) {
  cyaml_parser *self = calloc(1, sizeof *self);
  if (self == NULL) return NULL;
  if (!yaml_parser_initialize(&self->parser)) {
    free(self);
    return NULL;
  }
  yaml_parser_set_encoding(&self->parser, YAML_UTF8_ENCODING);
  yaml_parser_set_input_string(&self->parser, bytes, count);
  return self;
}

void cyaml_close(cyaml_parser *self) {
  if (self->has_event) yaml_event_delete(&self->event);
  yaml_parser_delete(&self->parser);
  free(self);
}

static int32_t problem(cyaml_parser *self, cyaml_event *out) {
  const char *text = self->parser.problem ? self->parser.problem : "out of memory";
  out->kind = CYAML_ERROR;
  out->text = (const uint8_t *)text;
  out->text_length = strlen(text);
  out->line = self->parser.problem_mark.line;
  out->column = self->parser.problem_mark.column;
  if (self->parser.error == YAML_READER_ERROR) out->offset = (int64_t)self->parser.problem_offset;
  return CYAML_ERROR;
}

int32_t cyaml_next(cyaml_parser *self, cyaml_event *out) {
  for (;;) {
    memset(out, 0, sizeof *out);
    out->offset = -1;
    if (self->has_event) yaml_event_delete(&self->event);
    self->has_event = 0;
    if (!yaml_parser_parse(&self->parser, &self->event)) return problem(self, out);
    self->has_event = 1;
    const yaml_event_t *event = &self->event;
    out->line = event->start_mark.line;
    out->column = event->start_mark.column;
    switch (event->type) {
      case YAML_NO_EVENT:
      case YAML_STREAM_END_EVENT: return out->kind = CYAML_STREAM_END;
      case YAML_STREAM_START_EVENT: continue;
      case YAML_DOCUMENT_START_EVENT: return out->kind = CYAML_DOCUMENT_START;
      case YAML_DOCUMENT_END_EVENT: return out->kind = CYAML_DOCUMENT_END;
      case YAML_SEQUENCE_END_EVENT: return out->kind = CYAML_SEQUENCE_END;
      case YAML_MAPPING_END_EVENT: return out->kind = CYAML_MAPPING_END;
      case YAML_ALIAS_EVENT:
        out->anchor = (const char *)event->data.alias.anchor;
        return out->kind = CYAML_ALIAS;
      case YAML_SCALAR_EVENT:
        out->anchor = (const char *)event->data.scalar.anchor;
        out->tag = (const char *)event->data.scalar.tag;
        out->text = event->data.scalar.value;
        out->text_length = event->data.scalar.length;
        out->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
        return out->kind = CYAML_SCALAR;
      case YAML_SEQUENCE_START_EVENT:
        out->anchor = (const char *)event->data.sequence_start.anchor;
        out->tag = (const char *)event->data.sequence_start.tag;
        return out->kind = CYAML_SEQUENCE_START;
      case YAML_MAPPING_START_EVENT:
        out->anchor = (const char *)event->data.mapping_start.anchor;
        out->tag = (const char *)event->data.mapping_start.tag;
        return out->kind = CYAML_MAPPING_START;
    }
  }
}
