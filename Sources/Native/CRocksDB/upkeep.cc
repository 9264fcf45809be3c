// Flushes, compactions, checkpoints, backups, table files and counters.
#include "internal.hh"

#include <rocksdb/convenience.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/utilities/backup_engine.h>
#include <rocksdb/utilities/checkpoint.h>

#include <chrono>

using namespace rocksdb;

struct crocks_table_writer {
  std::unique_ptr<SstFileWriter> writer;
};

namespace {

/// NULL for "no bound".
const Slice *bound(crocks_slice from, Slice *storage) {
  if (from.bytes == nullptr) return nullptr;
  *storage = crocks::slice(from);
  return storage;
}

/// An environment of the given keys, for backups that no open store stands behind.
struct KeyedEnvironment {
  std::unique_ptr<Env> env;
  KeyedEnvironment(const crocks_key *keys, uint64_t count)
      : env(NewCompositeEnv(crocks::make_file_system(
            crocks::copy_keys(keys, count), std::make_shared<crocks::SpaceLimit>()))) {}
};

Status open_backups(Env *env, const std::string &directory, std::unique_ptr<BackupEngine> *engine) {
  BackupEngineOptions options(directory);
  options.backup_env = env;
  options.share_files_with_checksum = true;
  options.max_background_operations = 2;
  BackupEngine *opened = nullptr;
  Status status = BackupEngine::Open(env, options, &opened);
  engine->reset(opened);
  return status;
}

}  // namespace

void crocks_flush(crocks_store *store, crocks_family *family, crocks_status *status) {
  FlushOptions options;
  options.wait = true;
  options.allow_write_stall = true;
  crocks::report(store->db->Flush(options, family->handle), status);
}

void crocks_compact(
    crocks_store *store, crocks_family *family, crocks_slice lower, crocks_slice upper,
    int32_t rewrites_bottom, crocks_status *status) {
  CompactRangeOptions options;
  options.exclusive_manual_compaction = false;
  options.bottommost_level_compaction = rewrites_bottom
                                            ? BottommostLevelCompaction::kForceOptimized
                                            : BottommostLevelCompaction::kIfHaveCompactionFilter;
  Slice from, to;
  crocks::report(
      store->db->CompactRange(options, family->handle, bound(lower, &from), bound(upper, &to)),
      status);
}

void crocks_wait_for_compaction(
    crocks_store *store, uint64_t milliseconds_max, crocks_status *status) {
  using namespace std::chrono;
  static const std::string watched[] = {
      DB::Properties::kMemTableFlushPending, DB::Properties::kCompactionPending};
  static const std::string running[] = {
      DB::Properties::kNumRunningFlushes, DB::Properties::kNumRunningCompactions};
  auto deadline = steady_clock::now() + milliseconds(milliseconds_max);
  while (true) {
    uint64_t wanted = 0, number = 0;
    for (const std::string &name : watched) {
      if (store->db->GetAggregatedIntProperty(name, &number)) wanted += number;
    }
    for (const std::string &name : running) {
      if (store->db->GetIntProperty(name, &number)) wanted += number;
    }
    if (wanted == 0) {
      *status = crocks_status{};
      return;
    }
    if (steady_clock::now() >= deadline) {
      crocks::report(Status::TimedOut("compactions still run or are wanted"), status);
      return;
    }
    // The listener is called a little before the numbers change: look again soon in any case.
    std::unique_lock<std::mutex> lock(store->events->mutex);
    store->events->changed.wait_for(lock, milliseconds(5));
  }
}

void crocks_delete_files(
    crocks_store *store, crocks_family *family, crocks_slice lower, crocks_slice upper,
    crocks_status *status) {
  Slice from, to;
  crocks::report(
      DeleteFilesInRange(store->db, family->handle, bound(lower, &from), bound(upper, &to), false),
      status);
}

void crocks_resume(crocks_store *store, crocks_status *status) {
  crocks::report(store->db->Resume(), status);
}

void crocks_checkpoint(crocks_store *store, const char *path, crocks_status *status) {
  Checkpoint *checkpoint = nullptr;
  Status made = Checkpoint::Create(store->db, &checkpoint);
  if (made.ok()) made = checkpoint->CreateCheckpoint(path);
  delete checkpoint;
  crocks::report(made, status);
}

void crocks_approximate_size(
    crocks_store *store, crocks_family *family, crocks_slice lower, crocks_slice upper,
    uint64_t *bytes, crocks_status *status) {
  Range range(crocks::slice(lower), crocks::slice(upper));
  SizeApproximationOptions options;
  options.include_memtables = true;
  crocks::report(
      store->db->GetApproximateSizes(options, family->handle, &range, 1, bytes), status);
}

uint64_t crocks_number(crocks_store *store, crocks_family *family, const char *property) {
  uint64_t number = 0;
  if (!store->db->GetIntProperty(family->handle, property, &number)) return 0;
  return number;
}

char *crocks_messages(crocks_store *store) { return strdup(store->log->text().c_str()); }

