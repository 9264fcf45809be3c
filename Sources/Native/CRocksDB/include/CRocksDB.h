// RocksDB as flat C functions: no exception, C++ type or global crosses. rocksdb/c.h is included
// for what it has and for measuring beside it; the functions below exist because it lacks status
// codes, environments of our own, listeners, the write-buffer manager and batched reading.
#pragma once
#include <features.h>
#include <rocksdb/c.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// How a call ended. `message` is NULL or text to be given to `crocks_free`.
typedef struct {
  int32_t code;      // CROCKS_* below
  int32_t subcode;   // CROCKS_SUB_* below
  int32_t severity;  // of a background error: 0 none, 1 soft, 2 hard, 3 fatal, 4 unrecoverable
  char *message;
} crocks_status;

typedef enum {
  CROCKS_OK = 0,
  CROCKS_NOT_FOUND = 1,
  CROCKS_CORRUPTION = 2,
  CROCKS_NOT_SUPPORTED = 3,
  CROCKS_INVALID_ARGUMENT = 4,
  CROCKS_IO_ERROR = 5,
  CROCKS_INCOMPLETE = 7,
  CROCKS_SHUTDOWN = 8,
  CROCKS_TIMED_OUT = 9,
  CROCKS_ABORTED = 10,
  CROCKS_BUSY = 11,
  CROCKS_TRY_AGAIN = 13,
  CROCKS_FAMILY_DROPPED = 15,
} crocks_code;

typedef enum {
  CROCKS_SUB_NO_SPACE = 4,
  CROCKS_SUB_SPACE_LIMIT = 8,
  CROCKS_SUB_PATH_NOT_FOUND = 9,
} crocks_subcode;

typedef struct {
  const uint8_t *bytes;
  uint64_t count;
} crocks_slice;

void crocks_free(void *memory);

// Memory: a block cache, and a limit on write buffers that is counted inside it

typedef struct crocks_memory crocks_memory;
crocks_memory *crocks_memory_create(
    uint64_t cache_bytes, uint64_t write_buffer_bytes, int32_t stalls_when_full);
void crocks_memory_destroy(crocks_memory *memory);
uint64_t crocks_memory_cache_used(const crocks_memory *memory);
uint64_t crocks_memory_cache_pinned(const crocks_memory *memory);
uint64_t crocks_memory_buffers_used(const crocks_memory *memory);

// The store

typedef struct crocks_store crocks_store;
typedef struct crocks_family crocks_family;

/// A data key of the encrypted environment.
typedef struct {
  uint8_t id[16];
  uint8_t key[32];
} crocks_key;

typedef struct {
  const char *path;
  crocks_memory *memory;
  int32_t creates;
  int32_t read_only;
  int32_t direct_io;
  int32_t background_jobs;
  int32_t open_files;
  int32_t statistics;
  uint64_t wal_bytes;
  uint64_t compaction_bytes_per_second;  // 0: no limit
  uint64_t sync_every_bytes;
  /// The first encrypts new files, all of them decrypt; none: files are plain.
  const crocks_key *keys;
  uint64_t key_count;
} crocks_store_options;

enum { CROCKS_PLAIN = 0, CROCKS_LZ4 = 1, CROCKS_ZSTD = 2 };

typedef struct {
  const char *name;
  uint64_t prefix_bytes;  // fixed-length prefix extractor; 0: none
  int32_t bloom_bits;     // a key; 0: no filter
  int32_t compression;    // CROCKS_PLAIN, _LZ4, _ZSTD
  int32_t bottom_compression;
  uint64_t write_buffer_bytes;
  uint64_t block_bytes;
  uint64_t file_bytes;
  int32_t stall_files;  // level-0 files that slow writes down; 0: the library's choice
} crocks_family_options;

/// Opens or creates the store. Families on disk that `families` does not name are opened with plain
/// options. `listed` receives every open family, `listed_count` how many; free it with crocks_free.
crocks_store *crocks_open(
    const crocks_store_options *options, const crocks_family_options *families,
    uint64_t family_count, crocks_family ***listed, uint64_t *listed_count, crocks_status *status);
/// Closes; every family, snapshot and scan must have been released.
void crocks_close(crocks_store *store, crocks_status *status);
/// Removes a closed store's files.
void crocks_destroy(const char *path, crocks_status *status);

const char *crocks_family_name(const crocks_family *family);
uint32_t crocks_family_id(const crocks_family *family);
crocks_family *crocks_family_create(
    crocks_store *store, const crocks_family_options *options, crocks_status *status);
/// Marks the family as dropped; its files go when the last holder releases it.
void crocks_family_drop(crocks_store *store, crocks_family *family, crocks_status *status);
void crocks_family_release(crocks_store *store, crocks_family *family);

// Writing

/// Writes the records of one batch in RocksDB's own batch format (12-byte header and records).
void crocks_write(
    crocks_store *store, const uint8_t *batch, uint64_t count, int32_t synced, int32_t logged,
    int32_t no_stall, uint64_t *sequence, crocks_status *status);
