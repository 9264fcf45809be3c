internal import ObjectExtents
internal import ObjectModel
internal import Runtime
internal import Values

/// Everything of a store that changes, under its lock.
struct StoreState: ~Copyable, Sendable {
  var index = BlockIndex()
  var space = UnitMap(unitCount: 0)
  var epochs = ReadEpochs()
  var cache: BlockCache
  /// Blobs that were deleted, and when: none comes back.
  var tombstones: [BlobKey: UInt64] = [:]
  var superblock: StoreSuperblock
  /// The last batch whose blocks are durable, index and bytes.
  var confirmed: UInt64
  /// Places of blocks that are being written.
  var writing: [BlockAddress: UInt64] = [:]
  var queue: [Waiting] = []
  /// Deletions for which the journal had no room.
  var postponed: [Waiting] = []
  /// The journal had no room: a checkpoint makes some.
  var needsRoom = false
  var idle: UnsafeContinuation<Void, Never>?
  /// Small blocks that the journal carries, in the order in which they go to their places; the first ones
  /// may be being written.
  var home: [HomeBlock] = []
  /// The same, for reading.
  var away: [BlockAddress: AwayBlock] = [:]
  /// Bytes that they take in the data file.
  var awayBytes = 0
  var homer: UnsafeContinuation<Void, Never>?
  /// Those who wait until a batch is home.
  var homeWaiters: [(batch: UInt64, waiter: UnsafeContinuation<BlobError?, Never>)] = []
  var isHomeOver = false
  /// Everything that the journal holds before this is in the index.
  var appliedEnd: UInt64 = 0
  var isClosing = false
  var failure: BlobError?
  var checkpointWaiters: [UnsafeContinuation<BlobError?, Never>] = []
  /// Those whose blocks find no room before the file has grown.
  var growWaiters: [UnsafeContinuation<Void, Never>] = []
  /// The committing task is to pass a wish for a checkpoint, or for room, on.
  var wantsUpkeep = false
  /// Places of damaged blocks that are gone, by their first unit: nothing is put there again.
  var setAside: [UInt32: BlockEntry] = [:]
  /// How far the scrub under way is, and when the last whole one ended, in this process.
  var scrubRatio: Double?
  var scrubbedAt: WallTime?
  var statistics = StoreCounters()

  struct Waiting: Sendable {
    var change: StoreRecord.Change
    /// Of a block that the record carries.
    var body: LentBytes?
    /// Was refused for want of room before.
    var isLastTry = false
    /// Nil when nobody waits.
    var waiter: UnsafeContinuation<BlobError?, Never>?
  }

  init(superblock: StoreSuperblock, _ options: BlobStoreOptions) {
    self.superblock = superblock
    self.cache = BlockCache(
      byteCountMax: options.cacheBytesMax, blockByteCountMax: options.cachedBlockBytesMax)
    self.confirmed = superblock.batch
  }

  enum BeganPut {
    /// Its record carries it.
    case newCarried
    case new
    case present
    /// The file must grow first.
    case full
    case refused(BlobError)
  }

  mutating func beginPut(
    _ entry: inout BlockEntry, limit: Double, _ options: BlobStoreOptions
  ) -> BeganPut {
    if let refusal = self.refusal { return .refused(refusal) }
    let address = entry.address
    if self.tombstones[BlobKey(volume: address.volume, id: address.blob)] != nil {
      return .refused(BlobError(.versionSkipped, "blob \(address.blob) was deleted"))
    }
    if let present = self.index.find(entry), present.flags == 0 {
      guard present.checksum == entry.checksum, present.byteCount == entry.byteCount else {
        return .refused(
          BlobError(.corrupted, "block \(entry.number) is there with other bytes"))
      }
      return .present
    }
    if self.writing[address] != nil {
      return .refused(BlobError(.slowDown, "block \(entry.number) is being written"))
    }
    guard self.writing.count < options.depthMax else {
      return .refused(BlobError(.slowDown, "\(self.writing.count) blocks are being written"))
    }
    let units = BlobStore.pages(Int(entry.byteCount))
    let usable = Double(options.dataBytesMax / Int64(Extent.unitBytes)) * limit
    let isFull = Double(self.space.usedCount + units) > usable
    guard !isFull, self.take(units, for: &entry) else {
      let unitsMax = Int(options.dataBytesMax / Int64(Extent.unitBytes))
      if !isFull, self.space.unitCount < unitsMax { return .full }
      return .refused(
        BlobError(.noSpace, "\(self.space.usedCount) units of the data file are in use"))
    }
    self.writing[address] = entry.checksum
    let isCarried =
      Int(entry.byteCount) <= options.carryBytesMax && self.awayBytes < options.awayBytesMax
    return isCarried ? .newCarried : .new
  }

