private import Bytes
internal import Crypto
internal import Journal
package import ObjectModel
internal import Runtime
private import Synchronization
private import Values

/// The index on disk.
extension BlobStore {
  /// Writes the index and gives the journal's records before it up.
  package func checkpoint() async throws(BlobError) {
    let error = await withUnsafeContinuation { (waiter: UnsafeContinuation<BlobError?, Never>) in
      let (refusal, idle) = self.state.withLock {
        state -> (BlobError?, UnsafeContinuation<Void, Never>?) in
        if let refusal = state.refusal { return (refusal, nil) }
        state.checkpointWaiters.append(waiter)
        state.wantsUpkeep = true
        return (nil, state.idle.take())
      }
      if let refusal { waiter.resume(returning: refusal) }
      idle?.resume()
    }
    if let error { throw error }
  }

  /// Copies the index piece by piece while it may change: whatever changes meanwhile is in the journal
  /// behind the position noted first, and doing it again changes nothing.
  func checkpointNow() async -> BlobError? {
    let (end, failure) = await self.allHome()
    if let failure { return failure }
    let position = JournalPosition(rawValue: end)
    var next = self.state.withLock { state in
      let now = self.now
      // Long enough for every late message about them to have come.
      state.tombstones = state.tombstones.filter {
        $0.value + self.options.tombstoneMilliseconds > now
      }
      return state.superblock
    }
    next.generation += 1
    next.position = position.rawValue
    do throws(IOFailure) {
      // The records that carry blocks are given up.
      try await self.data.sync()
      while true {
        var writer = IndexWriter()
        try await self.write(&writer, next)
        guard writer.isWhole else { continue }
        next.indexBytes = UInt64(writer.byteCount)
        next.indexChecksum = writer.checksum
        break
      }
      next.batch = self.state.withLock { $0.confirmed }
      let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 4096)
      defer { memory.deallocate() }
      memory.copyBytes(from: next.encoded)
      try await self.superblocks.writeAndSync(
        UnsafeRawBufferPointer(memory), at: Int64(next.slot * StoreSuperblock.slotBytes))
    } catch {
      if error.isOutOfSpace { return BlobError(.noSpace, "cannot write the index: \(error)") }
      let failure = BlobError(.internal, "cannot write the index: \(error)")
      self.fail(failure)
      return failure
    }
    self.state.withLock { state in
      state.superblock = next
      state.statistics.checkpoints += 1
    }
    do throws(JournalError) { try await self.journal.trim(before: position) } catch {
      return Self.error(error)
    }
    return nil
  }

  private func write(
    _ writer: inout IndexWriter, _ next: StoreSuperblock
  ) async throws(IOFailure) {
    let path = self.directory + "/index-\(next.slot)"
    let file = try await self.disk.open(
      path,
      OpenMode {
        $0.writes = true
        $0.creates = true
        $0.truncates = true
      })
    let (generation, capacity) = self.state.withLock { ($0.index.generation, $0.index.capacity) }
    writer.offset = Int64(IndexWriter.headerBytes)
    var slot = 0
    while slot < capacity {
      let (entries, isSame) = self.state.withLock { state in
        (state.index.entries(in: slot..<(slot + 4096)), state.index.generation == generation)
      }
      // The table grew: its entries are elsewhere now.
      guard isSame else { return }
      try await writer.append(entries, to: file)
      slot += 4096
    }
    // Last: a place that is set aside later belonged to a block whose entry is in the file as damaged.
    let setAside = self.state.withLock { Array($0.setAside.values) }
    try await writer.append(setAside.sorted { $0.starts.0 < $1.starts.0 }, to: file)
    let tombstones = self.state.withLock { $0.tombstones }
    try await writer.append(tombstones, to: file)
    try await writer.finish(next, to: file)
    try await self.disk.syncDirectory(self.directory)
    writer.isWhole = true
  }
}

/// Writes an index file. Its checksum is over entries and tombstones as they lie, then the header.
private struct IndexWriter: ~Copyable {
  static let headerBytes = 64
  var offset: Int64 = 0
  var isWhole = false
  private var hash = XXH3.Stream()
  private var entryCount = 0
  private var tombstoneCount = 0
  private(set) var checksum: UInt64 = 0

  var byteCount: Int64 { self.offset }