void crocks_sync_log(crocks_store *store, crocks_status *status);

/// Batches put together over the store, readable before they are written.
typedef struct crocks_overlay crocks_overlay;
crocks_overlay *crocks_overlay_create(crocks_store *store);
void crocks_overlay_destroy(crocks_overlay *overlay);
void crocks_overlay_append(
    crocks_overlay *overlay, const uint8_t *batch, uint64_t count, crocks_status *status);
/// The value as the overlay would leave it; free `value` with crocks_free. NOT_FOUND when there
/// is none.
void crocks_overlay_get(
    crocks_overlay *overlay, crocks_family *family, const uint8_t *key, uint64_t key_count,
    uint8_t **value, uint64_t *count, crocks_status *status);
/// Records at or after `lower` and before `upper` (no bound when `upper_count` is 0) as the overlay
/// would leave them, at most `count_max`: in the layout of crocks_scan_fill. Free `records` with
/// crocks_free.
void crocks_overlay_scan(
    crocks_overlay *overlay, crocks_family *family, const uint8_t *lower, uint64_t lower_count,
    const uint8_t *upper, uint64_t upper_count, uint64_t count_max, uint8_t **records,
    uint64_t *bytes, crocks_status *status);
uint64_t crocks_overlay_count(const crocks_overlay *overlay);
void crocks_overlay_write(
    crocks_overlay *overlay, int32_t synced, int32_t logged, uint64_t *sequence,
    crocks_status *status);

// Reading

/// Room for a value that is pinned where the library holds it. Must not move while it is held.
typedef struct {
  uint64_t words[16];
} crocks_pinned;

typedef struct crocks_snapshot crocks_snapshot;
crocks_snapshot *crocks_snapshot_create(crocks_store *store);
uint64_t crocks_snapshot_sequence(const crocks_snapshot *snapshot);
void crocks_snapshot_release(crocks_store *store, crocks_snapshot *snapshot);
uint64_t crocks_sequence(const crocks_store *store);

/// Initializes `pinned` in every case; `crocks_unpin` ends it. With `cached_only` INCOMPLETE says
/// that the answer needs the disk.
void crocks_get(
    crocks_store *store, crocks_family *family, const crocks_snapshot *snapshot,
    const uint8_t *key, uint64_t key_count, int32_t cached_only, crocks_pinned *pinned,
    crocks_slice *value, crocks_status *status);
void crocks_unpin(crocks_pinned *pinned);

/// Looks up `count` keys, in ascending order when `sorted`. Values go one after the other into
/// `*values` (free it); offsets[i]..<offsets[i + 1] is the value of key i, missing[i] says that
/// there is none.
void crocks_multi_get(
    crocks_store *store, crocks_family *family, const crocks_snapshot *snapshot,
    const uint8_t *keys, const uint64_t *key_offsets, uint64_t count, int32_t sorted,
    int32_t cached_only, uint8_t **values, uint64_t *offsets, uint8_t *missing,
    crocks_status *status);

typedef struct crocks_scan crocks_scan;
typedef enum {
  CROCKS_SCAN_REVERSE = 1,
  CROCKS_SCAN_KEYS_ONLY = 2,
  CROCKS_SCAN_NO_FILL_CACHE = 4,
  CROCKS_SCAN_PREFIX = 8,  // stays within the prefix of the lower bound: may use the prefix filter
} crocks_scan_flag;
/// An iterator over lower..<upper; a slice with NULL bytes is no bound.
crocks_scan *crocks_scan_create(
    crocks_store *store, crocks_family *family, const crocks_snapshot *snapshot,
    crocks_slice lower, crocks_slice upper, uint32_t flags, uint64_t readahead_bytes);
void crocks_scan_destroy(crocks_scan *scan);
/// Copies records into `target`: key length and value length as 32-bit little-endian words, then
/// the key, then the value; until `capacity`, `count_max` or the end. `next_bytes` is what the
/// next record needs when it did not fit into an empty target, and `is_done` says that there is
/// no next one.
void crocks_scan_fill(
    crocks_scan *scan, uint8_t *target, uint64_t capacity, uint64_t count_max, uint64_t *filled,
    uint64_t *count, uint64_t *next_bytes, int32_t *is_done, crocks_status *status);
/// Cursor moves; each answers 1 when the scan stands on a record.
int32_t crocks_scan_first(crocks_scan *scan);
int32_t crocks_scan_last(crocks_scan *scan);
int32_t crocks_scan_seek(crocks_scan *scan, const uint8_t *key, uint64_t count);
int32_t crocks_scan_seek_back(crocks_scan *scan, const uint8_t *key, uint64_t count);
int32_t crocks_scan_next(crocks_scan *scan);
int32_t crocks_scan_previous(crocks_scan *scan);
void crocks_scan_record(const crocks_scan *scan, crocks_slice *key, crocks_slice *value);
void crocks_scan_status(const crocks_scan *scan, crocks_status *status);
/// Moves the iterator to the present state of the store; not for one over a snapshot.
void crocks_scan_refresh(crocks_scan *scan, crocks_status *status);

