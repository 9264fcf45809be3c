package import ObjectModel
package import Runtime
internal import Values

/// Finds blobs that nobody names, left behind by whoever died between writing and naming, and names whose
/// blob is gone.
///
/// First it goes over every name of every namespace and keeps the blobs in a filter; then over everything
/// that is stored. A blob that is older than `age` and not in the filter is put on the quarantine list,
/// and deleted by the next scan if still nobody names it. That is safe because
///
/// 1. a commit cannot name a blob for the first time that is older than half of `age`: while the scan
///    runs, old blobs only lose names;
/// 2. names that move while it runs are met where they were, or where the namespace says they went;
/// 3. the filter errs only towards "named".
///
/// A scan that cannot be sure deletes nothing and puts nothing on the list, and says why (`heldBack`).
///
/// Cancelled, it keeps what it has: `run` again goes on. After a restart it begins anew.
///
/// An actor: it protects what a scan has found so far; one scan runs at a time.
package actor OrphanScan {
  nonisolated let namespaces: [any NamespaceUpkeep]
  nonisolated let inventory: any BlobInventory
  nonisolated let blobs: any Blobs
  nonisolated let quarantine: Quarantine
  nonisolated let clock: any TimeSource
  nonisolated let random: any RandomSource
  nonisolated let options: OrphanScanOptions
  private var walk: ReferenceWalk?
  private var isRunning = false

  /// - Parameter namespaces: all that name blobs of `inventory`: what one that is missing here names would
  ///   be deleted.
  package init(
    _ namespaces: [any NamespaceUpkeep], inventory: any BlobInventory, blobs: any Blobs,
    quarantine: Quarantine, clock: any TimeSource,
    random: any RandomSource = SystemRandom.shared,
    options: OrphanScanOptions = OrphanScanOptions()
  ) {
    self.namespaces = namespaces
    self.inventory = inventory
    self.blobs = blobs
    self.quarantine = quarantine
    self.clock = clock
    self.random = random
    self.options = options
  }

  /// - Parameter isDryRun: deletes nothing, and leaves the quarantine list alone.
  /// - Parameter progress: told after every page.
  package func run(
    isDryRun: Bool, progress: @Sendable (OrphanReport) -> Void = { _ in }
  ) async throws(UpkeepError) -> OrphanReport {
    guard !self.isRunning else { throw UpkeepError(.cancelled, "a scan runs already") }
    self.isRunning = true
    defer { self.isRunning = false }
    let walk = self.walk ?? ReferenceWalk(self)
    self.walk = walk
    do throws(UpkeepError) {
      try await walk.run(progress)
    } catch {
      // What was found stays good for as long as moves are kept.
      if error.code != .cancelled { self.forget() }
      throw error
    }
    var report = walk.report
    report.isDryRun = isDryRun
    let candidates = try await self.candidates(walk, &report, progress)
    try await self.settle(candidates, isDryRun, &report, progress)
    self.forget()
    report.isWhole = true
    progress(report)
    return report
  }

  private func forget() {
    self.walk?.end()
    self.walk = nil
  }

  // MARK: What is stored

  /// Old blobs that nobody names.
  private func candidates(
    _ walk: ReferenceWalk, _ report: inout OrphanReport,
    _ progress: @Sendable (OrphanReport) -> Void
  ) async throws(UpkeepError) -> [OrphanKey: Quarantine.Orphan] {
    var candidates: [OrphanKey: Quarantine.Orphan] = [:]
    for volume in self.inventory.volumes {
      var cursor: [UInt8] = []
      repeat {
        try UpkeepError.checkCancellation()
        let page: StoredPage
        do throws(BlobError) {
          page = try await self.inventory.stored(
            in: volume, after: cursor, limit: self.options.pageLimit)
        } catch {
          throw UpkeepError(error)
        }
        for block in page.blocks { self.consider(block, walk, &candidates, &report) }
        cursor = page.cursor
        progress(report)
        await self.rest(after: page.blocks.count)
      } while !cursor.isEmpty
    }
    return candidates
  }

  private func consider(
    _ block: StoredBlock, _ walk: ReferenceWalk,
    _ candidates: inout [OrphanKey: Quarantine.Orphan], _ report: inout OrphanReport
  ) {
    report.blocks += 1
    let address = block.address
    guard let begun = address.begunMilliseconds else { return }
    guard begun < walk.bound, block.milliseconds < walk.bound else { return }
    report.oldBlocks += 1
    guard !walk.names(address.volume, address.blob) else { return }
    let key = OrphanKey(address.volume, address.blob)
    let known = candidates[key]
    if known == nil, candidates.count >= self.options.orphansMax {
      report.isTruncated = true
      return
    }
    var orphan = known ?? Quarantine.Orphan(blocks: 0, byteCount: 0)
    orphan.blocks = max(orphan.blocks, address.number + 1)
    orphan.byteCount += Int64(block.byteCount)
    candidates[key] = orphan
  }

  func rest(after count: Int) async {
    let seconds = Double(count) / Double(max(1, self.options.entriesPerSecond))
    try? await self.clock.sleep(for: .nanoseconds(Int64(seconds * 1e9)))
  }

  // MARK: Quarantine and deletion

  /// Deletes what was on the list before, and lists the rest for the next scan.
  private func settle(
    _ candidates: [OrphanKey: Quarantine.Orphan], _ isDryRun: Bool, _ report: inout OrphanReport,
    _ progress: @Sendable (OrphanReport) -> Void
  ) async throws(UpkeepError) {
    let before = try await self.quarantine.load()
    report.orphans = candidates.count
    report.orphanBytes = candidates.values.reduce(0) { $0 + $1.byteCount }
    report.released = before.orphans.keys.count { candidates[$0] == nil }
    if report.heldBack == nil { report.heldBack = self.doubt(candidates, report) }
    guard report.heldBack == nil else { return }
    let now = UInt64(max(0, self.clock.wallNow.nanoseconds / 1_000_000))
    var after = Quarantine.List(scan: before.scan + 1)
    for (key, orphan) in candidates {
      if let known = before.orphans[key] {
        report.due += 1
        guard !isDryRun, !Task.isCancelled, await self.delete(key, orphan, &report) else {
          after.orphans[key] = known
          continue
        }
        progress(report)
      } else {
        report.quarantined += 1
        var orphan = orphan
        orphan.sinceMilliseconds = now
        after.orphans[key] = orphan
      }
    }
    guard !isDryRun else { return }
    try await self.quarantine.save(after)
    try UpkeepError.checkCancellation()
  }

  /// A store most of whose blobs nobody names rather has a namespace that was not asked.
  private func doubt(
    _ candidates: [OrphanKey: Quarantine.Orphan], _ report: OrphanReport
  ) -> String? {
    guard candidates.count > self.options.orphansAlwaysFine else { return nil }
    let blocks = candidates.values.reduce(0) { $0 + Int($1.blocks) }
    guard Double(blocks) > Double(report.oldBlocks) * self.options.orphanShareMax else {
      return nil
    }
    return
      "\(blocks) of \(report.oldBlocks) old blocks are named by nobody: is every namespace here?"
  }

  private func delete(
    _ key: OrphanKey, _ orphan: Quarantine.Orphan, _ report: inout OrphanReport
  ) async -> Bool {
    do throws(BlobError) {
      try await self.blobs.delete(
        BlobCall(priority: .repair), key.reference(blocks: orphan.blocks))
      report.deleted += 1
      report.deletedBytes += orphan.byteCount
      await self.rest(after: Int(orphan.blocks))
      return true
    } catch {
      report.failed += 1
      return false
    }
  }
}

