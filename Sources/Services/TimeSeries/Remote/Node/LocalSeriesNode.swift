import Cluster
import Runtime
package import SeriesColumns
package import SeriesQuery
package import SeriesSchema
package import SeriesStorage
package import SeriesWire
import Values

/// The rows of this process, as the nodes of a cluster see them.
package struct LocalSeriesNode: SeriesNode {
  package typealias Snapshots =
    @Sendable (DatabaseWire.SnapshotRequest) async throws(SeriesFault) -> [DatabaseWire.Snapshot]

  /// How long a query waits for a schema that its liaison knows already.
  private static let patience = Duration.seconds(5)
  private static let groupPatience = Duration.seconds(2)

  package let name: String
  private let queries: QueryEnvironment
  private let data: any GroupData
  private let snapshots: Snapshots
  private let local: LocalMoves?
  private let upkeeper: (any SeriesUpkeep)?
  private var store: any RowStore { self.queries.store }
  private var registry: SchemaRegistry { self.queries.registry }

  package init(
    _ name: String, _ queries: QueryEnvironment, data: any GroupData,
    moves: LocalMoves? = nil, upkeep: (any SeriesUpkeep)? = nil, snapshots: @escaping Snapshots
  ) {
    self.local = moves
    self.upkeeper = upkeep
    self.name = name
    self.queries = queries
    self.data = data
    self.snapshots = snapshots
  }

  // MARK: Rows

  package func deliver(_ delivery: Delivery) async throws(SeriesError) {
    try await self.deliver(body: delivery.body)
  }

  package func deliver(body: [UInt8]) async throws(SeriesError) {
    let read = try Self.read(body)
    for group in Set(read.batches.map(\.rows.group)) { await self.wait(forGroup: group) }
    for batch in read.batches {
      try await self.local?.bringBack(batch.rows.group, epoch: batch.epoch)
    }
    let ticket = try self.local?.enter(read.batches)
    defer { if let ticket { self.local?.leave(ticket) } }
    var batches = read.batches.map(\.rows)
    let schema = self.registry.current
    // Rows of a group that has gone meanwhile have nowhere to be.
    batches.removeAll { schema.isGone($0.group) }
    if read.isAgain {
      for index in batches.indices {
        batches[index] = try await DeliveryCheck.missing(batches[index], in: self.store)
      }
      batches.removeAll { $0.count == 0 }
    }
    guard !batches.isEmpty else { return }
    _ = try await self.store.write(batches)
  }

  /// A liaison may know of a group some milliseconds before this node does.
  private func wait(forGroup group: String) async {
    guard self.registry.current.group(group) == nil else { return }
    let deadline = self.registry.time.now + Self.groupPatience
    let bell = Bell()
    self.registry.add(bell)
    defer { self.registry.remove(bell) }
    while self.registry.current.group(group) == nil, !self.registry.current.isGone(group),
      self.registry.time.now < deadline
    {
      do throws(CancellationError) {
        try await bell.wait(until: deadline, on: self.registry.time)
      } catch {
        return
      }
    }
  }

  private static func read(
    _ body: [UInt8]
  ) throws(SeriesError) -> (batches: [Delivery.Batch], isAgain: Bool) {
    do throws(ColumnError) {
      return try Delivery.batches(of: body)
    } catch {
      throw SeriesError(.malformed, "a delivery cannot be read: \(error.message)")
    }
  }

  package func view(
    group: String, times: ClosedRange<Int64>, _ share: GroupShare
  ) async throws(SeriesError) -> [StoredSegment] {
    try await self.local?.bringBack(group, epoch: share.epoch)
    let view = try await ShardChoice(self.store, [group: share]).view(group: group, times: times)
    try self.local?.check([group: share])
    return view
  }

  package func partial(
    _ query: PartialQuery, _ shares: [String: GroupShare]
  ) async throws(SeriesFault) -> [UInt8] {
    try await self.wait(for: query.schemaRevision)
    do throws(SeriesError) {
      for (group, share) in shares { try await self.local?.bringBack(group, epoch: share.epoch) }
    } catch {
      throw SeriesFault(error)
    }
    var environment = self.queries
    environment.store = ShardChoice(self.store, shares)
    environment.partials = nil
    let answer = try await query.answer(in: environment)
    do throws(SeriesError) { try self.local?.check(shares) } catch { throw SeriesFault(error) }
    return answer
  }

  package var moves: (any NodeMoves)? { self.local }

  package func upkeep(_ call: [UInt8]) async throws(SeriesError) -> [UInt8] {
    guard let upkeeper = self.upkeeper else {
      throw SeriesError(.unavailable, "node \(self.name) has nothing to look after")
    }
    try await self.local?.bringBackAll()
    return try await UpkeepCall.answer(call, by: upkeeper)
  }

  private func wait(for revision: Int64) async throws(SeriesFault) {
    let time = self.registry.time
    let deadline = time.now + Self.patience
    let bell = Bell()
    self.registry.add(bell)
    defer { self.registry.remove(bell) }
    while self.registry.current.appliedRevision < revision {
      guard time.now < deadline else {
        throw SeriesFault(
          .unavailable, "node \(self.name) does not know the schema of the query yet")
      }
      do throws(CancellationError) {
        try await bell.wait(until: deadline, on: time)
      } catch {
        throw SeriesFault(.deadlineExceeded, "nobody waits for the answer any more")
      }
    }
  }

  // MARK: Groups and schema

  package func size(of group: String) async throws(SeriesFault) -> Int64 {
    do throws(SeriesError) { try await self.local?.bringBack(group, epoch: .max) } catch {
      throw SeriesFault(error)
    }
    return try await self.data.byteCount(group)
  }

  package func drop(_ group: String) async throws(SeriesFault) {
    do throws(SeriesError) { try await self.local?.forgetPromise(group) } catch {
      throw SeriesFault(error)
    }
    try await self.data.drop(group)
  }

  package func inspect(_ group: String) async throws(SeriesFault) -> [DatabaseWire.DataInfo] {
    try await self.data.inspect(group).data
  }

  package func snapshot(
    _ request: DatabaseWire.SnapshotRequest
  ) async throws(SeriesFault) -> [DatabaseWire.Snapshot] {
    try await self.snapshots(request)
  }

  package func ping() async throws(SeriesError) {}

  package func appliedRevision() async -> Int64 { self.registry.current.appliedRevision }

  package func revisions(_ keys: [SchemaKey]) async -> [Int64?]? {
    let schema = self.registry.current
    return keys.map { schema.revision($0) }
  }
}
