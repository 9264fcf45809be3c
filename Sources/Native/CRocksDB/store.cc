// Opening, closing, families, memory and status codes.
#include "internal.hh"

#include <rocksdb/filter_policy.h>
#include <rocksdb/rate_limiter.h>
#include <rocksdb/slice_transform.h>

using namespace rocksdb;

namespace crocks {

void report(const Status &from, crocks_status *to) {
  to->code = from.code();
  to->subcode = from.subcode();
  to->severity = from.severity();
  to->message = from.ok() ? nullptr : strdup(from.ToString().c_str());
}

void Events::OnFlushCompleted(DB *, const FlushJobInfo &) {
  flushes++;
  changed.notify_all();
}
void Events::OnCompactionCompleted(DB *, const CompactionJobInfo &info) {
  compactions++;
  read_bytes += info.stats.total_input_bytes;
  written_bytes += info.stats.total_output_bytes;
  changed.notify_all();
}
void Events::OnStallConditionsChanged(const WriteStallInfo &info) {
  if (info.condition.cur != WriteStallCondition::kNormal) stalls++;
}
void Events::OnBackgroundError(BackgroundErrorReason, Status *) { errors++; }
void Events::OnErrorRecoveryEnd(const BackgroundErrorRecoveryInfo &info) {
  if (info.new_bg_error.ok()) recoveries++;
}

void MemoryLog::Logv(const char *format, va_list arguments) {
  char line[512];
  vsnprintf(line, sizeof line, format, arguments);
  std::lock_guard<std::mutex> lock(mutex_);
  lines_.emplace_back(line);
  if (lines_.size() > 200) lines_.pop_front();
}

std::string MemoryLog::text() {
  std::lock_guard<std::mutex> lock(mutex_);
  std::string text;
  for (const std::string &line : lines_) text += line + "\n";
  return text;
}

}  // namespace crocks

namespace {

CompressionType compression(int32_t code) {
  switch (code) {
    case CROCKS_LZ4: return kLZ4Compression;
    case CROCKS_ZSTD: return kZSTD;
    default: return kNoCompression;
  }
}

ColumnFamilyOptions family_options(
    const crocks_family_options &from, const std::shared_ptr<Cache> &cache) {
  ColumnFamilyOptions options;
  BlockBasedTableOptions table;
  table.block_cache = cache;
  // Index and filter blocks count against the memory budget, and go last.
  table.cache_index_and_filter_blocks = true;
  table.cache_index_and_filter_blocks_with_high_priority = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.format_version = 5;
  table.block_size = from.block_bytes ? from.block_bytes : 8192;
  if (from.bloom_bits > 0) table.filter_policy.reset(NewBloomFilterPolicy(from.bloom_bits));
  options.table_factory.reset(NewBlockBasedTableFactory(table));
  options.compression = compression(from.compression);
  options.bottommost_compression = compression(from.bottom_compression);
  options.level_compaction_dynamic_level_bytes = true;
  if (from.prefix_bytes > 0) {
    options.prefix_extractor.reset(NewFixedPrefixTransform(from.prefix_bytes));
    options.memtable_prefix_bloom_size_ratio = 0.02;
  }
  if (from.write_buffer_bytes) options.write_buffer_size = from.write_buffer_bytes;
  if (from.file_bytes) options.target_file_size_base = from.file_bytes;
  if (from.stall_files > 0) {
    options.level0_slowdown_writes_trigger = from.stall_files;
    options.level0_stop_writes_trigger = from.stall_files * 2;
  }
  return options;
}

DBOptions store_options(const crocks_store_options &from, crocks_store &store) {
  DBOptions options;
  options.create_if_missing = from.creates;
  options.create_missing_column_families = from.creates;
  options.env = store.env.get();
  options.info_log = store.log;
  options.listeners = {store.events};
  options.max_background_jobs = from.background_jobs > 0 ? from.background_jobs : 2;
  options.max_open_files = from.open_files > 0 ? from.open_files : -1;
  options.use_direct_reads = from.direct_io;
  options.use_direct_io_for_flush_and_compaction = from.direct_io;
  options.bytes_per_sync = from.sync_every_bytes;
  options.wal_bytes_per_sync = from.sync_every_bytes;
  options.max_total_wal_size = from.wal_bytes;
  options.track_and_verify_wals_in_manifest = true;
  // Files are removed on background threads, not where a scan or a family is released.
  options.avoid_unnecessary_blocking_io = true;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  if (from.compaction_bytes_per_second > 0) {
    options.rate_limiter.reset(
        NewGenericRateLimiter(int64_t(from.compaction_bytes_per_second)));
  }
  if (from.statistics) {
    options.statistics = CreateDBStatistics();
    options.statistics->set_stats_level(StatsLevel::kExceptDetailedTimers);
  }
  if (from.memory != nullptr) options.write_buffer_manager = from.memory->buffers;
  return options;
}

crocks_family *adopt(crocks_store *store, ColumnFamilyHandle *handle) {
  auto *family = new crocks_family{handle, handle->GetName()};
  std::lock_guard<std::mutex> lock(store->families_mutex);
  if (store->families.size() <= handle->GetID()) store->families.resize(handle->GetID() + 1);
  store->families[handle->GetID()] = family;
  return family;
}

/// Reads the two files that the library asks for first: it would call one that no key fits an
/// invalid argument, and Debian's build, which has its assertions on, would abort. The identity
/// is written again, since it is the one file that would keep an old key for ever.
Status check_first_files(Env *env, const std::string &path, bool is_read_only) {
  for (const char *name : {"/CURRENT", "/IDENTITY"}) {
    std::string file = path + name, content;
    if (env->FileExists(file).IsNotFound()) continue;
    Status status = ReadFileToString(env, file, &content);
    if (status.ok() && !is_read_only && !content.empty() && file == path + "/IDENTITY") {
      status = WriteStringToFile(env, content, file + ".new", true);
      if (status.ok()) status = env->RenameFile(file + ".new", file);
    }
    if (!status.ok()) return status;
  }
  return Status::OK();
}

/// The families to open: those asked for and those on disk.
std::vector<ColumnFamilyDescriptor> descriptors(
    const crocks_store_options &options, const crocks_family_options *families, uint64_t count,
    crocks_store &store) {
  std::vector<std::string> present;
  // An error here shows again, with its reason, when the store is opened.
  DB::ListColumnFamilies(store.options, options.path, &present).PermitUncheckedError();
  std::vector<ColumnFamilyDescriptor> wanted;
  for (uint64_t i = 0; i < count; i++) {
    wanted.emplace_back(families[i].name, family_options(families[i], store.cache));
    for (std::string &name : present) {
      if (name == families[i].name) name.clear();
    }
  }
  present.push_back(kDefaultColumnFamilyName);
  for (const std::string &name : present) {
    bool known = name.empty();
    for (const ColumnFamilyDescriptor &other : wanted) known = known || other.name == name;
    if (!known) wanted.emplace_back(name, family_options(crocks_family_options{}, store.cache));
  }
  return wanted;
}

}  // namespace

