#pragma once
#include <features.h>

#include <stddef.h>
#include <stdint.h>

// libpq as flat functions: connections that send statements in a pipeline and wait with a limit.
// The library is opened at its first use, so that who needs no PostgreSQL does not load it.

typedef struct cpostgres_connection cpostgres_connection;
typedef struct cpostgres_rows cpostgres_rows;

/// 0, or -1 when the library is not there.
int32_t cpostgres_start(void);

/// Connects, blocking; NULL when it cannot, and then `problem` says why.
///
/// `address` is a URL or libpq's keywords; `password` may be NULL. It is ready for pipelines.
cpostgres_connection *cpostgres_connect(
    const char *address, const char *password, int32_t seconds, char *problem, size_t room);
void cpostgres_close(cpostgres_connection *connection);

/// Runs a script, which may have many statements, and gives the first value of its last rows; NULL
/// when there is none. After a failure `problem` is not empty.
char *cpostgres_script(
    cpostgres_connection *connection, const char *text, char *problem, size_t room);
void cpostgres_free(char *text);

/// Whether the server is still there, as far as the socket shows without waiting: 1 or 0.
int32_t cpostgres_is_alive(cpostgres_connection *connection);

/// Queues one statement. `formats` has 1 for bytes and 0 for text; values that are NULL are nulls.
/// Rows come back in binary form. 0, or -1 when the connection is broken.
int32_t cpostgres_send(
    cpostgres_connection *connection, const char *text, int32_t count, const char *const *values,
    const int32_t *lengths, const int32_t *formats);
/// Queues the preparing of a statement under a name of the session.
int32_t cpostgres_prepare(cpostgres_connection *connection, const char *name, const char *text);
/// The same as `cpostgres_send` for a statement that was prepared.
int32_t cpostgres_send_prepared(
    cpostgres_connection *connection, const char *name, int32_t count, const char *const *values,
    const int32_t *lengths, const int32_t *formats);
/// Ends a transaction: statements since the last one happen together or not at all.
int32_t cpostgres_sync(cpostgres_connection *connection);

enum {
  /// A statement has ended; its rows are given.
  CPOSTGRES_ROWS = 0,
  /// A statement has failed; what it says is given.
  CPOSTGRES_FAILED = 1,
  /// A statement was left out, because one before it failed.
  CPOSTGRES_SKIPPED = 2,
  /// The transaction is over.
  CPOSTGRES_SYNCED = 3,
  CPOSTGRES_BROKEN = 4,
  CPOSTGRES_TIMED_OUT = 5,
};

/// Sends what is queued and waits for the next thing that the server says.
int32_t cpostgres_next(
    cpostgres_connection *connection, int32_t timeout_ms, cpostgres_rows **rows);
/// What is wrong with a connection.
const char *cpostgres_problem(const cpostgres_connection *connection);

int32_t cpostgres_row_count(const cpostgres_rows *rows);
/// NULL for a null.
const uint8_t *cpostgres_value(
    const cpostgres_rows *rows, int32_t row, int32_t column, int32_t *count);
/// A part of what a failed statement says, or NULL: 'C' SQLSTATE, 'M' message, 'D' detail,
/// 'n' constraint.
const char *cpostgres_field(const cpostgres_rows *rows, int32_t part);
void cpostgres_rows_free(cpostgres_rows *rows);