  /// One run if there is one, else up to four.
  private mutating func take(_ units: Int, for entry: inout BlockEntry) -> Bool {
    if units <= Extent.unitsMax, let unit = self.space.take(units) {
      entry.place(at: UInt32(unit), units: UInt8(units))
      return true
    }
    guard let extents = self.takeParts(units) else { return false }
    entry.extents = extents
    return true
  }

  private mutating func takeParts(_ units: Int) -> [Extent]? {
    var extents: [Extent] = []
    var left = units
    var piece = min(left, Extent.unitsMax)
    while left > 0 {
      if extents.count < BlockEntry.extentsMax, let unit = self.space.take(piece) {
        extents.append(Extent(unit: UInt32(unit), units: UInt8(piece)))
        left -= piece
        piece = min(piece, left)
      } else if extents.count < BlockEntry.extentsMax, piece > 1 {
        piece = (piece + 1) / 2
      } else {
        self.giveBack(extents)
        return nil
      }
    }
    return extents
  }

  mutating func giveBack(_ extents: [Extent]) {
    for extent in extents { self.space.giveBack(Int(extent.unit), count: Int(extent.units)) }
  }

  mutating func abandonPut(_ entry: BlockEntry) {
    self.writing[entry.address] = nil
    self.giveBack(entry.extents)
  }

  // MARK: Reading

  enum BlockPlace {
    /// In the data file; the ticket is given back after reading.
    case here(BlockEntry, ticket: Int)
    case away(BlockEntry, AwayBlock)
    case cached(BlockEntry, CachedBlock)
    case absent
    case refused(BlobError)
  }

  /// - Parameter mayCache: false for who wants to know what the disk says.
  mutating func beginRead(_ key: BlockEntry, mayCache: Bool) -> BlockPlace {
    if let failure = self.failure { return .refused(failure) }
    guard let entry = self.index.find(key) else { return .absent }
    if !self.away.isEmpty, let block = self.away[entry.address] { return .away(entry, block) }
    if mayCache, let block = self.cache.find(entry) { return .cached(entry, block) }
    return .here(entry, ticket: self.epochs.enter())
  }

  var refusal: BlobError? {
    if let failure = self.failure { return failure }
    return self.isClosing ? BlobError(.shuttingDown, "the blob store closes") : nil
  }

  mutating func enqueue(
    _ change: StoreRecord.Change, _ body: LentBytes?,
    _ waiter: UnsafeContinuation<BlobError?, Never>?
  ) -> (BlobError?, UnsafeContinuation<Void, Never>?) {
    if let failure = self.failure { return (failure, nil) }
    // A block whose bytes are written is still committed while the store closes.
    if self.isClosing, case .remove = change {
      return (BlobError(.shuttingDown, "the blob store closes"), nil)
    }
    self.queue.append(Waiting(change: change, body: body, waiter: waiter))
    return (nil, self.idle.take())
  }

  var isAtEnd: Bool {
    self.isClosing && self.writing.isEmpty && self.queue.isEmpty && self.postponed.isEmpty
  }

  mutating func tryPostponed() -> UnsafeContinuation<Void, Never>? {
    guard !self.postponed.isEmpty, self.failure == nil else { return nil }
    self.queue = self.postponed + self.queue
    self.postponed = []
    return self.idle.take()
  }

  mutating func fail(
    _ error: BlobError
  ) -> ([UnsafeContinuation<BlobError?, Never>], [UnsafeContinuation<Void, Never>]) {
    if self.failure == nil { self.failure = error }
    let waiters =
      (self.queue + self.postponed).compactMap(\.waiter) + self.checkpointWaiters
      + self.homeWaiters.map(\.waiter)
    self.queue = []
    self.postponed = []
    self.homeWaiters = []
    self.checkpointWaiters = []
    for waiter in self.growWaiters { waiter.resume() }
    self.growWaiters = []
    return (waiters, [self.idle.take(), self.homer.take()].compactMap { $0 })
  }

  // MARK: Changes that are durable

