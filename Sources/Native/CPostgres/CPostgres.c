#define _GNU_SOURCE
#include "CPostgres.h"

#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <postgresql/libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// libpq brings Kerberos, LDAP and their libraries with it.
#define POSTGRES_FUNCTIONS(each) each(PQconnectdbParams) each(PQfinish) each(PQstatus) \
  each(PQerrorMessage) each(PQsetNoticeProcessor) each(PQexec) each(PQsocket) \
  each(PQconsumeInput) each(PQisBusy) each(PQgetResult) each(PQflush) each(PQsetnonblocking) \
  each(PQenterPipelineMode) each(PQexitPipelineMode) each(PQpipelineSync) \
  each(PQsendQueryParams) each(PQsendPrepare) each(PQsendQueryPrepared) \
  each(PQresultStatus) each(PQresultErrorField) each(PQclear) \
  each(PQntuples) each(PQnfields) each(PQgetvalue) each(PQgetlength) each(PQgetisnull)

#define MEMBER(name) __typeof__(name) *name;
static struct {
  POSTGRES_FUNCTIONS(MEMBER)
} library;

struct cpostgres_connection {
  PGconn *handle;
  // A statement's result was given; its end is still to be read.
  int32_t is_inside;
};

int32_t cpostgres_start(void)
{
  void *handle = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
  if (handle == NULL) return -1;
#define FIND(name)                                         \
  library.name = (__typeof__(name) *)dlsym(handle, #name); \
  if (library.name == NULL) return -1;
  POSTGRES_FUNCTIONS(FIND)
  return 0;
}

static void ignore_notice(void *context, const char *message)
{
  (void)context;
  (void)message;
}

static void tell(char *problem, size_t room, const char *message)
{
  snprintf(problem, room, "%s", message);
  for (size_t end = strlen(problem); end > 0 && problem[end - 1] == '\n'; end -= 1) {
    problem[end - 1] = 0;
  }
}

cpostgres_connection *cpostgres_connect(
    const char *address, const char *password, int32_t seconds, char *problem, size_t room)
{
  char limit[16];
  snprintf(limit, sizeof limit, "%d", seconds);
  // No `options`: a pooler in transaction mode refuses what would be a state of the session.
  const char *names[] = {
    "dbname", "connect_timeout", "keepalives_idle", "keepalives_interval", "keepalives_count",
    "tcp_user_timeout", "fallback_application_name", "client_encoding",
    password == NULL ? NULL : "password", NULL,
  };
  const char *values[] = {
    address, limit, "10", "5", "3", "15000", "lakeworks", "UTF8", password, NULL,
  };
  PGconn *handle = library.PQconnectdbParams(names, values, 1);
  if (handle == NULL || library.PQstatus(handle) != CONNECTION_OK) {
    tell(problem, room, handle == NULL ? "out of memory" : library.PQerrorMessage(handle));
    if (handle != NULL) library.PQfinish(handle);
    return NULL;
  }
  library.PQsetNoticeProcessor(handle, ignore_notice, NULL);
  cpostgres_connection *connection = calloc(1, sizeof *connection);
  if (connection == NULL || library.PQsetnonblocking(handle, 1) != 0
      || library.PQenterPipelineMode(handle) != 1) {
    tell(problem, room, "the connection takes no pipeline");
    library.PQfinish(handle);
    free(connection);
    return NULL;
  }
  connection->handle = handle;
  return connection;
}

void cpostgres_close(cpostgres_connection *connection)
{
  library.PQfinish(connection->handle);
  free(connection);
}

char *cpostgres_script(
    cpostgres_connection *connection, const char *text, char *problem, size_t room)
{
  problem[0] = 0;
  PGconn *handle = connection->handle;
  if (library.PQexitPipelineMode(handle) != 1) {
    tell(problem, room, library.PQerrorMessage(handle));
    return NULL;
  }
  PGresult *result = library.PQexec(handle, text);
  ExecStatusType status = library.PQresultStatus(result);
  char *value = NULL;
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
    tell(problem, room, library.PQerrorMessage(handle));
  } else if (library.PQntuples(result) > 0 && library.PQnfields(result) > 0
             && !library.PQgetisnull(result, 0, 0)) {
    value = strdup(library.PQgetvalue(result, 0, 0));
  }
  library.PQclear(result);
  library.PQenterPipelineMode(handle);
  return value;
}

void cpostgres_free(char *text) { free(text); }

