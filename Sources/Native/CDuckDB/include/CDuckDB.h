// The part of DuckDB's C interface 1.5.5 that Columnar calls. Names, layouts and numbers are those
// of the library's binary interface; a test compares every name with the library's symbols.
#pragma once
#include <features.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Handles. Each is created by the library and given back by its destroy function.

typedef struct cduckdb_database *duckdb_database;
typedef struct cduckdb_connection *duckdb_connection;
typedef struct cduckdb_config *duckdb_config;
typedef struct cduckdb_prepared_statement *duckdb_prepared_statement;
typedef struct cduckdb_extracted_statements *duckdb_extracted_statements;
typedef struct cduckdb_pending_result *duckdb_pending_result;
typedef struct cduckdb_appender *duckdb_appender;
typedef struct cduckdb_data_chunk *duckdb_data_chunk;
typedef struct cduckdb_vector *duckdb_vector;
typedef struct cduckdb_logical_type *duckdb_logical_type;
typedef struct cduckdb_value *duckdb_value;
typedef struct cduckdb_error_data *duckdb_error_data;
typedef struct cduckdb_table_function *duckdb_table_function;
typedef struct cduckdb_scalar_function *duckdb_scalar_function;
typedef struct cduckdb_bind_info *duckdb_bind_info;
typedef struct cduckdb_init_info *duckdb_init_info;
typedef struct cduckdb_function_info *duckdb_function_info;

// Values as they lie in memory

typedef struct {
  uint64_t lower;
  int64_t upper;
} duckdb_hugeint;

typedef struct {
  uint8_t width;
  uint8_t scale;
  duckdb_hugeint value;
} duckdb_decimal;

typedef struct {
  int32_t months;
  int32_t days;
  int64_t micros;
} duckdb_interval;

/// Where the elements of one list lie in the child vector.
typedef struct {
  uint64_t offset;
  uint64_t length;
} duckdb_list_entry;

/// A string in a vector: up to 12 bytes in place, behind the length; of a longer one the first 4
/// bytes and the address of all of it.
typedef struct {
  uint32_t length;
  uint32_t prefix;
  uint64_t address;
} duckdb_string_t;

typedef struct {
  double percentage;
  uint64_t rows_processed;
  uint64_t total_rows_to_process;
} duckdb_query_progress_type;

/// A result is passed around by value; only the last word is meant.
typedef struct {
  uint64_t retired_counts[3];
  void *retired_pointers[2];
  void *internal_data;
} duckdb_result;

_Static_assert(sizeof(duckdb_hugeint) == 16, "hugeint");
_Static_assert(sizeof(duckdb_decimal) == 24, "decimal");
_Static_assert(sizeof(duckdb_interval) == 16, "interval");
_Static_assert(sizeof(duckdb_list_entry) == 16, "list entry");
_Static_assert(sizeof(duckdb_string_t) == 16, "string");
_Static_assert(sizeof(duckdb_result) == 48, "result");

// Numbers

typedef int32_t duckdb_state;  // 0: done, 1: failed