// Upkeep

void crocks_flush(crocks_store *store, crocks_family *family, crocks_status *status);
void crocks_compact(
    crocks_store *store, crocks_family *family, crocks_slice lower, crocks_slice upper,
    int32_t rewrites_bottom, crocks_status *status);
/// Waits until no flush or compaction runs or is wanted; TIMED_OUT after `milliseconds_max`.
void crocks_wait_for_compaction(
    crocks_store *store, uint64_t milliseconds_max, crocks_status *status);
/// Gives the files back that lie wholly inside lower..<upper.
void crocks_delete_files(
    crocks_store *store, crocks_family *family, crocks_slice lower, crocks_slice upper,
    crocks_status *status);
/// Takes the store out of the read-only state that a background error put it in.
void crocks_resume(crocks_store *store, crocks_status *status);
void crocks_checkpoint(crocks_store *store, const char *path, crocks_status *status);
void crocks_approximate_size(
    crocks_store *store, crocks_family *family, crocks_slice lower, crocks_slice upper,
    uint64_t *bytes, crocks_status *status);
/// A property that is a number; 0 when the library does not know it.
uint64_t crocks_number(crocks_store *store, crocks_family *family, const char *property);
/// The last warnings and errors of the library's log, newest last; free it with crocks_free.
char *crocks_messages(crocks_store *store);

void crocks_backup_create(crocks_store *store, const char *directory, crocks_status *status);
typedef struct {
  uint32_t id;
  uint32_t file_count;
  int64_t seconds;  // since 1970
  uint64_t bytes;
} crocks_backup;
/// Backups in `directory`, oldest first; free `*backups`.
void crocks_backup_list(
    const char *directory, const crocks_key *keys, uint64_t key_count, crocks_backup **backups,
    uint64_t *count, crocks_status *status);
void crocks_backup_verify(
    const char *directory, const crocks_key *keys, uint64_t key_count, uint32_t id,
    crocks_status *status);
/// Writes backup `id` (0: the newest) as a store at `path`.
void crocks_backup_restore(
    const char *directory, const crocks_key *keys, uint64_t key_count, uint32_t id,
    const char *path, crocks_status *status);
void crocks_backup_keep(
    const char *directory, const crocks_key *keys, uint64_t key_count, uint32_t newest,
    crocks_status *status);

typedef struct crocks_table_writer crocks_table_writer;
/// Writes a table file for `crocks_ingest`; keys come in ascending order.
crocks_table_writer *crocks_table_create(
    crocks_store *store, crocks_family *family, const char *path, crocks_status *status);
void crocks_table_put(
    crocks_table_writer *writer, crocks_slice key, crocks_slice value, crocks_status *status);
void crocks_table_finish(crocks_table_writer *writer, uint64_t *bytes, crocks_status *status);
void crocks_table_destroy(crocks_table_writer *writer);
void crocks_ingest(
    crocks_store *store, crocks_family *family, const char *const *paths, uint64_t count,
    int32_t moves, crocks_status *status);

// Counters

/// What the listener has seen since the store was opened.
typedef struct {
  uint64_t flushes;
  uint64_t compactions;
  uint64_t compaction_read_bytes;
  uint64_t compaction_written_bytes;
  uint64_t stalls;  // times that writes were slowed down or stopped
  uint64_t background_errors;
  uint64_t recoveries;
} crocks_events;
void crocks_events_read(const crocks_store *store, crocks_events *events);

typedef enum {
  CROCKS_TICK_CACHE_HIT = 0,
  CROCKS_TICK_CACHE_MISS,
  CROCKS_TICK_MEMTABLE_HIT,
  CROCKS_TICK_MEMTABLE_MISS,
  CROCKS_TICK_BLOOM_USEFUL,
  CROCKS_TICK_KEYS_READ,
  CROCKS_TICK_KEYS_WRITTEN,
  CROCKS_TICK_BYTES_READ,
  CROCKS_TICK_BYTES_WRITTEN,
  CROCKS_TICK_LOG_SYNCS,
  CROCKS_TICK_LOG_BYTES,
  CROCKS_TICK_STALL_MICROSECONDS,
  CROCKS_TICK_SEEKS,
  CROCKS_TICK_NEXTS,
  CROCKS_TICK_COUNT,
} crocks_tick;
/// Fills `ticks` (CROCKS_TICK_COUNT words); zeros when the store keeps no statistics.
void crocks_ticks_read(const crocks_store *store, uint64_t *ticks);

// Faults, for tests: the file system of this process answers "no space left" once the stores below
// `path` have written so many more bytes. A negative number lifts the limit.
void crocks_simulate_free_bytes(crocks_store *store, int64_t bytes);

#ifdef __cplusplus
}
#endif