void crocks_backup_create(crocks_store *store, const char *directory, crocks_status *status) {
  std::unique_ptr<BackupEngine> engine;
  Status made = open_backups(store->env.get(), directory, &engine);
  if (made.ok()) made = engine->CreateNewBackup(store->db, true);
  crocks::report(made, status);
}

void crocks_backup_list(
    const char *directory, const crocks_key *keys, uint64_t key_count, crocks_backup **backups,
    uint64_t *count, crocks_status *status) {
  KeyedEnvironment environment(keys, key_count);
  std::unique_ptr<BackupEngine> engine;
  Status opened = open_backups(environment.env.get(), directory, &engine);
  crocks::report(opened, status);
  *backups = nullptr;
  *count = 0;
  if (!opened.ok()) return;
  std::vector<BackupInfo> infos;
  engine->GetBackupInfo(&infos);
  *count = infos.size();
  *backups = static_cast<crocks_backup *>(malloc((infos.size() + 1) * sizeof(crocks_backup)));
  for (size_t i = 0; i < infos.size(); i++) {
    (*backups)[i] = crocks_backup{
        infos[i].backup_id, infos[i].number_files, infos[i].timestamp, infos[i].size};
  }
}

void crocks_backup_verify(
    const char *directory, const crocks_key *keys, uint64_t key_count, uint32_t id,
    crocks_status *status) {
  KeyedEnvironment environment(keys, key_count);
  std::unique_ptr<BackupEngine> engine;
  Status done = open_backups(environment.env.get(), directory, &engine);
  if (done.ok()) done = engine->VerifyBackup(id, true);
  crocks::report(done, status);
}

void crocks_backup_restore(
    const char *directory, const crocks_key *keys, uint64_t key_count, uint32_t id,
    const char *path, crocks_status *status) {
  KeyedEnvironment environment(keys, key_count);
  std::unique_ptr<BackupEngine> engine;
  Status done = open_backups(environment.env.get(), directory, &engine);
  if (done.ok()) {
    done = id == 0 ? engine->RestoreDBFromLatestBackup(path, path)
                   : engine->RestoreDBFromBackup(id, path, path);
  }
  crocks::report(done, status);
}

void crocks_backup_keep(
    const char *directory, const crocks_key *keys, uint64_t key_count, uint32_t newest,
    crocks_status *status) {
  KeyedEnvironment environment(keys, key_count);
  std::unique_ptr<BackupEngine> engine;
  Status done = open_backups(environment.env.get(), directory, &engine);
  if (done.ok()) done = engine->PurgeOldBackups(newest);
  crocks::report(done, status);
}

crocks_table_writer *crocks_table_create(
    crocks_store *store, crocks_family *family, const char *path, crocks_status *status) {
  auto writer = std::make_unique<crocks_table_writer>();
  Options options = store->db->GetOptions(family->handle);
  writer->writer = std::make_unique<SstFileWriter>(EnvOptions(), options, family->handle);
  Status opened = writer->writer->Open(path);
  crocks::report(opened, status);
  return opened.ok() ? writer.release() : nullptr;
}
void crocks_table_put(
    crocks_table_writer *writer, crocks_slice key, crocks_slice value, crocks_status *status) {
  crocks::report(writer->writer->Put(crocks::slice(key), crocks::slice(value)), status);
}
void crocks_table_finish(crocks_table_writer *writer, uint64_t *bytes, crocks_status *status) {
  crocks::report(writer->writer->Finish(), status);
  *bytes = writer->writer->FileSize();
}
void crocks_table_destroy(crocks_table_writer *writer) { delete writer; }

void crocks_ingest(
    crocks_store *store, crocks_family *family, const char *const *paths, uint64_t count,
    int32_t moves, crocks_status *status) {
  IngestExternalFileOptions options;
  options.move_files = moves;
  std::vector<std::string> files(paths, paths + count);
  crocks::report(store->db->IngestExternalFile(family->handle, files, options), status);
}

void crocks_events_read(const crocks_store *store, crocks_events *events) {
  const crocks::Events &seen = *store->events;
  *events = crocks_events{seen.flushes, seen.compactions, seen.read_bytes, seen.written_bytes,
                          seen.stalls,  seen.errors,      seen.recoveries};
}

void crocks_ticks_read(const crocks_store *store, uint64_t *ticks) {
  static const Tickers sources[CROCKS_TICK_COUNT] = {
      BLOCK_CACHE_HIT,    BLOCK_CACHE_MISS,    MEMTABLE_HIT,  MEMTABLE_MISS,
      BLOOM_FILTER_USEFUL, NUMBER_KEYS_READ,   NUMBER_KEYS_WRITTEN, BYTES_READ,
      BYTES_WRITTEN,      WAL_FILE_SYNCED,     WAL_FILE_BYTES, STALL_MICROS,
      NUMBER_DB_SEEK,     NUMBER_DB_NEXT,
  };
  const std::shared_ptr<Statistics> &statistics = store->options.statistics;
  for (int i = 0; i < CROCKS_TICK_COUNT; i++) {
    ticks[i] = statistics ? statistics->getTickerCount(sources[i]) : 0;
  }
}

void crocks_simulate_free_bytes(crocks_store *store, int64_t bytes) { store->space->bytes = bytes; }
