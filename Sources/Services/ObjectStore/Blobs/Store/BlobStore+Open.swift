private import Bytes
private import Crypto
internal import Journal
private import ObjectExtents
package import ObjectModel
package import Runtime
private import Values

/// Opening: the newest index, then what the journal holds behind it; space is what nothing claims.
extension BlobStore {
  /// Opens the store in `directory`, or creates one. Every block that was acknowledged is there.
  ///
  /// Throws `corrupted` when bytes of the index or the journal that were durable are missing or changed;
  /// blocks are proven when they are read.
  package static func open(
    _ directory: String, on disk: any Disk, clock: any TimeSource,
    random: any RandomSource = SystemRandom.shared, options: BlobStoreOptions = BlobStoreOptions()
  ) async throws(BlobError) -> BlobStore {
    options.check()
    let opening = StoreOpening(
      directory: directory, disk: disk, clock: clock, random: random, options: options)
    let store = try await opening.open()
    // A little at once, so that the first block finds room; the rest beside the commits.
    await store.growIfNearlyFull(by: min(options.growBytes, 16 << 20))
    return store
  }
}

/// An opening under way.
private struct StoreOpening {
  let directory: String
  let disk: any Disk
  let clock: any TimeSource
  let random: any RandomSource
  let options: BlobStoreOptions

  func open() async throws(BlobError) -> BlobStore {
    do throws(IOFailure) {
      try await self.disk.createDirectories(self.directory)
    } catch {
      throw self.io(error)
    }
    let superblock = try await self.superblock()
    var state = StoreState(superblock: superblock, self.options)
    try await self.index(superblock, into: &state)
    let (journal, carried) = try await self.replay(superblock, into: &state)
    let files: (data: any DiskFile, superblocks: any DiskFile)
    let byteCount: Int64
    do throws(IOFailure) {
      files.superblocks = try await self.disk.open(self.directory + "/super", .writing)
      files.data = try await self.disk.open(
        self.directory + "/data",
        OpenMode {
          $0.writes = true
          $0.creates = true
          $0.isDirect = true
        })
      try await self.disk.syncDirectory(self.directory)
      // A killed process may have left a superblock in the page cache only: before anything that an
      // older one names is written over, the one that counts must survive a power cut.
      try await files.superblocks.sync()
      byteCount = try await files.data.byteCount()
      // What a killed process left in the page cache only: from here on, bytes that prove right stay.
      if byteCount > 0 { try await files.data.sync() }
    } catch {
      throw self.io(error)
    }
    try self.claimSpace(of: byteCount, in: &state).get()
    do throws(IOFailure) {
      try await self.bringHome(carried, in: state, to: files.data)
    } catch {
      throw self.io(error)
    }
    return BlobStore(
      directory: self.directory, options: self.options, clock: self.clock, disk: self.disk,
      files: files, journal: journal, state: state)
  }

  private func io(_ error: IOFailure) -> BlobError {
    BlobError(
      error.isOutOfSpace ? .noSpace : .internal,
      "cannot open the blob store in \(self.directory): \(error)")
  }

  private func superblock() async throws(BlobError) -> StoreSuperblock {
    let path = self.directory + "/super"
    var bytes: [UInt8]?
    do throws(IOFailure) {
      bytes = try await self.disk.readAll(path, limit: 2 * StoreSuperblock.slotBytes)
    } catch {
      guard error.isNotFound else { throw self.io(error) }
    }
    if let bytes { return try self.newest(bytes, path).get() }
    let first = StoreSuperblock(idHigh: self.random.next(), idLow: self.random.next())
    let file = first.encoded + [UInt8](repeating: 0, count: StoreSuperblock.slotBytes)
    do throws(IOFailure) {
      try await self.disk.replace(path, with: file)
    } catch {
      throw self.io(error)
    }
    return first
  }

  private func newest(_ bytes: [UInt8], _ path: String) -> Result<StoreSuperblock, BlobError> {
    var newest: StoreSuperblock?
    for slot in 0..<2 where bytes.count >= (slot + 1) * StoreSuperblock.slotBytes {
      let start = slot * StoreSuperblock.slotBytes
      let sector = bytes.rawBytes.extracting(start..<(start + StoreSuperblock.sectorBytes))
      switch StoreSuperblock.read(sector) {
      case .none: continue
      case .newer(let format):
        return .failure(
          BlobError(.corrupted, "\(path) has format \(format): a newer version wrote it"))
      case .superblock(let found):
        if found.slot == slot, found.generation >= newest?.generation ?? 0 { newest = found }
      }
    }
    guard let newest else {
      return .failure(BlobError(.corrupted, "neither superblock of \(path) is whole"))
    }
    return .success(newest)
  }

