// Batches into the store, directly or over an overlay that can be read first.
#include "internal.hh"

#include <rocksdb/utilities/write_batch_with_index.h>

using namespace rocksdb;

struct crocks_overlay {
  explicit crocks_overlay(crocks_store *store)
      : store(store), batch(BytewiseComparator(), 0, true) {}
  crocks_store *store;
  WriteBatchWithIndex batch;
};

namespace {

WriteOptions write_options(int32_t synced, int32_t logged, int32_t no_stall) {
  WriteOptions options;
  options.sync = synced;
  options.disableWAL = !logged;
  options.no_slowdown = no_stall;
  return options;
}

/// Copies the records of one batch into an overlay.
class Copier final : public WriteBatch::Handler {
 public:
  explicit Copier(crocks_overlay *overlay) : overlay_(overlay) {}

  Status PutCF(uint32_t id, const Slice &key, const Slice &value) override {
    ColumnFamilyHandle *handle = find(id);
    return handle ? overlay_->batch.Put(handle, key, value) : unknown(id);
  }
  Status DeleteCF(uint32_t id, const Slice &key) override {
    ColumnFamilyHandle *handle = find(id);
    return handle ? overlay_->batch.Delete(handle, key) : unknown(id);
  }
  Status DeleteRangeCF(uint32_t, const Slice &, const Slice &) override {
    return Status::NotSupported("a range cannot be deleted through an overlay");
  }

 private:
  ColumnFamilyHandle *find(uint32_t id) {
    std::lock_guard<std::mutex> lock(overlay_->store->families_mutex);
    auto &families = overlay_->store->families;
    return id < families.size() && families[id] ? families[id]->handle : nullptr;
  }
  static Status unknown(uint32_t id) {
    return Status::InvalidArgument("no family has the id " + std::to_string(id));
  }
  crocks_overlay *overlay_;
};

}  // namespace

void crocks_write(
    crocks_store *store, const uint8_t *batch, uint64_t count, int32_t synced, int32_t logged,
    int32_t no_stall, uint64_t *sequence, crocks_status *status) {
  WriteBatch records(std::string(reinterpret_cast<const char *>(batch), count));
  crocks::report(store->db->Write(write_options(synced, logged, no_stall), &records), status);
  *sequence = store->db->GetLatestSequenceNumber();
}

void crocks_sync_log(crocks_store *store, crocks_status *status) {
  crocks::report(store->db->FlushWAL(true), status);
}

crocks_overlay *crocks_overlay_create(crocks_store *store) { return new crocks_overlay(store); }
void crocks_overlay_destroy(crocks_overlay *overlay) { delete overlay; }

void crocks_overlay_append(
    crocks_overlay *overlay, const uint8_t *batch, uint64_t count, crocks_status *status) {
  WriteBatch records(std::string(reinterpret_cast<const char *>(batch), count));
  Copier copier(overlay);
  crocks::report(records.Iterate(&copier), status);
}

void crocks_overlay_get(
    crocks_overlay *overlay, crocks_family *family, const uint8_t *key, uint64_t key_count,
    uint8_t **value, uint64_t *count, crocks_status *status) {
  PinnableSlice pinned;
  Status found = overlay->batch.GetFromBatchAndDB(
      overlay->store->db, ReadOptions(), family->handle, crocks::slice(key, key_count), &pinned);
  *value = nullptr;
  *count = 0;
  if (found.ok()) {
    *count = pinned.size();
    *value = static_cast<uint8_t *>(malloc(pinned.size() + 1));
    memcpy(*value, pinned.data(), pinned.size());
  }
  crocks::report(found, status);
}

void crocks_overlay_scan(
    crocks_overlay *overlay, crocks_family *family, const uint8_t *lower, uint64_t lower_count,
    const uint8_t *upper, uint64_t upper_count, uint64_t count_max, uint8_t **records,
    uint64_t *bytes, crocks_status *status) {
  Slice first = crocks::slice(lower, lower_count);
  Slice end = crocks::slice(upper, upper_count);
  ReadOptions options;
  if (upper_count > 0) options.iterate_upper_bound = &end;
  std::unique_ptr<Iterator> iterator(overlay->batch.NewIteratorWithBase(
      family->handle, overlay->store->db->NewIterator(options, family->handle), &options));
  std::string found;
  uint64_t taken = 0;
  for (iterator->Seek(first); iterator->Valid() && taken < count_max; iterator->Next()) {
    Slice key = iterator->key(), value = iterator->value();
    if (upper_count > 0 && key.compare(end) >= 0) break;
    uint32_t sizes[2] = {
        static_cast<uint32_t>(key.size()), static_cast<uint32_t>(value.size())};
    found.append(reinterpret_cast<const char *>(sizes), sizeof sizes);
    found.append(key.data(), key.size());
    found.append(value.data(), value.size());
    taken++;
  }
  *bytes = found.size();
  *records = static_cast<uint8_t *>(malloc(found.size() + 1));
  memcpy(*records, found.data(), found.size());
  crocks::report(iterator->status(), status);
}

uint64_t crocks_overlay_count(const crocks_overlay *overlay) {
  return const_cast<crocks_overlay *>(overlay)->batch.GetWriteBatch()->Count();
}

void crocks_overlay_write(
    crocks_overlay *overlay, int32_t synced, int32_t logged, uint64_t *sequence,
    crocks_status *status) {
  Status written = overlay->store->db->Write(
      write_options(synced, logged, 0), overlay->batch.GetWriteBatch());
  crocks::report(written, status);
  *sequence = overlay->store->db->GetLatestSequenceNumber();
}
