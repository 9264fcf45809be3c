// What the parts of this target share.
#pragma once
#include "include/CRocksDB.h"

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/listener.h>
#include <rocksdb/statistics.h>
#include <rocksdb/table.h>
#include <rocksdb/write_buffer_manager.h>

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace crocks {

/// Copies `from` into the caller's struct; the message is theirs to free.
void report(const rocksdb::Status &from, crocks_status *to);

inline rocksdb::Slice slice(const uint8_t *bytes, uint64_t count) {
  return rocksdb::Slice(reinterpret_cast<const char *>(bytes), count);
}
inline rocksdb::Slice slice(crocks_slice from) { return slice(from.bytes, from.count); }

struct DataKey {
  std::array<uint8_t, 16> id;
  std::array<uint8_t, 32> key;
  ~DataKey();
};

/// How many more bytes may be written before the disk is "full"; negative: no limit.
struct SpaceLimit {
  std::atomic<int64_t> bytes{-1};
  bool take(uint64_t count);
};

/// The file system that counts space and, when there are keys, encrypts every file.
std::shared_ptr<rocksdb::FileSystem> make_file_system(
    std::vector<DataKey> keys, std::shared_ptr<SpaceLimit> space);
std::vector<DataKey> copy_keys(const crocks_key *keys, uint64_t count);
/// Says whether the file begins as an encrypted one.
bool is_encrypted(const std::string &path);

class Events;
class MemoryLog;

}  // namespace crocks

struct crocks_memory {
  std::shared_ptr<rocksdb::Cache> cache;
  std::shared_ptr<rocksdb::WriteBufferManager> buffers;
};

struct crocks_family {
  rocksdb::ColumnFamilyHandle *handle;
  std::string name;
};

struct crocks_store {
  std::shared_ptr<crocks::SpaceLimit> space;
  std::unique_ptr<rocksdb::Env> env;
  rocksdb::DBOptions options;
  std::shared_ptr<rocksdb::Cache> cache;
  std::shared_ptr<crocks::Events> events;
  std::shared_ptr<crocks::MemoryLog> log;
  rocksdb::DB *db = nullptr;
  std::mutex families_mutex;
  std::vector<crocks_family *> families;  // by id; NULL where released
};

struct crocks_snapshot {
  const rocksdb::Snapshot *snapshot;
};

namespace crocks {

/// Counts what the library tells, and wakes who waits for compactions.
class Events : public rocksdb::EventListener {
 public:
  std::atomic<uint64_t> flushes{0}, compactions{0}, read_bytes{0}, written_bytes{0}, stalls{0},
      errors{0}, recoveries{0};
  std::mutex mutex;
  std::condition_variable changed;

  void OnFlushCompleted(rocksdb::DB *, const rocksdb::FlushJobInfo &) override;
  void OnCompactionCompleted(rocksdb::DB *, const rocksdb::CompactionJobInfo &info) override;
  void OnStallConditionsChanged(const rocksdb::WriteStallInfo &info) override;
  void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status *) override;
  void OnErrorRecoveryEnd(const rocksdb::BackgroundErrorRecoveryInfo &) override;
};

/// Keeps the last warnings in memory. An encrypted store writes no log file: its lines would hold
/// keys.
class MemoryLog : public rocksdb::Logger {
 public:
  MemoryLog() : Logger(rocksdb::InfoLogLevel::WARN_LEVEL) {}
  using rocksdb::Logger::Logv;
  void Logv(const char *format, va_list arguments) override;
  std::string text();

 private:
  std::mutex mutex_;
  std::deque<std::string> lines_;
};

}  // namespace crocks