typedef int32_t duckdb_type;
enum {
  DUCKDB_TYPE_INVALID = 0,
  DUCKDB_TYPE_BOOLEAN = 1,
  DUCKDB_TYPE_TINYINT = 2,
  DUCKDB_TYPE_SMALLINT = 3,
  DUCKDB_TYPE_INTEGER = 4,
  DUCKDB_TYPE_BIGINT = 5,
  DUCKDB_TYPE_UTINYINT = 6,
  DUCKDB_TYPE_USMALLINT = 7,
  DUCKDB_TYPE_UINTEGER = 8,
  DUCKDB_TYPE_UBIGINT = 9,
  DUCKDB_TYPE_FLOAT = 10,
  DUCKDB_TYPE_DOUBLE = 11,
  DUCKDB_TYPE_TIMESTAMP = 12,  // microseconds
  DUCKDB_TYPE_DATE = 13,
  DUCKDB_TYPE_TIME = 14,
  DUCKDB_TYPE_INTERVAL = 15,
  DUCKDB_TYPE_HUGEINT = 16,
  DUCKDB_TYPE_VARCHAR = 17,
  DUCKDB_TYPE_BLOB = 18,
  DUCKDB_TYPE_DECIMAL = 19,
  DUCKDB_TYPE_TIMESTAMP_S = 20,
  DUCKDB_TYPE_TIMESTAMP_MS = 21,
  DUCKDB_TYPE_TIMESTAMP_NS = 22,
  DUCKDB_TYPE_ENUM = 23,
  DUCKDB_TYPE_LIST = 24,
  DUCKDB_TYPE_STRUCT = 25,
  DUCKDB_TYPE_MAP = 26,
  DUCKDB_TYPE_UUID = 27,
  DUCKDB_TYPE_UNION = 28,
  DUCKDB_TYPE_BIT = 29,
  DUCKDB_TYPE_TIME_TZ = 30,
  DUCKDB_TYPE_TIMESTAMP_TZ = 31,
  DUCKDB_TYPE_UHUGEINT = 32,
  DUCKDB_TYPE_ARRAY = 33,
  DUCKDB_TYPE_ANY = 34,
};

/// The class of an error; Columnar names them.
typedef int32_t duckdb_error_type;

/// What a statement gives back.
typedef int32_t duckdb_result_type;
enum {
  DUCKDB_RESULT_TYPE_CHANGED_ROWS = 1,
  DUCKDB_RESULT_TYPE_NOTHING = 2,
  DUCKDB_RESULT_TYPE_QUERY_RESULT = 3,
};

typedef void (*duckdb_delete_callback_t)(void *data);
typedef void (*duckdb_table_function_bind_t)(duckdb_bind_info info);
typedef void (*duckdb_table_function_init_t)(duckdb_init_info info);
typedef void (*duckdb_table_function_t)(duckdb_function_info info, duckdb_data_chunk output);
typedef void (*duckdb_scalar_function_t)(
    duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output);

// Databases and connections

const char *duckdb_library_version(void);
duckdb_state duckdb_create_config(duckdb_config *config);
duckdb_state duckdb_set_config(duckdb_config config, const char *name, const char *value);
void duckdb_destroy_config(duckdb_config *config);
duckdb_state duckdb_open_ext(
    const char *path, duckdb_database *database, duckdb_config config, char **error);
void duckdb_close(duckdb_database *database);
duckdb_state duckdb_connect(duckdb_database database, duckdb_connection *connection);
void duckdb_disconnect(duckdb_connection *connection);
/// Safe from any thread, like the next.
void duckdb_interrupt(duckdb_connection connection);
duckdb_query_progress_type duckdb_query_progress(duckdb_connection connection);
void duckdb_free(void *memory);
uint64_t duckdb_vector_size(void);

// Statements

uint64_t duckdb_extract_statements(
    duckdb_connection connection, const char *text, duckdb_extracted_statements *statements);
const char *duckdb_extract_statements_error(duckdb_extracted_statements statements);
duckdb_state duckdb_prepare_extracted_statement(
    duckdb_connection connection, duckdb_extracted_statements statements, uint64_t index,
    duckdb_prepared_statement *statement);
void duckdb_destroy_extracted(duckdb_extracted_statements *statements);
duckdb_state duckdb_prepare(
    duckdb_connection connection, const char *text, duckdb_prepared_statement *statement);
const char *duckdb_prepare_error(duckdb_prepared_statement statement);
void duckdb_destroy_prepare(duckdb_prepared_statement *statement);
/// What kind of statement it is; the kinds that are told apart are below.
typedef int32_t duckdb_statement_type;
enum { DUCKDB_STATEMENT_TYPE_LOAD = 21 };  // LOAD and INSTALL
duckdb_statement_type duckdb_prepared_statement_type(duckdb_prepared_statement statement);
uint64_t duckdb_nparams(duckdb_prepared_statement statement);
duckdb_state duckdb_bind_parameter_index(
    duckdb_prepared_statement statement, uint64_t *index, const char *name);
