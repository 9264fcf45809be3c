import Link
import LinkServing
import SeriesColumns
import SeriesStorage

/// A view on another node; it is let go of when nobody reads it any more.
final class RemoteView: Sendable {
  let node: RemoteSeriesNode
  let number: UInt64

  init(node: RemoteSeriesNode, number: UInt64) {
    self.node = node
    self.number = number
  }

  deinit { if self.number != 0 { self.node.letGo(of: self.number) } }
}

struct RemoteShard: StoredShard {
  let view: RemoteView
  let segment: Int
  let shard: UInt32

  private var place: ShardPlace {
    ShardPlace(view: self.view.number, segment: self.segment, shard: self.shard)
  }

  func series(
    table: String, terms: [IndexTerms], columns: [ColumnSchema]
  ) async throws(SeriesError) -> SeriesRows {
    var all = SeriesRows(columns: columns.map { Column($0.type) })
    let request = SeriesRequest(self.place, table: table, terms: terms, columns: columns)
    var parts = RemoteParts(self.view, .series, request.body)
    while let bytes = try await parts.next() {
      do throws(ColumnError) {
        var reader = DirectoryReader(bytes)
        let part = try SeriesRows(raw: &reader, columnCount: columns.count)
        guard part.columns.map(\.type) == columns.map(\.type) else {
          throw ColumnError("columns of other types")
        }
        all.ids += part.ids
        for index in columns.indices { all.columns[index].append(contentsOf: part.columns[index]) }
      } catch {
        throw self.view.node.unreadable(error)
      }
    }
    return all
  }

  func scan(_ request: ScanRequest) -> any RowCursor {
    RemoteRowCursor(
      parts: RemoteParts(self.view, .scan, ScanMessage(self.place, request).body),
      types: request.columns.map(\.type))
  }

  func ordered(_ request: OrderedRequest) -> any OrderCursor {
    RemoteOrderCursor(
      parts: RemoteParts(self.view, .ordered, OrderedMessage(self.place, request).body))
  }
}

/// The parts of an answer; asked for when the first is taken. The other side waits while they are not.
struct RemoteParts {
  let view: RemoteView
  private let command: SeriesCommand
  private let body: [UInt8]
  private var stream: LinkReplyStream?

  init(_ view: RemoteView, _ command: SeriesCommand, _ body: [UInt8]) {
    self.view = view
    self.command = command
    self.body = body
  }

  mutating func next() async throws(SeriesError) -> [UInt8]? {
    let node = self.view.node
    do throws(LinkError) {
      if let stream = self.stream { return try await stream.next() }
      let stream = try await node.channel.stream(
        node.request(self.command, self.body, node.options.scanMax))
      self.stream = stream
      return try await stream.next()
    } catch {
      throw SeriesError(error, node.name)
    }
  }
}

struct RemoteRowCursor: RowCursor {
  var parts: RemoteParts
  let types: [ColumnType]

  mutating func next() async throws(SeriesError) -> RowBlock? {
    while let bytes = try await self.parts.next() {
      do throws(ColumnError) {
        var reader = DirectoryReader(bytes)
        let block = try RowBlock(raw: &reader)
        guard block.columns.map(\.type) == self.types else {
          throw ColumnError("columns of other types")
        }
        if !block.isEmpty { return block }
      } catch {
        throw self.parts.view.node.unreadable(error)
      }
    }
    return nil
  }
}

struct RemoteOrderCursor: OrderCursor {
  var parts: RemoteParts
  private var entries: ArraySlice<OrderedEntry> = []

  init(parts: RemoteParts) { self.parts = parts }

  mutating func next() async throws(SeriesError) -> OrderedEntry? {
    while true {
      if let entry = self.entries.popFirst() { return entry }
      guard let bytes = try await self.parts.next() else { return nil }
      do throws(ColumnError) {
        self.entries = try OrderedEntries(body: bytes).entries[...]
      } catch {
        throw self.parts.view.node.unreadable(error)
      }
    }
  }
}