  /// False when a block was not taken: it was deleted while its bytes were written.
  mutating func apply(_ change: StoreRecord.Change) -> Bool {
    switch change {
    case .put(let entry), .carry(let entry):
      self.writing[entry.address] = nil
      let address = entry.address
      if self.tombstones[BlobKey(volume: address.volume, id: address.blob)] != nil {
        self.giveBack(entry.extents)
        return false
      }
      let old = self.index.find(entry)
      self.index.insert(entry)
      self.statistics.bytes += Int64(entry.byteCount)
      if let old, old.extents != entry.extents { self.release(old) }
    case .remove(let blob, let blocks, let milliseconds):
      self.tombstones[blob] = milliseconds
      for number in 0..<blocks {
        let key = BlockEntry(BlockAddress(volume: blob.volume, blob: blob.id, number: number))
        if let old = self.index.remove(key) {
          self.away[old.address] = nil
          self.cache.remove(old.address)
          self.release(old)
        }
      }
    case .damage:
      // Whoever found it has marked the block, and its place if it was let go.
      break
    }
    return true
  }

  private mutating func release(_ entry: BlockEntry) {
    self.statistics.bytes -= Int64(entry.byteCount)
    if entry.isDamagedPlace {
      self.setAside[entry.starts.0] = entry.placeSetAside
      return
    }
    let free = self.epochs.retire(entry.extents)
    self.giveBack(free)
  }

  /// The same without space, for recovery: places are claimed when everything is known.
  mutating func replay(_ change: StoreRecord.Change, isConfirmed: Bool) {
    switch change {
    case .put(var entry), .carry(var entry):
      if self.tombstones[BlobKey(volume: entry.address.volume, id: entry.address.blob)] != nil {
        return
      }
      if !isConfirmed { entry.flags |= BlockEntry.unconfirmed }
      let old = self.index.find(entry)
      self.index.insert(entry)
      if let old, old.isDamagedPlace, old.extents != entry.extents {
        self.setAside[old.starts.0] = old.placeSetAside
      }
    case .remove(let blob, let blocks, let milliseconds):
      self.tombstones[blob] = milliseconds
      for number in 0..<blocks {
        let old = self.index.remove(
          BlockEntry(BlockAddress(volume: blob.volume, blob: blob.id, number: number)))
        if let old, old.isDamagedPlace { self.setAside[old.starts.0] = old.placeSetAside }
      }
    case .damage(var entry):
      if let present = self.index.find(entry), present.extents == entry.extents {
        entry.flags |= BlockEntry.damaged
        self.index.insert(entry)
      } else {
        // It was let go already, and its place had been set aside by then.
        self.setAside[entry.starts.0] = entry.placeSetAside
      }
    }
  }

  /// Keeps a block that was read and proven, unless it was deleted meanwhile.
  mutating func keep(_ block: CachedBlock, of entry: BlockEntry) {
    guard self.index.find(entry)?.checksum == block.checksum else { return }
    self.cache.insert(block)
  }

  /// A block of the last batch before a crash was read whole: it is there like any other.
  mutating func proven(_ entry: BlockEntry) {
    guard entry.flags & BlockEntry.unconfirmed != 0, var present = self.index.find(entry),
      present.checksum == entry.checksum
    else { return }
    present.flags &= ~BlockEntry.unconfirmed
    self.index.insert(present)
  }

  var setAsideUnits: Int { self.setAside.values.reduce(0) { $0 + $1.units } }

  /// A record says so too, so that the place of the block stays out of use when the block is gone and the
  /// store was opened again. Answers who is to be woken for it.
  mutating func damaged(_ entry: BlockEntry) -> UnsafeContinuation<Void, Never>? {
    guard var present = self.index.find(entry), present.checksum == entry.checksum else {
      return nil
    }
    self.statistics.damagedReads += 1
    guard present.flags & BlockEntry.damaged == 0 else { return nil }
    present.flags |= BlockEntry.damaged
    self.index.insert(present)
    return present.isDamagedPlace ? self.enqueue(.damage(present), nil, nil).1 : nil
  }
}

/// The caller's memory, which stays, unchanged, until he is answered.
struct LentBytes: @unchecked Sendable {
  // Sendable: nobody writes to it meanwhile.
  let bytes: UnsafeRawBufferPointer
  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }
}

struct StoreCounters: Sendable {
  var bytes: Int64 = 0
  var damagedReads = 0
  var batches = 0
  var checkpoints = 0
}