uint64_t duckdb_prepared_statement_column_count(duckdb_prepared_statement statement);
/// Ours to free, whatever the library's own header says of const.
char *duckdb_prepared_statement_column_name(duckdb_prepared_statement statement, uint64_t index);
duckdb_logical_type duckdb_prepared_statement_column_logical_type(
    duckdb_prepared_statement statement, uint64_t index);

duckdb_state duckdb_clear_bindings(duckdb_prepared_statement statement);
duckdb_state duckdb_bind_null(duckdb_prepared_statement statement, uint64_t index);
duckdb_state duckdb_bind_boolean(duckdb_prepared_statement statement, uint64_t index, bool value);
duckdb_state duckdb_bind_int64(duckdb_prepared_statement statement, uint64_t index, int64_t value);
duckdb_state duckdb_bind_uint64(
    duckdb_prepared_statement statement, uint64_t index, uint64_t value);
duckdb_state duckdb_bind_hugeint(
    duckdb_prepared_statement statement, uint64_t index, duckdb_hugeint value);
duckdb_state duckdb_bind_decimal(
    duckdb_prepared_statement statement, uint64_t index, duckdb_decimal value);
duckdb_state duckdb_bind_double(duckdb_prepared_statement statement, uint64_t index, double value);
/// Days since 1970. The library takes a struct of this one number, as the next ones do.
duckdb_state duckdb_bind_date(duckdb_prepared_statement statement, uint64_t index, int32_t days);
/// Microseconds since midnight, or since 1970.
duckdb_state duckdb_bind_time(duckdb_prepared_statement statement, uint64_t index, int64_t micros);
duckdb_state duckdb_bind_timestamp(
    duckdb_prepared_statement statement, uint64_t index, int64_t micros);
duckdb_state duckdb_bind_timestamp_tz(
    duckdb_prepared_statement statement, uint64_t index, int64_t micros);
duckdb_state duckdb_bind_varchar_length(
    duckdb_prepared_statement statement, uint64_t index, const char *text, uint64_t count);
duckdb_state duckdb_bind_blob(
    duckdb_prepared_statement statement, uint64_t index, const void *bytes, uint64_t count);

// Execution and results

duckdb_state duckdb_pending_prepared(
    duckdb_prepared_statement statement, duckdb_pending_result *pending);
duckdb_state duckdb_pending_prepared_streaming(
    duckdb_prepared_statement statement, duckdb_pending_result *pending);
const char *duckdb_pending_error(duckdb_pending_result pending);
duckdb_state duckdb_execute_pending(duckdb_pending_result pending, duckdb_result *result);
void duckdb_destroy_pending(duckdb_pending_result *pending);
const char *duckdb_result_error(duckdb_result *result);
duckdb_error_type duckdb_result_error_type(duckdb_result *result);
duckdb_result_type duckdb_result_return_type(duckdb_result result);
uint64_t duckdb_rows_changed(duckdb_result *result);
uint64_t duckdb_column_count(duckdb_result *result);
const char *duckdb_column_name(duckdb_result *result, uint64_t index);
duckdb_logical_type duckdb_column_logical_type(duckdb_result *result, uint64_t index);
duckdb_data_chunk duckdb_fetch_chunk(duckdb_result result);
void duckdb_destroy_result(duckdb_result *result);

// Types

duckdb_logical_type duckdb_create_logical_type(duckdb_type type);
duckdb_logical_type duckdb_create_decimal_type(uint8_t width, uint8_t scale);
duckdb_logical_type duckdb_create_list_type(duckdb_logical_type element);
duckdb_logical_type duckdb_create_array_type(duckdb_logical_type element, uint64_t count);
duckdb_logical_type duckdb_create_map_type(duckdb_logical_type key, duckdb_logical_type value);
duckdb_logical_type duckdb_create_struct_type(
    duckdb_logical_type *types, const char **names, uint64_t count);
