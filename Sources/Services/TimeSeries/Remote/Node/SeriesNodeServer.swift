import Bytes
import Link
package import LinkServing
package import Observability
import Protobuf
package import Runtime
import SeriesColumns
import SeriesQuery
import SeriesSchema
import SeriesStorage
import SeriesWire

/// Answers other nodes for the rows of this one.
package final class SeriesNodeServer: Sendable {
  /// Of one part of a stream.
  static let partBytesMax = 4 << 20
  static let seriesPerPart = 65_536
  static let entriesPerPart = 256

  private let node: @Sendable () -> LocalSeriesNode?
  private let views: ViewTable
  private let deliveries: DeliveryMetrics
  private let time: any TimeSource

  /// - Parameter node: nil while the rows are not open: calls are answered `shuttingDown`.
  package init(
    time: any TimeSource, random: any RandomSource, metrics: MetricRegistry = MetricRegistry(),
    node: @escaping @Sendable () -> LocalSeriesNode?
  ) {
    self.node = node
    self.time = time
    self.deliveries = DeliveryMetrics(metrics, .taken)
    self.views = ViewTable(time: time, first: (random.next() & 0xFFFF_FFFF) << 16)
  }

  package func add(to router: inout LinkRouter) {
    self.on(.deliver, in: &router) { (node, body) throws(LinkError) in
      try await self.deliver(node, body)
    }
    self.on(.view, in: &router) { (node, body) throws(LinkError) in
      try await self.view(node, body)
    }
    self.on(.schema, in: &router) { (node, body) throws(LinkError) in
      let question = try Self.read(SchemaQuestion.self, body, .schema)
      let revisions = await node.revisions(question.keys) ?? []
      return SchemaReply(applied: await node.appliedRevision(), revisions: revisions).body
    }
    self.onStream(.series, in: &router) { (_, body, writer) throws(LinkError) in
      try await self.series(body, writer)
    }
    self.onStream(.scan, in: &router) { (_, body, writer) throws(LinkError) in
      try await self.scan(body, writer)
    }
    self.onStream(.ordered, in: &router) { (_, body, writer) throws(LinkError) in
      try await self.ordered(body, writer)
    }
    self.onStream(.partial, in: &router) { (node, body, writer) throws(LinkError) in
      try await self.partial(node, body, writer)
    }
    self.addGroups(to: &router)
    self.addMoves(to: &router)
  }

  private func addGroups(to router: inout LinkRouter) {
    self.on(.size, in: &router) { (node, body) throws(LinkError) in
      let name = try Self.read(NameMessage.self, body, .size).name
      do throws(SeriesFault) {
        return NumberMessage(try await node.size(of: name)).body
      } catch { throw LinkError(error) }
    }
    self.on(.drop, in: &router) { (node, body) throws(LinkError) in
      let name = try Self.read(NameMessage.self, body, .drop).name
      do throws(SeriesFault) {
        try await node.drop(name)
        return NoMessage().body
      } catch { throw LinkError(error) }
    }
    self.on(.inspect, in: &router) { (node, body) throws(LinkError) in
      let name = try Self.read(NameMessage.self, body, .inspect).name
      do throws(SeriesFault) {
        return BytesMessage(try await node.inspect(name).map { $0.encoded() }).body
      } catch { throw LinkError(error) }
    }
    self.on(.snapshot, in: &router) { (node, body) throws(LinkError) in
      let bytes = try Self.read(BytesMessage.self, body, .snapshot).bytes.first ?? []
      guard let request = try? DatabaseWire.SnapshotRequest(decoding: bytes.rawBytes) else {
        throw LinkError(.badRequest, "the request of a snapshot cannot be read")
      }
      do throws(SeriesFault) {
        return BytesMessage(try await node.snapshot(request).map { $0.encoded() }).body
      } catch { throw LinkError(error) }
    }
  }

  /// Lets go of views that nobody has read for a while.
  package func prune() { self.views.prune() }

  // MARK: The form of an answer

  typealias Answer =
    @Sendable (LocalSeriesNode, [UInt8]) async throws(LinkError) -> [UInt8]
  typealias StreamAnswer =
    @Sendable (LocalSeriesNode, [UInt8], LinkStreamWriter) async throws(LinkError) -> Void

  func on(
    _ command: SeriesCommand, in router: inout LinkRouter, _ answer: @escaping Answer
  ) {
    router.on(command.rawValue) { incoming async throws(LinkError) in
      LinkReply(body: try await answer(try self.theNode(), incoming.body))
    }
  }

  func onStream(
    _ command: SeriesCommand, in router: inout LinkRouter, _ answer: @escaping StreamAnswer
  ) {
    router.onStream(command.rawValue) { incoming, writer async throws(LinkError) in
      try await answer(try self.theNode(), incoming.body, writer)
      return LinkReply(body: [])
    }
  }

  private func theNode() throws(LinkError) -> LocalSeriesNode {
    guard let node = self.node() else {
      throw LinkError(.shuttingDown, "the rows of this node are not open")
    }
    return node
  }

  static func read<Message: SeriesMessage>(
    _ type: Message.Type, _ body: [UInt8], _ command: SeriesCommand
  ) throws(LinkError) -> Message {
    do throws(ColumnError) {
      return try Message(body: body)
    } catch {
      throw LinkError(error, command.rawValue)
    }
  }

  // MARK: Rows

  private func deliver(
    _ node: LocalSeriesNode, _ body: [UInt8]
  ) async throws(LinkError) -> [UInt8] {
    do throws(SeriesError) {
      // Who sends them is not told.
      try await self.deliveries.count("", body.count, self.time) {
        () async throws(SeriesError) in try await node.deliver(body: body)
      }
      return NoMessage().body
    } catch {
      throw LinkError(error)
    }
  }

  private func view(
    _ node: LocalSeriesNode, _ body: [UInt8]
  ) async throws(LinkError) -> [UInt8] {
    let request = try Self.read(ViewRequest.self, body, .view)
    self.views.close(request.over)
    do throws(SeriesError) {
      let segments = try await node.view(
        group: request.group, times: request.times, request.share)
      let number = segments.isEmpty ? 0 : try self.views.open(segments)
      return ViewReply(
        view: number,
        segments: segments.map { segment in
          ViewReply.Segment(times: segment.times, shards: segment.shards.map(\.shard))
        }
      ).body
    } catch {
      throw LinkError(error)
    }
  }

  private func shard(_ place: ShardPlace) throws(LinkError) -> any StoredShard {
    do throws(SeriesError) {
      return try self.views.shard(place)
    } catch {
      throw LinkError(error)
    }
  }

  private func series(
    _ body: [UInt8], _ writer: LinkStreamWriter
  ) async throws(LinkError) {
    let request = try Self.read(SeriesRequest.self, body, .series)
    let shard = try self.shard(request.place)
    let rows: SeriesRows
    do throws(SeriesError) {
      rows = try await shard.series(
        table: request.table, terms: request.terms, columns: request.columns)
    } catch {
      throw LinkError(error)
    }
    var start = 0
    while start < rows.ids.count {
      let range = start..<min(rows.ids.count, start + Self.seriesPerPart)
      let part = SeriesRows(
        ids: Array(rows.ids[range]), columns: rows.columns.map { $0.slice(range) })
      var bytes = ByteWriter(capacity: 1 << 16)
      part.append(rawTo: &bytes)
      try await writer.send(bytes.bytes.array)
      start = range.upperBound
    }
  }

  private func scan(
    _ body: [UInt8], _ writer: LinkStreamWriter
  ) async throws(LinkError) {
    let request = try Self.read(ScanMessage.self, body, .scan)
    var cursor = try self.shard(request.place).scan(request.scan)
    while true {
      let block: RowBlock?
      do throws(SeriesError) {
        block = try await cursor.next()
      } catch {
        throw LinkError(error)
      }
      guard let block else { return }
      try await Self.send(block, writer)
    }
  }

  /// A block as one part, or as several when it has many bytes.
  private static func send(
    _ block: RowBlock, _ writer: LinkStreamWriter
  ) async throws(LinkError) {
    let wanted = (block.byteCount + self.partBytesMax - 1) / self.partBytesMax
    let parts = max(1, min(block.count, wanted))
    let step = (block.count + parts - 1) / parts
    var start = 0
    while start < block.count {
      let end = min(block.count, start + step)
      var bytes = ByteWriter(capacity: block.byteCount / parts + 1024)
      block.slice(start..<end).append(rawTo: &bytes)
      try await writer.send(bytes.bytes.array)
      start = end
    }
  }

  private func ordered(
    _ body: [UInt8], _ writer: LinkStreamWriter
  ) async throws(LinkError) {
    let request = try Self.read(OrderedMessage.self, body, .ordered)
    var cursor = try self.shard(request.place).ordered(request.ordered)
    var entries: [OrderedEntry] = []
    while true {
      let entry: OrderedEntry?
      do throws(SeriesError) {
        entry = try await cursor.next()
      } catch {
        throw LinkError(error)
      }
      if let entry { entries.append(entry) }
      if entry == nil || entries.count == Self.entriesPerPart {
        if !entries.isEmpty { try await writer.send(OrderedEntries(entries).body) }
        entries.removeAll()
      }
      guard entry != nil else { return }
    }
  }

  private func partial(
    _ node: LocalSeriesNode, _ body: [UInt8], _ writer: LinkStreamWriter
  ) async throws(LinkError) {
    let message = try Self.read(PartialMessage.self, body, .partial)
    let answer: [UInt8]
    do throws(SeriesFault) {
      answer = try await node.partial(message.query, message.shares)
    } catch {
      throw LinkError(error)
    }
    try await Self.send(answer, writer)
  }

  static func send(
    _ answer: [UInt8], _ writer: LinkStreamWriter
  ) async throws(LinkError) {
    var start = 0
    while start < answer.count {
      let end = min(answer.count, start + Self.partBytesMax)
      try await writer.send(Array(answer[start..<end]))
      start = end
    }
  }
}