int32_t cpostgres_is_alive(cpostgres_connection *connection)
{
  PGconn *handle = connection->handle;
  if (library.PQstatus(handle) != CONNECTION_OK) return 0;
  struct pollfd entry = { .fd = library.PQsocket(handle), .events = POLLIN };
  if (poll(&entry, 1, 0) == 0) return 1;
  // Bytes that nobody asked for are a parting word, or the end.
  return library.PQconsumeInput(handle) == 1 && library.PQstatus(handle) == CONNECTION_OK
      && library.PQisBusy(handle);
}

int32_t cpostgres_send(
    cpostgres_connection *connection, const char *text, int32_t count, const char *const *values,
    const int32_t *lengths, const int32_t *formats)
{
  int sent = library.PQsendQueryParams(
      connection->handle, text, count, NULL, values, lengths, formats, 1);
  return sent == 1 ? 0 : -1;
}

int32_t cpostgres_prepare(cpostgres_connection *connection, const char *name, const char *text)
{
  return library.PQsendPrepare(connection->handle, name, text, 0, NULL) == 1 ? 0 : -1;
}

int32_t cpostgres_send_prepared(
    cpostgres_connection *connection, const char *name, int32_t count, const char *const *values,
    const int32_t *lengths, const int32_t *formats)
{
  int sent = library.PQsendQueryPrepared(
      connection->handle, name, count, values, lengths, formats, 1);
  return sent == 1 ? 0 : -1;
}

int32_t cpostgres_sync(cpostgres_connection *connection)
{
  return library.PQpipelineSync(connection->handle) == 1 ? 0 : -1;
}

static int64_t milliseconds(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// 0 when a result can be taken without waiting.
static int32_t wait_for_result(PGconn *handle, int32_t timeout_ms)
{
  int64_t end = milliseconds() + timeout_ms;
  while (1) {
    int unsent = library.PQflush(handle);
    if (unsent < 0) return CPOSTGRES_BROKEN;
    if (unsent == 0 && !library.PQisBusy(handle)) return 0;
    int64_t left = end - milliseconds();
    if (left <= 0) return CPOSTGRES_TIMED_OUT;
    struct pollfd entry = {
      .fd = library.PQsocket(handle),
      .events = unsent == 0 ? POLLIN : POLLIN | POLLOUT,
    };
    int ready = poll(&entry, 1, (int)left);
    if (ready < 0 && errno != EINTR) return CPOSTGRES_BROKEN;
    if (ready > 0 && (entry.revents & (POLLIN | POLLHUP | POLLERR)) != 0
        && library.PQconsumeInput(handle) != 1) {
      return CPOSTGRES_BROKEN;
    }
  }
}

int32_t cpostgres_next(
    cpostgres_connection *connection, int32_t timeout_ms, cpostgres_rows **rows)
{
  *rows = NULL;
  PGconn *handle = connection->handle;
  while (1) {
    int32_t code = wait_for_result(handle, timeout_ms);
    if (code != 0) return code;
    PGresult *result = library.PQgetResult(handle);
    if (result == NULL) {
      // The end of a statement; without one before it, nothing is under way.
      if (!connection->is_inside) return CPOSTGRES_BROKEN;
      connection->is_inside = 0;
      continue;
    }
    ExecStatusType status = library.PQresultStatus(result);
    if (status == PGRES_PIPELINE_SYNC) {
      library.PQclear(result);
      return CPOSTGRES_SYNCED;
    }
    connection->is_inside = 1;
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
      *rows = (cpostgres_rows *)result;
      return CPOSTGRES_ROWS;
    }
    if (status == PGRES_PIPELINE_ABORTED) {
      library.PQclear(result);
      return CPOSTGRES_SKIPPED;
    }
    *rows = (cpostgres_rows *)result;
    return library.PQstatus(handle) == CONNECTION_OK ? CPOSTGRES_FAILED : CPOSTGRES_BROKEN;
  }
}

const char *cpostgres_problem(const cpostgres_connection *connection)
{
  return library.PQerrorMessage(connection->handle);
}

int32_t cpostgres_row_count(const cpostgres_rows *rows)
{
  return library.PQntuples((const PGresult *)rows);
}

const uint8_t *cpostgres_value(
    const cpostgres_rows *rows, int32_t row, int32_t column, int32_t *count)
{
  const PGresult *result = (const PGresult *)rows;
  if (library.PQgetisnull(result, row, column)) return NULL;
  *count = library.PQgetlength(result, row, column);
  return (const uint8_t *)library.PQgetvalue(result, row, column);
}

const char *cpostgres_field(const cpostgres_rows *rows, int32_t part)
{
  return library.PQresultErrorField((const PGresult *)rows, part);
}

void cpostgres_rows_free(cpostgres_rows *rows) { library.PQclear((PGresult *)rows); }