duckdb_logical_type duckdb_create_enum_type(const char **names, uint64_t count);
void duckdb_destroy_logical_type(duckdb_logical_type *type);
duckdb_type duckdb_get_type_id(duckdb_logical_type type);
uint8_t duckdb_decimal_width(duckdb_logical_type type);
uint8_t duckdb_decimal_scale(duckdb_logical_type type);
uint32_t duckdb_enum_dictionary_size(duckdb_logical_type type);
char *duckdb_enum_dictionary_value(duckdb_logical_type type, uint64_t index);
duckdb_logical_type duckdb_list_type_child_type(duckdb_logical_type type);
duckdb_logical_type duckdb_array_type_child_type(duckdb_logical_type type);
uint64_t duckdb_array_type_array_size(duckdb_logical_type type);
duckdb_logical_type duckdb_map_type_key_type(duckdb_logical_type type);
duckdb_logical_type duckdb_map_type_value_type(duckdb_logical_type type);
uint64_t duckdb_struct_type_child_count(duckdb_logical_type type);
char *duckdb_struct_type_child_name(duckdb_logical_type type, uint64_t index);
duckdb_logical_type duckdb_struct_type_child_type(duckdb_logical_type type, uint64_t index);

// Chunks and vectors

duckdb_data_chunk duckdb_create_data_chunk(duckdb_logical_type *types, uint64_t count);
void duckdb_destroy_data_chunk(duckdb_data_chunk *chunk);
void duckdb_data_chunk_reset(duckdb_data_chunk chunk);
uint64_t duckdb_data_chunk_get_column_count(duckdb_data_chunk chunk);
duckdb_vector duckdb_data_chunk_get_vector(duckdb_data_chunk chunk, uint64_t index);
uint64_t duckdb_data_chunk_get_size(duckdb_data_chunk chunk);
void duckdb_data_chunk_set_size(duckdb_data_chunk chunk, uint64_t count);
duckdb_logical_type duckdb_vector_get_column_type(duckdb_vector vector);
void *duckdb_vector_get_data(duckdb_vector vector);
uint64_t *duckdb_vector_get_validity(duckdb_vector vector);
void duckdb_vector_ensure_validity_writable(duckdb_vector vector);
/// Checks that text is UTF-8; the other does not.
void duckdb_vector_assign_string_element_len(
    duckdb_vector vector, uint64_t index, const char *bytes, uint64_t count);
void duckdb_unsafe_vector_assign_string_element_len(
    duckdb_vector vector, uint64_t index, const char *bytes, uint64_t count);
duckdb_vector duckdb_list_vector_get_child(duckdb_vector vector);
uint64_t duckdb_list_vector_get_size(duckdb_vector vector);
duckdb_state duckdb_list_vector_set_size(duckdb_vector vector, uint64_t count);
duckdb_state duckdb_list_vector_reserve(duckdb_vector vector, uint64_t count);
duckdb_vector duckdb_struct_vector_get_child(duckdb_vector vector, uint64_t index);
duckdb_vector duckdb_array_vector_get_child(duckdb_vector vector);

// Appenders

duckdb_state duckdb_appender_create_ext(
    duckdb_connection connection, const char *catalog, const char *schema, const char *table,
    duckdb_appender *appender);
uint64_t duckdb_appender_column_count(duckdb_appender appender);
duckdb_logical_type duckdb_appender_column_type(duckdb_appender appender, uint64_t index);
duckdb_state duckdb_append_data_chunk(duckdb_appender appender, duckdb_data_chunk chunk);
duckdb_state duckdb_appender_flush(duckdb_appender appender);
duckdb_state duckdb_appender_clear(duckdb_appender appender);
duckdb_error_data duckdb_appender_error_data(duckdb_appender appender);
duckdb_state duckdb_appender_destroy(duckdb_appender *appender);
duckdb_error_type duckdb_error_data_error_type(duckdb_error_data error);
const char *duckdb_error_data_message(duckdb_error_data error);
void duckdb_destroy_error_data(duckdb_error_data *error);

// Table functions

duckdb_table_function duckdb_create_table_function(void);
void duckdb_destroy_table_function(duckdb_table_function *function);
void duckdb_table_function_set_name(duckdb_table_function function, const char *name);
void duckdb_table_function_add_parameter(duckdb_table_function function, duckdb_logical_type type);
void duckdb_table_function_add_named_parameter(
    duckdb_table_function function, const char *name, duckdb_logical_type type);
