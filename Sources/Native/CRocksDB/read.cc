// Point reads and scans.
#include "internal.hh"

using namespace rocksdb;

static_assert(sizeof(PinnableSlice) <= sizeof(crocks_pinned), "crocks_pinned is too small");
static_assert(alignof(PinnableSlice) <= alignof(crocks_pinned), "crocks_pinned is misaligned");

struct crocks_scan {
  std::string lower, upper;
  Slice lower_slice, upper_slice;
  std::unique_ptr<Iterator> iterator;
  uint32_t flags = 0;
  bool is_started = false;
};

namespace {

ReadOptions read_options(const crocks_snapshot *snapshot, int32_t cached_only) {
  ReadOptions options;
  options.snapshot = snapshot ? snapshot->snapshot : nullptr;
  options.read_tier = cached_only ? kBlockCacheTier : kReadAllTier;
  return options;
}

/// A status without its text: an absent key is an answer, not worth a message.
void report_found(const Status &found, crocks_status *status) {
  if (found.IsNotFound() || found.IsIncomplete()) {
    *status = crocks_status{found.code(), found.subcode(), 0, nullptr};
  } else {
    crocks::report(found, status);
  }
}

void store_word(uint8_t *to, size_t value) {
  uint32_t word = uint32_t(value);
  memcpy(to, &word, sizeof word);
}

}  // namespace

crocks_snapshot *crocks_snapshot_create(crocks_store *store) {
  return new crocks_snapshot{store->db->GetSnapshot()};
}
uint64_t crocks_snapshot_sequence(const crocks_snapshot *snapshot) {
  return snapshot->snapshot->GetSequenceNumber();
}
void crocks_snapshot_release(crocks_store *store, crocks_snapshot *snapshot) {
  store->db->ReleaseSnapshot(snapshot->snapshot);
  delete snapshot;
}
uint64_t crocks_sequence(const crocks_store *store) { return store->db->GetLatestSequenceNumber(); }

void crocks_get(
    crocks_store *store, crocks_family *family, const crocks_snapshot *snapshot,
    const uint8_t *key, uint64_t key_count, int32_t cached_only, crocks_pinned *pinned,
    crocks_slice *value, crocks_status *status) {
  auto *slice = new (pinned) PinnableSlice();
  Status found = store->db->Get(
      read_options(snapshot, cached_only), family->handle, crocks::slice(key, key_count), slice);
  *value = crocks_slice{reinterpret_cast<const uint8_t *>(slice->data()), slice->size()};
  report_found(found, status);
}

void crocks_unpin(crocks_pinned *pinned) {
  reinterpret_cast<PinnableSlice *>(pinned)->~PinnableSlice();
}

void crocks_multi_get(
    crocks_store *store, crocks_family *family, const crocks_snapshot *snapshot,
    const uint8_t *keys, const uint64_t *key_offsets, uint64_t count, int32_t sorted,
    int32_t cached_only, uint8_t **values, uint64_t *offsets, uint8_t *missing,
    crocks_status *status) {
  std::vector<Slice> asked(count);
  for (uint64_t i = 0; i < count; i++) {
    asked[i] = crocks::slice(keys + key_offsets[i], key_offsets[i + 1] - key_offsets[i]);
  }
  std::vector<PinnableSlice> found(count);
  std::vector<Status> statuses(count);
  if (cached_only) {
    // One by one: the library's MultiGet answers "found, empty" for some absent keys when it may
    // not read the disk (7.8.3; the random model test shows it).
    for (uint64_t i = 0; i < count; i++) {
      statuses[i] =
          store->db->Get(read_options(snapshot, 1), family->handle, asked[i], &found[i]);
      if (statuses[i].IsIncomplete()) break;
    }
  } else {
    store->db->MultiGet(
        read_options(snapshot, 0), family->handle, count, asked.data(), found.data(),
        statuses.data(), sorted != 0);
  }
  *values = nullptr;
  uint64_t total = 0;
  for (uint64_t i = 0; i < count; i++) {
    offsets[i] = total;
    missing[i] = statuses[i].IsNotFound();
    if (statuses[i].ok()) {
      total += found[i].size();
    } else if (!missing[i]) {
      report_found(statuses[i], status);
      return;
    }
  }
  offsets[count] = total;
  *values = static_cast<uint8_t *>(malloc(total + 1));
  for (uint64_t i = 0; i < count; i++) {
    if (!missing[i]) memcpy(*values + offsets[i], found[i].data(), found[i].size());
  }
  *status = crocks_status{};
}

