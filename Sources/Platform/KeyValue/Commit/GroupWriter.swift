private import Bytes
import CRocksDB
private import CSystem
private import Observability

/// Turns a group of requests into one write of the store. Used by the writer thread only.
final class GroupWriter {
  private let native: NativeStore
  private var group = ByteWriter(capacity: 64 << 10)
  /// When a failed store was last asked to go on, by the monotonic clock.
  private var resumedAt: UInt64 = 0
  private var isFailed = false

  private let metrics: StoreMetrics?

  init(_ native: NativeStore, _ metrics: StoreMetrics?) {
    self.native = native
    self.metrics = metrics
  }

  /// Writes the group and completes every request of it.
  func write(_ requests: ArraySlice<CommitRequest>) {
    if self.isFailed { self.resume() }
    let start = csystem_monotonic_ns()
    let isSynced = requests.contains { $0.durability == .synced }
    let isLogged = requests[requests.startIndex].durability != .unlogged
    // A range delete cannot go through an overlay; groups with one have no reader behind it.
    let needsOverlay = requests.contains { $0.isReading }
    let written: Result<UInt64, StoreError>
    do throws(StoreError) {
      written = .success(
        needsOverlay
          ? try self.writeOverlay(requests, isSynced: isSynced, isLogged: isLogged)
          : try self.writePlain(requests, isSynced: isSynced, isLogged: isLogged))
    } catch {
      written = .failure(error)
      self.isFailed = true
    }
    self.metrics?.groupTime.record(csystem_monotonic_ns() &- start)
    self.metrics?.groupRequests.record(UInt64(requests.count))
    for request in requests {
      switch written {
      case .failure(let error): request.complete(.failure(error))
      case .success(let sequence):
        request.complete(request.outcome ?? .success(.committed(sequence: sequence)))
      }
    }
  }

  /// A store that has met a full disk or another error refuses writes until it is told to go on.
  private func resume() {
    let now = csystem_monotonic_ns()
    // Each attempt flushes: not more often than this while the cause lasts.
    guard now &- self.resumedAt > 100_000_000 else { return }
    self.resumedAt = now
    var status = crocks_status()
    crocks_resume(self.native.pointer, &status)
    self.isFailed = !(status.code == CROCKS_OK)
    crocks_free(status.message)
  }

  private func writePlain(
    _ requests: ArraySlice<CommitRequest>, isSynced: Bool, isLogged: Bool
  ) throws(StoreError) -> UInt64 {
    self.group.removeAll(keepingCapacityUpTo: 8 << 20)
    self.group.append(repeating: 0, count: WriteBatch.headerBytes)
    var count: UInt32 = 0
    for request in requests {
      do throws(StoreError) { try request.checkFamilies() } catch {
        request.outcome = .failure(error)
        continue
      }
      count += UInt32(request.batch.count)
      request.batch.appendRecords(to: &self.group)
    }
    self.group.overwrite(at: 8, littleEndian: count)
    var sequence: UInt64 = 0
    try self.group.withUnsafeBytes { (bytes) throws(StoreError) in
      try checked("write to", self.native.path) { status in
        crocks_write(
          self.native.pointer, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self),
          UInt64(bytes.count), isSynced ? 1 : 0, isLogged ? 1 : 0, 0, &sequence, status)
      }
    }
    return sequence
  }

  private func writeOverlay(
    _ requests: ArraySlice<CommitRequest>, isSynced: Bool, isLogged: Bool
  ) throws(StoreError) -> UInt64 {
    // The call never fails: it only allocates.
    let overlay = crocks_overlay_create(self.native.pointer).unsafelyUnwrapped
    defer { crocks_overlay_destroy(overlay) }
    for request in requests {
      do throws(StoreError) {
        try request.checkFamilies()
        try self.add(request, to: overlay)
      } catch {
        request.outcome = .failure(error)
      }
    }
    var sequence: UInt64 = 0
    try checked("write to", self.native.path) {
      crocks_overlay_write(overlay, isSynced ? 1 : 0, isLogged ? 1 : 0, &sequence, $0)
    }
    return sequence
  }

  private func add(_ request: CommitRequest, to overlay: OpaquePointer) throws(StoreError) {
    switch request.kind {
    case .batch:
      try self.append(request.batch, to: overlay)
    case .conditional(let conditions):
      for (index, condition) in conditions.enumerated() {
        try condition.family.checkPresent()
        let found = try readOverlay(
          overlay, condition.key, condition.family, path: self.native.path)
        guard condition.holds(for: found) else {
          request.outcome = .success(.unmet(index: index, found: found))
          return
        }
      }
      try self.append(request.batch, to: overlay)
    case .deciding(let decide):
      let decision = Decision(overlay: overlay, path: self.native.path)
      defer { decision.end() }
      guard decide(decision) else { return }
      for index in decision.batch.families.indices {
        try decision.batch.families[index].checkPresent()
      }
      try self.append(decision.batch, to: overlay)
    case .job:
      preconditionFailure("BUG: a job inside a group")
    }
  }

  private func append(
    _ batch: borrowing WriteBatch, to overlay: OpaquePointer
  ) throws(StoreError) {
    guard !batch.hasRangeDelete else {
      throw StoreError(
        .unsupported, "a conditional commit to \(self.native.path) cannot delete a range")
    }
    guard batch.count > 0 else { return }
    try batch.writer.withUnsafeBytes { (bytes) throws(StoreError) in
      try checked("write to", self.native.path) {
        crocks_overlay_append(
          overlay, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt64(bytes.count), $0)
      }
    }
  }
}
