internal import ObjectModel
private import Runtime
internal import Values

/// The first half of a scan: every name of every namespace. Keeps its place, so that it can be stopped
/// and go on.
///
/// Used by one scan at a time, inside its actor.
final class ReferenceWalk {
  private let scan: OrphanScan
  private let filter: ReferenceFilter
  /// Only blobs that were begun, and written, before this can be orphans.
  let bound: UInt64
  private(set) var report = OrphanReport()

  private enum Phase {
    case roots(after: RootID?)
    case names(RootID, cursor: [UInt8])
    case queue(cursor: [UInt8])
    case moves(round: Int)
  }
  private var index = 0
  private var phase = Phase.roots(after: nil)
  private var marks: [UInt64] = []
  private var isOver = false

  init(_ scan: OrphanScan) {
    self.scan = scan
    self.filter = ReferenceFilter(
      expecting: scan.inventory.storedBlockCount, byteCountMax: scan.options.filterBytesMax,
      seed: scan.random.next())
    let now = UInt64(max(0, scan.clock.wallNow.nanoseconds / 1_000_000))
    self.bound = now - min(now, scan.options.ageMilliseconds)
    self.marks = scan.namespaces.map { $0.watchMoves() }
  }

  /// Has the namespaces forget moves. Once.
  func end() {
    guard !self.marks.isEmpty else { return }
    self.marks = []
    for namespace in self.scan.namespaces { namespace.unwatchMoves() }
  }

  deinit { self.end() }

  func names(_ volume: VolumeID, _ blob: UUID) -> Bool { self.filter.contains(volume, blob) }

  func run(
    isolation: isolated (any Actor)? = #isolation, _ progress: (OrphanReport) -> Void
  ) async throws(UpkeepError) {
    while !self.isOver {
      try UpkeepError.checkCancellation()
      let before = self.report.references
      do throws(NamespaceError) {
        try await self.step()
      } catch {
        throw UpkeepError(error)
      }
      progress(self.report)
      await self.scan.rest(after: max(1, self.report.references - before))
    }
  }

  /// One page.
  private func step(
    isolation: isolated (any Actor)? = #isolation
  ) async throws(NamespaceError) {
    guard self.index < self.scan.namespaces.count else {
      self.isOver = true
      return
    }
    let namespace = self.scan.namespaces[self.index]
    switch self.phase {
    case .roots(let after):
      if let root = try await namespace.roots(after: after, limit: 1).first {
        self.report.roots += 1
        self.phase = .names(root, cursor: [])
      } else {
        self.phase = .queue(cursor: [])
      }
    case .names(let root, let cursor):
      let next = try await self.page(namespace, .root(root), root, cursor)
      self.phase = next.isEmpty ? .roots(after: root) : .names(root, cursor: next)
    case .queue(let cursor):
      let next = try await self.page(namespace, .queue, nil, cursor)
      self.phase = next.isEmpty ? .moves(round: 0) : .queue(cursor: next)
    case .moves(let round):
      if try await self.follow(namespace, round) {
        self.index += 1
        self.phase = .roots(after: nil)
      } else {
        self.phase = .moves(round: round + 1)
      }
    }
  }

  /// Looks where names have moved to. True when none has moved since the round before.
  private func follow(
    isolation: isolated (any Actor)? = #isolation, _ namespace: any NamespaceUpkeep, _ round: Int
  ) async throws(NamespaceError) -> Bool {
    let moved = try namespace.moves(since: self.marks[self.index])
    self.marks[self.index] = moved.mark
    guard !moved.places.isEmpty else { return true }
    guard round < self.scan.options.roundsMax else {
      self.report.heldBack = "names moved through \(round) rounds without an end"
      return true
    }
    for place in moved.places {
      var cursor: [UInt8] = []
      repeat {
        cursor = try await self.page(namespace, place, nil, cursor)
      } while !cursor.isEmpty
    }
    return false
  }

  private func page(
    isolation: isolated (any Actor)? = #isolation, _ namespace: any NamespaceUpkeep,
    _ place: HoldingPlace, _ root: RootID?, _ cursor: [UInt8]
  ) async throws(NamespaceError) -> [UInt8] {
    let page = try await namespace.holdings(
      place, after: cursor, limit: self.scan.options.pageLimit)
    self.report.references += page.holdings.count
    var unread: [Holding] = []
    for holding in page.holdings {
      self.filter.insert(holding.blob.volume, holding.blob.id)
      guard holding.blob.isPartTable else { continue }
      let call = BlobCall(priority: .scrub)
      switch await PartTable.read(holding.blob, self.scan.blobs, call) {
      case .blobs(let parts):
        self.report.references += parts.count
        for part in parts { self.filter.insert(part.volume, part.id) }
      case .gone, .unreadable: unread.append(holding)
      }
    }
    // What waits to be deleted may be deleted, its parts before it.
    guard place != .queue else { return page.cursor }
    if !unread.isEmpty, let lost = try await self.stillNamed(namespace, place, cursor, unread).first
    {
      self.report.heldBack =
        "the table of parts of \(String(decoding: lost.name, as: UTF8.self)) cannot be read: its parts "
        + "would seem to be named by nobody"
    }
    if let root { try await self.findDangling(namespace, root, cursor, page.holdings) }
    return page.cursor
  }

  private func findDangling(
    isolation: isolated (any Actor)? = #isolation, _ namespace: any NamespaceUpkeep,
    _ root: RootID, _ cursor: [UInt8], _ holdings: [Holding]
  ) async throws(NamespaceError) {
    let volumes = Set(self.scan.inventory.volumes)
    let here = holdings.filter { volumes.contains($0.blob.volume) }
    let missing: Set<BlobReference>
    do throws(BlobError) {
      missing = Set(try await self.scan.inventory.missing(here.map(\.blob)))
    } catch {
      // A store that does not answer says nothing about names.
      return
    }
    guard !missing.isEmpty else { return }
    let suspects = here.filter { missing.contains($0.blob) }
    for holding in try await self.stillNamed(namespace, .root(root), cursor, suspects) {
      self.report.danglingCount += 1
      guard self.report.dangling.count < self.scan.options.danglingMax else { continue }
      self.report.dangling.append(
        DanglingReference(root: root, name: holding.name, blob: holding.blob))
    }
  }

  /// Those that are on the page now as before: a blob is deleted long after its name.
  private func stillNamed(
    isolation: isolated (any Actor)? = #isolation, _ namespace: any NamespaceUpkeep,
    _ place: HoldingPlace, _ cursor: [UInt8], _ holdings: [Holding]
  ) async throws(NamespaceError) -> [Holding] {
    let page = try await namespace.holdings(
      place, after: cursor, limit: self.scan.options.pageLimit)
    let named = Set(page.holdings)
    return holdings.filter { named.contains($0) }
  }
}
