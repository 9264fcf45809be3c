#include "CExpat.h"

#include <expat.h>
#include <stdlib.h>

struct cexpat_parser {
  XML_Parser parser;
  cexpat_handlers handlers;
  int32_t outcome;
};

static void stop(cexpat_parser *self, int32_t outcome) {
  if (self->outcome != CEXPAT_OK) return;
  self->outcome = outcome;
  XML_StopParser(self->parser, XML_FALSE);
}

static void on_start(void *context, const XML_Char *name, const XML_Char **attributes) {
  cexpat_parser *self = context;
  // expat still calls some handlers after it was stopped.
  if (self->outcome != CEXPAT_OK) return;
  int32_t count = 0;
  while (attributes[2 * count] != NULL) count++;
  if (self->handlers.start(self->handlers.context, name, (const char *const *)attributes, count))
    stop(self, CEXPAT_STOPPED);
}

static void on_end(void *context, const XML_Char *name) {
  (void)name;
  cexpat_parser *self = context;
  if (self->outcome != CEXPAT_OK) return;
  if (self->handlers.end(self->handlers.context)) stop(self, CEXPAT_STOPPED);
}

static void on_text(void *context, const XML_Char *text, int count) {
  cexpat_parser *self = context;
  if (self->outcome != CEXPAT_OK) return;
  if (self->handlers.text(self->handlers.context, (const uint8_t *)text, count))
    stop(self, CEXPAT_STOPPED);
}

static void on_doctype(void *context, const XML_Char *name, const XML_Char *system,
                       const XML_Char *public, int has_internal_subset) {
  (void)name, (void)system, (void)public, (void)has_internal_subset;
  stop(context, CEXPAT_DOCTYPE);
}

cexpat_parser *cexpat_open(const cexpat_handlers *handlers) {
  cexpat_parser *self = calloc(1, sizeof *self);
  if (self == NULL) return NULL;
  self->parser = XML_ParserCreateNS("UTF-8", '\x1F');
  if (self->parser == NULL) {
    free(self);
    return NULL;
  }
  self->handlers = *handlers;
  XML_SetUserData(self->parser, self);
  XML_SetElementHandler(self->parser, on_start, on_end);
  XML_SetCharacterDataHandler(self->parser, on_text);
  XML_SetStartDoctypeDeclHandler(self->parser, on_doctype);
  return self;
}

int32_t cexpat_feed(cexpat_parser *self, const uint8_t *bytes, int32_t count, int32_t is_final) {
  enum XML_Status status = XML_Parse(self->parser, (const char *)bytes, count, is_final);
  if (self->outcome != CEXPAT_OK) return self->outcome;
  if (status == XML_STATUS_OK) return CEXPAT_OK;
  return self->outcome = CEXPAT_MALFORMED;
}

uint64_t cexpat_line(cexpat_parser *self) { return XML_GetCurrentLineNumber(self->parser); }

uint64_t cexpat_column(cexpat_parser *self) { return XML_GetCurrentColumnNumber(self->parser) + 1; }

const char *cexpat_problem(cexpat_parser *self) {
  const char *text = XML_ErrorString(XML_GetErrorCode(self->parser));
  return text != NULL ? text : "unknown";
}

void cexpat_close(cexpat_parser *self) {
  XML_ParserFree(self->parser);
  free(self);
}