crocks_scan *crocks_scan_create(
    crocks_store *store, crocks_family *family, const crocks_snapshot *snapshot,
    crocks_slice lower, crocks_slice upper, uint32_t flags, uint64_t readahead_bytes) {
  auto *scan = new crocks_scan;
  scan->flags = flags;
  ReadOptions options = read_options(snapshot, 0);
  if (lower.bytes != nullptr) {
    scan->lower.assign(reinterpret_cast<const char *>(lower.bytes), lower.count);
    scan->lower_slice = scan->lower;
    options.iterate_lower_bound = &scan->lower_slice;
  }
  if (upper.bytes != nullptr) {
    scan->upper.assign(reinterpret_cast<const char *>(upper.bytes), upper.count);
    scan->upper_slice = scan->upper;
    options.iterate_upper_bound = &scan->upper_slice;
  }
  bool within_prefix = (flags & CROCKS_SCAN_PREFIX) && !(flags & CROCKS_SCAN_REVERSE);
  options.prefix_same_as_start = within_prefix;
  options.total_order_seek = !within_prefix;
  options.fill_cache = !(flags & CROCKS_SCAN_NO_FILL_CACHE);
  options.readahead_size = readahead_bytes;
  options.background_purge_on_iterator_cleanup = true;
  scan->iterator.reset(store->db->NewIterator(options, family->handle));
  return scan;
}

void crocks_scan_destroy(crocks_scan *scan) { delete scan; }

void crocks_scan_fill(
    crocks_scan *scan, uint8_t *target, uint64_t capacity, uint64_t count_max, uint64_t *filled,
    uint64_t *count, uint64_t *next_bytes, int32_t *is_done, crocks_status *status) {
  Iterator *iterator = scan->iterator.get();
  bool reverse = scan->flags & CROCKS_SCAN_REVERSE;
  bool keys_only = scan->flags & CROCKS_SCAN_KEYS_ONLY;
  if (!scan->is_started) {
    reverse ? void(crocks_scan_last(scan)) : void(crocks_scan_first(scan));
  }
  uint64_t used = 0, taken = 0;
  *next_bytes = 0;
  while (iterator->Valid() && taken < count_max) {
    Slice key = iterator->key();
    Slice value = keys_only ? Slice() : iterator->value();
    uint64_t wanted = 8 + key.size() + value.size();
    if (wanted > capacity - used) {
      *next_bytes = wanted;
      break;
    }
    store_word(target + used, key.size());
    store_word(target + used + 4, value.size());
    memcpy(target + used + 8, key.data(), key.size());
    memcpy(target + used + 8 + key.size(), value.data(), value.size());
    used += wanted;
    taken++;
    reverse ? iterator->Prev() : iterator->Next();
  }
  *filled = used;
  *count = taken;
  *is_done = !iterator->Valid();
  crocks::report(iterator->status(), status);
}

int32_t crocks_scan_first(crocks_scan *scan) {
  scan->is_started = true;
  // The prefix of a prefix scan comes from the key that it seeks.
  if (scan->flags & CROCKS_SCAN_PREFIX) {
    scan->iterator->Seek(scan->lower_slice);
  } else {
    scan->iterator->SeekToFirst();
  }
  return scan->iterator->Valid();
}
int32_t crocks_scan_last(crocks_scan *scan) {
  scan->is_started = true;
  scan->iterator->SeekToLast();
  return scan->iterator->Valid();
}
int32_t crocks_scan_seek(crocks_scan *scan, const uint8_t *key, uint64_t count) {
  scan->is_started = true;
  scan->iterator->Seek(crocks::slice(key, count));
  return scan->iterator->Valid();
}
int32_t crocks_scan_seek_back(crocks_scan *scan, const uint8_t *key, uint64_t count) {
  scan->is_started = true;
  scan->iterator->SeekForPrev(crocks::slice(key, count));
  return scan->iterator->Valid();
}
int32_t crocks_scan_next(crocks_scan *scan) {
  if (scan->iterator->Valid()) scan->iterator->Next();
  return scan->iterator->Valid();
}
int32_t crocks_scan_previous(crocks_scan *scan) {
  if (scan->iterator->Valid()) scan->iterator->Prev();
  return scan->iterator->Valid();
}
void crocks_scan_record(const crocks_scan *scan, crocks_slice *key, crocks_slice *value) {
  Slice k = scan->iterator->key(), v = scan->iterator->value();
  *key = crocks_slice{reinterpret_cast<const uint8_t *>(k.data()), k.size()};
  *value = crocks_slice{reinterpret_cast<const uint8_t *>(v.data()), v.size()};
}
void crocks_scan_status(const crocks_scan *scan, crocks_status *status) {
  crocks::report(scan->iterator->status(), status);
}
void crocks_scan_refresh(crocks_scan *scan, crocks_status *status) {
  crocks::report(scan->iterator->Refresh(), status);
  scan->is_started = false;
}