  private func index(
    _ superblock: StoreSuperblock, into state: inout StoreState
  ) async throws(BlobError) {
    guard superblock.indexBytes > 0 else { return }
    let path = self.directory + "/index-\(superblock.slot)"
    guard let limit = Int(exactly: superblock.indexBytes) else {
      throw BlobError(.corrupted, "\(path) has \(superblock.indexBytes) bytes")
    }
    let bytes: [UInt8]
    do throws(IOFailure) {
      bytes = try await self.disk.readAll(path, limit: limit)
    } catch {
      throw BlobError(.corrupted, "cannot read \(path), which the superblock names: \(error)")
    }
    if let problem = IndexFile.read(bytes.rawBytes, superblock, into: &state) {
      throw BlobError(.corrupted, "\(path) is damaged: \(problem)")
    }
  }

  /// What a record of the journal holds, kept until all are known.
  private struct Batch {
    var record: StoreRecord.Decoded
    /// Kept when it carries blocks.
    var bytes: [UInt8]
  }

  /// Writes what the journal carries to its places, as far as it is still there. Doing it again does no
  /// harm: until the next checkpoint every opening does.
  private func bringHome(
    _ carried: [HomeBlock], in state: borrowing StoreState, to file: any DiskFile
  ) async throws(IOFailure) {
    let stage = HomeStage()
    var left = carried.filter { block in
      guard let entry = state.index.find(block.entry) else { return false }
      return entry.checksum == block.entry.checksum && entry.extents == block.entry.extents
    }
    while !left.isEmpty {
      let count = HomeStage.count(of: left)
      try await stage.write(Array(left.prefix(count)), to: file)
      left.removeFirst(count)
    }
  }

  private func replay(
    _ superblock: StoreSuperblock, into state: inout StoreState
  ) async throws(BlobError) -> (Journal, [HomeBlock]) {
    let position = JournalPosition(rawValue: superblock.position)
    var batches: [Batch] = []
    let journal: Journal
    do throws(JournalError) {
      journal = try await Journal.open(
        self.directory + "/journal", on: self.disk, clock: self.clock, random: self.random,
        options: self.options.journal, from: position
      ) { record in
        guard let decoded = StoreRecord.decode(record.bytes) else {
          throw BlobError(.corrupted, "the record at \(record.position) makes no sense")
        }
        let carries = decoded.changes.contains { if case .carry = $0 { true } else { false } }
        batches.append(Batch(record: decoded, bytes: carries ? record.bytes.array : []))
      }
    } catch {
      if error.code == .replayRefused, let cause = error.cause as? BlobError { throw cause }
      throw BlobStore.error(error)
    }
    guard journal.firstSegment <= max(position.segment, 1), journal.end >= position else {
      throw BlobError(
        .corrupted,
        "the journal of \(self.directory) holds \(journal.firstSegment) to "
          + "\(journal.end), and the index needs it from \(position) on")
    }
    return (journal, Self.apply(batches, to: &state))
  }

  /// Answers the blocks that the records carry.
  private static func apply(_ batches: [Batch], to state: inout StoreState) -> [HomeBlock] {
    var carried: [HomeBlock] = []
    for (index, batch) in batches.enumerated() {
      let number = batch.record.batch
      for (change, offset) in zip(batch.record.changes, batch.record.offsets) {
        if case .carry(let entry) = change {
          carried.append(
            HomeBlock(
              entry: entry, record: batch.bytes, offset: offset, batch: number, ticket: nil))
          state.replay(change, isConfirmed: true)
        } else {
          // The batch after it says that the bytes of a batch were durable.
          state.replay(change, isConfirmed: index < batches.count - 1)
        }
      }
      state.confirmed = max(state.confirmed, number)
    }
    return carried
  }

  private func claimSpace(
    of byteCount: Int64, in state: inout StoreState
  ) -> Result<Void, BlobError> {
    state.space.grow(to: Int(byteCount / Int64(Extent.unitBytes)))
    var slot = 0
    while slot < state.index.capacity {
      for entry in state.index.entries(in: slot..<(slot + 4096)) {
        state.statistics.bytes += Int64(entry.byteCount)
        if let problem = self.claim(entry, in: &state) { return .failure(problem) }
      }
      slot += 4096
    }
    for place in state.setAside.values {
      if let problem = self.claim(place, in: &state) { return .failure(problem) }
    }
    return .success(())
  }

  private func claim(_ entry: BlockEntry, in state: inout StoreState) -> BlobError? {
    for extent in entry.extents {
      guard state.space.claim(Int(extent.unit), count: Int(extent.units)) else {
        let what =
          entry.isSetAside
          ? "a place set aside" : "block \(entry.number) of \(entry.address.blob)"
        return BlobError(
          .corrupted,
          "\(what) lies at unit \(extent.unit) of \(self.directory)/data, "
            + "where another block or nothing is")
      }
    }
    return nil
  }
}