void crocks_free(void *memory) { free(memory); }

crocks_memory *crocks_memory_create(
    uint64_t cache_bytes, uint64_t write_buffer_bytes, int32_t stalls_when_full) {
  auto *memory = new crocks_memory;
  memory->cache = NewLRUCache(cache_bytes, -1, false, 0.5);
  memory->buffers = std::make_shared<WriteBufferManager>(
      write_buffer_bytes, memory->cache, stalls_when_full != 0);
  return memory;
}
void crocks_memory_destroy(crocks_memory *memory) { delete memory; }
uint64_t crocks_memory_cache_used(const crocks_memory *memory) { return memory->cache->GetUsage(); }
uint64_t crocks_memory_cache_pinned(const crocks_memory *memory) {
  return memory->cache->GetPinnedUsage();
}
uint64_t crocks_memory_buffers_used(const crocks_memory *memory) {
  return memory->buffers->memory_usage();
}

crocks_store *crocks_open(
    const crocks_store_options *options, const crocks_family_options *families,
    uint64_t family_count, crocks_family ***listed, uint64_t *listed_count,
    crocks_status *status) {
  std::string path = options->path;
  if (options->key_count == 0 && crocks::is_encrypted(path + "/CURRENT")) {
    crocks::report(Status::Corruption(path, "the store is encrypted and no key was given"), status);
    return nullptr;
  }
  auto store = std::make_unique<crocks_store>();
  store->space = std::make_shared<crocks::SpaceLimit>();
  store->env = NewCompositeEnv(crocks::make_file_system(
      crocks::copy_keys(options->keys, options->key_count), store->space));
  store->events = std::make_shared<crocks::Events>();
  store->log = std::make_shared<crocks::MemoryLog>();
  store->cache = options->memory ? options->memory->cache : NewLRUCache(8 << 20);
  store->options = store_options(*options, *store);

  Status readable = check_first_files(store->env.get(), path, options->read_only != 0);
  if (!readable.ok()) {
    crocks::report(readable, status);
    return nullptr;
  }

  auto wanted = descriptors(*options, families, family_count, *store);
  std::vector<ColumnFamilyHandle *> handles;
  Status opened = options->read_only
                      ? DB::OpenForReadOnly(store->options, path, wanted, &handles, &store->db)
                      : DB::Open(store->options, path, wanted, &handles, &store->db);
  crocks::report(opened, status);
  if (!opened.ok()) return nullptr;

  *listed_count = handles.size();
  *listed = static_cast<crocks_family **>(malloc(handles.size() * sizeof(crocks_family *)));
  for (size_t i = 0; i < handles.size(); i++) (*listed)[i] = adopt(store.get(), handles[i]);
  return store.release();
}

void crocks_close(crocks_store *store, crocks_status *status) {
  crocks::report(store->db->Close(), status);
  delete store->db;
  delete store;
}

void crocks_destroy(const char *path, crocks_status *status) {
  crocks::report(DestroyDB(path, Options()), status);
}

const char *crocks_family_name(const crocks_family *family) { return family->name.c_str(); }
uint32_t crocks_family_id(const crocks_family *family) { return family->handle->GetID(); }

crocks_family *crocks_family_create(
    crocks_store *store, const crocks_family_options *options, crocks_status *status) {
  ColumnFamilyHandle *handle = nullptr;
  Status created = store->db->CreateColumnFamily(
      family_options(*options, store->cache), options->name, &handle);
  crocks::report(created, status);
  return created.ok() ? adopt(store, handle) : nullptr;
}

void crocks_family_drop(crocks_store *store, crocks_family *family, crocks_status *status) {
  crocks::report(store->db->DropColumnFamily(family->handle), status);
}

void crocks_family_release(crocks_store *store, crocks_family *family) {
  {
    std::lock_guard<std::mutex> lock(store->families_mutex);
    store->families[family->handle->GetID()] = nullptr;
  }
  store->db->DestroyColumnFamilyHandle(family->handle).PermitUncheckedError();
  delete family;
}
