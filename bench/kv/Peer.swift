private import CRocksDB
private import Glibc

/// The same content through RocksDB's own C interface: what a store could reach at best.
final class Peer {
  private let store: OpaquePointer
  private let options: OpaquePointer
  private let cache: OpaquePointer
  private let readOptions: OpaquePointer

  init(_ path: String) {
    // None of the constructors fails; opening is checked.
    self.options = rocksdb_options_create().unsafelyUnwrapped
    self.cache = rocksdb_cache_create_lru(256 << 20).unsafelyUnwrapped
    self.readOptions = rocksdb_readoptions_create().unsafelyUnwrapped
    let table = rocksdb_block_based_options_create()
    rocksdb_block_based_options_set_block_cache(table, self.cache)
    rocksdb_block_based_options_set_cache_index_and_filter_blocks(table, 1)
    rocksdb_block_based_options_set_filter_policy(table, rocksdb_filterpolicy_create_bloom_full(10))
    rocksdb_options_set_block_based_table_factory(self.options, table)
    var message: UnsafeMutablePointer<CChar>?
    let opened = rocksdb_open(self.options, path, &message)
    if let message {
      print("the peer cannot open \(path): \(String(cString: message))")
      exit(1)
    }
    self.store = opened.unsafelyUnwrapped
  }

  func close() { rocksdb_close(self.store) }

  /// Reads a second.
  func reads(_ keys: [[UInt8]]) -> Double {
    let start = ContinuousClock.now
    var bytes = 0
    var message: UnsafeMutablePointer<CChar>?
    for key in keys {
      key.withUnsafeBytes { key in
        let value = rocksdb_get_pinned(
          self.store, self.readOptions, key.baseAddress?.assumingMemoryBound(to: CChar.self),
          key.count, &message)
        var count = 0
        _ = rocksdb_pinnableslice_value(value, &count)
        bytes += count
        rocksdb_pinnableslice_destroy(value)
      }
    }
    precondition(bytes == keys.count * 100, "the peer read \(bytes) bytes")
    return Double(keys.count) / BenchKeyValue.seconds(ContinuousClock.now - start)
  }
}