void duckdb_table_function_set_extra_info(
    duckdb_table_function function, void *extra, duckdb_delete_callback_t destroy);
void duckdb_table_function_set_bind(
    duckdb_table_function function, duckdb_table_function_bind_t bind);
void duckdb_table_function_set_init(
    duckdb_table_function function, duckdb_table_function_init_t init);
void duckdb_table_function_set_local_init(
    duckdb_table_function function, duckdb_table_function_init_t init);
void duckdb_table_function_set_function(
    duckdb_table_function function, duckdb_table_function_t body);
void duckdb_table_function_supports_projection_pushdown(
    duckdb_table_function function, bool supported);
duckdb_state duckdb_register_table_function(
    duckdb_connection connection, duckdb_table_function function);
void *duckdb_bind_get_extra_info(duckdb_bind_info info);
void duckdb_bind_add_result_column(
    duckdb_bind_info info, const char *name, duckdb_logical_type type);
uint64_t duckdb_bind_get_parameter_count(duckdb_bind_info info);
duckdb_value duckdb_bind_get_parameter(duckdb_bind_info info, uint64_t index);
duckdb_value duckdb_bind_get_named_parameter(duckdb_bind_info info, const char *name);
void duckdb_bind_set_bind_data(
    duckdb_bind_info info, void *data, duckdb_delete_callback_t destroy);
void duckdb_bind_set_cardinality(duckdb_bind_info info, uint64_t count, bool exact);
void duckdb_bind_set_error(duckdb_bind_info info, const char *message);
void *duckdb_init_get_bind_data(duckdb_init_info info);
void duckdb_init_set_init_data(
    duckdb_init_info info, void *data, duckdb_delete_callback_t destroy);
uint64_t duckdb_init_get_column_count(duckdb_init_info info);
uint64_t duckdb_init_get_column_index(duckdb_init_info info, uint64_t index);
void duckdb_init_set_max_threads(duckdb_init_info info, uint64_t count);
void duckdb_init_set_error(duckdb_init_info info, const char *message);
void *duckdb_function_get_bind_data(duckdb_function_info info);
void *duckdb_function_get_init_data(duckdb_function_info info);
void *duckdb_function_get_local_init_data(duckdb_function_info info);
void duckdb_function_set_error(duckdb_function_info info, const char *message);

duckdb_logical_type duckdb_get_value_type(duckdb_value value);  // belongs to the value
bool duckdb_is_null_value(duckdb_value value);
int64_t duckdb_get_int64(duckdb_value value);
double duckdb_get_double(duckdb_value value);
bool duckdb_get_bool(duckdb_value value);
char *duckdb_get_varchar(duckdb_value value);
void duckdb_destroy_value(duckdb_value *value);

// Scalar functions

duckdb_scalar_function duckdb_create_scalar_function(void);
void duckdb_destroy_scalar_function(duckdb_scalar_function *function);
void duckdb_scalar_function_set_name(duckdb_scalar_function function, const char *name);
void duckdb_scalar_function_add_parameter(
    duckdb_scalar_function function, duckdb_logical_type type);
void duckdb_scalar_function_set_return_type(
    duckdb_scalar_function function, duckdb_logical_type type);
void duckdb_scalar_function_set_special_handling(duckdb_scalar_function function);
void duckdb_scalar_function_set_volatile(duckdb_scalar_function function);
void duckdb_scalar_function_set_extra_info(
    duckdb_scalar_function function, void *extra, duckdb_delete_callback_t destroy);
void duckdb_scalar_function_set_function(
    duckdb_scalar_function function, duckdb_scalar_function_t body);
duckdb_state duckdb_register_scalar_function(
    duckdb_connection connection, duckdb_scalar_function function);
void *duckdb_scalar_function_get_extra_info(duckdb_function_info info);
void duckdb_scalar_function_set_error(duckdb_function_info info, const char *message);