package struct OrphanScanOptions: Sendable {
  /// Only older blobs can be orphans: as the namespaces have it (`orphanMilliseconds`).
  package var ageMilliseconds: UInt64 = 86_400_000
  /// Names and blocks looked at a second.
  package var entriesPerSecond = 50_000
  package var pageLimit = 1000
  /// Memory of the filter over all names: sixteen bits a name are plenty.
  package var filterBytesMax = 64 << 20
  /// Orphans of one scan; more are left to the next.
  package var orphansMax = 1 << 20
  /// Rounds over names that moved meanwhile.
  package var roundsMax = 32
  /// A larger share of orphans among the old blocks is not believed, when there are more orphans than
  /// `orphansAlwaysFine`.
  package var orphanShareMax = 0.5
  package var orphansAlwaysFine = 1000
  /// How many dangling names a report lists.
  package var danglingMax = 1000

  package init() {}
}

/// What a scan found and did.
package struct OrphanReport: Sendable, Hashable {
  package var roots = 0
  package var references = 0
  package var blocks = 0
  /// Of them, those that are old enough to be orphans.
  package var oldBlocks = 0
  package var orphans = 0
  package var orphanBytes: Int64 = 0
  /// Found for the first time: deleted by the next scan.
  package var quarantined = 0
  /// Found for the second time.
  package var due = 0
  package var deleted = 0
  package var deletedBytes: Int64 = 0
  /// Deletions that the store refused; tried again by the next scan.
  package var failed = 0
  /// On the list before, and no orphans any more, or gone.
  package var released = 0
  /// Names whose blob is gone, at least in part: damage.
  package var danglingCount = 0
  package var dangling: [DanglingReference] = []
  /// Why nothing was listed or deleted: the scan could not be sure.
  package var heldBack: String?
  /// There are more orphans than one scan takes.
  package var isTruncated = false
  package var isDryRun = false
  package var isWhole = false

  package init() {}
}

package struct DanglingReference: Sendable, Hashable {
  package var root: RootID
  /// The object's key; of a part, the upload's identifier.
  package var name: [UInt8]
  package var blob: BlobReference
}