  mutating func append(_ entries: [BlockEntry], to file: any DiskFile) async throws(IOFailure) {
    guard !entries.isEmpty else { return }
    self.entryCount += entries.count
    let bytes = entries.withUnsafeBytes { [UInt8]($0) }
    try await self.append(bytes, to: file)
  }

  mutating func append(
    _ tombstones: [BlobKey: UInt64], to file: any DiskFile
  ) async throws(IOFailure) {
    guard !tombstones.isEmpty else { return }
    var writer = ByteWriter(capacity: tombstones.count * 32)
    // Sorted: equal stores write equal bytes.
    for (blob, time) in tombstones.sorted(by: { $0.key.id.bits < $1.key.id.bits }) {
      blob.append(to: &writer)
      writer.append(repeating: 0, count: 6)
      writer.append(littleEndian: time)
    }
    self.tombstoneCount = tombstones.count
    try await self.append(writer.bytes.array, to: file)
  }

  private mutating func append(
    _ bytes: [UInt8], to file: any DiskFile
  ) async throws(IOFailure) {
    self.hash.update(bytes.rawBytes)
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
    defer { memory.deallocate() }
    memory.copyBytes(from: bytes)
    try await file.write(UnsafeRawBufferPointer(memory), at: self.offset)
    self.offset += Int64(bytes.count)
  }

  mutating func finish(
    _ superblock: StoreSuperblock, to file: any DiskFile
  ) async throws(IOFailure) {
    let header = IndexFile.header(
      superblock, entries: self.entryCount, tombstones: self.tombstoneCount)
    self.hash.update(header.rawBytes)
    self.checksum = self.hash.value64
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: header.count, alignment: 16)
    defer { memory.deallocate() }
    memory.copyBytes(from: header)
    try await file.writeAndSync(UnsafeRawBufferPointer(memory), at: 0)
  }
}

/// The bytes of an index file: see `StoreSuperblock`.
enum IndexFile {
  static let headerBytes = 64
  static let magic: UInt32 = 0x4942_4B4C

  static func header(_ superblock: StoreSuperblock, entries: Int, tombstones: Int) -> [UInt8] {
    var writer = ByteWriter(capacity: Self.headerBytes)
    writer.append(littleEndian: Self.magic)
    writer.append(littleEndian: UInt32(1))
    writer.append(littleEndian: superblock.generation)
    writer.append(littleEndian: superblock.idLow)
    writer.append(littleEndian: superblock.idHigh)
    writer.append(littleEndian: UInt64(entries))
    writer.append(littleEndian: UInt64(tombstones))
    writer.append(repeating: 0, count: 16)
    return writer.bytes.array
  }

  /// Fills `state` from the file. Answers what is wrong with it.
  static func read(
    _ bytes: RawSpan, _ superblock: StoreSuperblock, into state: inout StoreState
  ) -> String? {
    guard bytes.byteCount >= Self.headerBytes else { return "it has \(bytes.byteCount) bytes" }
    var hash = XXH3.Stream()
    hash.update(bytes.extracting(Self.headerBytes..<bytes.byteCount))
    hash.update(bytes.extracting(0..<Self.headerBytes))
    guard hash.value64 == superblock.indexChecksum else {
      return "its checksum is \(String(hash.value64, radix: 16)), written was "
        + String(superblock.indexChecksum, radix: 16)
    }
    var reader = ByteReader(bytes)
    guard reader.littleEndian(UInt32.self) == Self.magic, reader.littleEndian(UInt32.self) == 1,
      reader.littleEndian(UInt64.self) == superblock.generation,
      reader.littleEndian(UInt64.self) == superblock.idLow,
      reader.littleEndian(UInt64.self) == superblock.idHigh,
      let entries = reader.littleEndian(UInt64.self),
      let tombstones = reader.littleEndian(UInt64.self), reader.skip(16),
      Int(entries) * 64 + Int(tombstones) * 32 == reader.remaining
    else { return "its header is another one's" }
    for _ in 0..<entries {
      guard let raw = reader.take(BlockEntry.byteCountOnDisk) else { return "it is too short" }
      let entry = BlockEntry(raw)
      if entry.isSetAside {
        state.setAside[entry.starts.0] = entry
      } else {
        state.index.insert(entry)
      }
    }
    for _ in 0..<tombstones {
      guard let blob = BlobKey(&reader), reader.skip(6), let time = reader.littleEndian(UInt64.self)
      else { return "it is too short" }
      state.tombstones[blob] = time
    }
    return nil
  }
}
