import CRocksDB

/// Options as the C functions take them, lent for one call.
extension FamilyOptions {
  func withNative<R>(_ body: (inout crocks_family_options) -> R) -> R {
    self.name.withCString { name in
      var native = crocks_family_options()
      native.name = name
      native.prefix_bytes = UInt64(self.prefixBytes ?? 0)
      native.bloom_bits = Int32(clamping: self.bloomBits)
      native.compression = self.compression.rawValue
      native.bottom_compression = self.bottomCompression.rawValue
      native.write_buffer_bytes = UInt64(self.writeBufferBytes)
      native.block_bytes = UInt64(self.blockBytes)
      native.file_bytes = UInt64(self.fileBytes)
      native.stall_files = Int32(clamping: self.stallFiles ?? 0)
      return body(&native)
    }
  }
}

extension [FamilyOptions] {
  func withNative<R>(_ body: (UnsafeBufferPointer<crocks_family_options>) -> R) -> R {
    var natives: [crocks_family_options] = []
    func lend(_ rest: ArraySlice<FamilyOptions>) -> R {
      guard let first = rest.first else { return natives.withUnsafeBufferPointer(body) }
      return first.withNative { native in
        natives.append(native)
        return lend(rest.dropFirst())
      }
    }
    return lend(self[...])
  }
}

extension [DataKey] {
  /// The copies are overwritten before this returns.
  func withNative<R>(_ body: (UnsafeBufferPointer<crocks_key>) -> R) -> R {
    withUnsafeTemporaryAllocation(of: crocks_key.self, capacity: Swift.max(self.count, 1)) {
      natives in
      for (index, key) in self.enumerated() {
        var native = crocks_key()
        Swift.withUnsafeMutableBytes(of: &native.id) { $0.copyBytes(from: key.id) }
        Swift.withUnsafeMutableBytes(of: &native.key) { $0.copyBytes(from: key.secret) }
        natives.initializeElement(at: index, to: native)
      }
      let result = body(UnsafeBufferPointer(rebasing: natives[..<self.count]))
      UnsafeMutableRawBufferPointer(natives).initializeMemory(as: UInt8.self, repeating: 0)
      return result
    }
  }
}

extension StoreOptions {
  func withNative<R>(
    _ body: (inout crocks_store_options, UnsafeBufferPointer<crocks_family_options>) -> R
  ) -> R {
    self.keys.withNative { keys in
      self.families.withNative { families in
        self.path.withCString { path in
          var native = crocks_store_options()
          native.path = path
          native.memory = self.memory?.pointer
          native.creates = self.createsIfMissing ? 1 : 0
          native.read_only = self.isReadOnly ? 1 : 0
          native.direct_io = self.usesDirectIO ? 1 : 0
          native.background_jobs = Int32(clamping: self.backgroundJobs)
          native.open_files = Int32(clamping: self.openFilesMax ?? 0)
          native.statistics = self.collectsStatistics ? 1 : 0
          native.wal_bytes = UInt64(self.logBytesMax)
          native.compaction_bytes_per_second = UInt64(self.compactionBytesPerSecond ?? 0)
          native.sync_every_bytes = UInt64(self.syncStepBytes)
          native.keys = keys.baseAddress
          native.key_count = UInt64(keys.count)
          return body(&native, families)
        }
      }
    }
  }
}
