import Bytes
import Link
package import LinkServing
import Protobuf
package import Runtime
package import SeriesColumns
package import SeriesQuery
package import SeriesSchema
package import SeriesStorage
package import SeriesWire
import Values

/// A data node that is reached over Link.
package final class RemoteSeriesNode: SeriesNode {
  package struct Options: Sendable {
    /// Until rows are durable there: behind it the node counts as away.
    package var deliverMax = Duration.seconds(5)
    package var viewMax = Duration.seconds(5)
    /// A scan, from its first block to its last.
    package var scanMax = Duration.seconds(300)
    package var partialMax = Duration.seconds(15)
    package var groupMax = Duration.seconds(30)
    package var pingMax = Duration.seconds(2)
    /// A step of a move: making parts, reading or writing a piece, showing what came.
    package var moveMax = Duration.seconds(120)
    /// What an operator asks for: merging or reading everything takes long.
    package var upkeepMax = Duration.seconds(6 * 3600)
    /// A piece of a file, a list, or anything else of it that does not: behind it the node counts as hanging. While it
    /// does what takes long it must answer pings, the last of them no longer ago.
    package var silenceMax = Duration.seconds(60)
    package var pingInterval = Duration.seconds(10)
    /// Of an answer to a partial query.
    package var partialBytesMax = 512 << 20
    package init() {}
    package init(_ change: (inout Options) -> Void) { change(&self) }
  }

  package let name: String
  let channel: any LinkChannel
  let clock: any TimeSource
  let options: Options
  /// Views that were read to their end, for the next call to tell.
  private let over = Guarded<[UInt64]>([])

  package init(
    _ name: String, _ channel: any LinkChannel, clock: any TimeSource,
    options: Options = Options()
  ) {
    self.name = name
    self.channel = channel
    self.clock = clock
    self.options = options
  }

  // MARK: Rows

  package func deliver(_ delivery: Delivery) async throws(SeriesError) {
    try await self.deliver(body: delivery.body)
  }

  package func deliver(body: [UInt8]) async throws(SeriesError) {
    // Not known to be done is not done again by the link: it would be there twice.
    _ = try await self.ask(.deliver, body, self.options.deliverMax, isIdempotent: false)
  }

  package func view(
    group: String, times: ClosedRange<Int64>, _ share: GroupShare
  ) async throws(SeriesError) -> [StoredSegment] {
    let over = self.over.withLock { over in
      defer { over = [] }
      return over
    }
    let request = ViewRequest(over: over, group: group, times: times, share: share)
    let body = try await self.ask(.view, request.body, self.options.viewMax)
    let reply: ViewReply
    do throws(ColumnError) { reply = try ViewReply(body: body) } catch {
      throw self.unreadable(error)
    }
    let view = RemoteView(node: self, number: reply.view)
    return reply.segments.enumerated().map { index, segment in
      StoredSegment(
        times: segment.times,
        shards: segment.shards.map { RemoteShard(view: view, segment: index, shard: $0) })
    }
  }

  func letGo(of view: UInt64) {
    // What is not told goes by itself after a while.
    self.over.withLock { if $0.count < 4096 { $0.append(view) } }
  }

  package func partial(
    _ query: PartialQuery, _ shares: [String: GroupShare]
  ) async throws(SeriesFault) -> [UInt8] {
    do throws(LinkError) {
      let stream = try await self.channel.stream(
        self.request(
          .partial, PartialMessage(query, shares).body, self.options.partialMax))
      return try await stream.collect(limit: self.options.partialBytesMax)
    } catch {
      throw SeriesFault(error, self.name)
    }
  }

  package var moves: (any NodeMoves)? { RemoteMoves(node: self) }

  package func ping() async throws(SeriesError) {
    do throws(LinkError) {
      try await self.channel.ping(deadline: self.clock.now + self.options.pingMax)
    } catch {
      throw SeriesError(error, self.name)
    }
  }

  // MARK: Groups and schema

  package func size(of group: String) async throws(SeriesFault) -> Int64 {
    try self.message(NumberMessage.self, await self.askGroup(.size, NameMessage(group).body)).number
  }

  package func drop(_ group: String) async throws(SeriesFault) {
    _ = try await self.askGroup(.drop, NameMessage(group).body)
  }

  package func inspect(_ group: String) async throws(SeriesFault) -> [DatabaseWire.DataInfo] {
    try self.messages(await self.askGroup(.inspect, NameMessage(group).body))
  }

  package func snapshot(
    _ request: DatabaseWire.SnapshotRequest
  ) async throws(SeriesFault) -> [DatabaseWire.Snapshot] {
    try self.messages(
      await self.askGroup(.snapshot, BytesMessage([request.encoded()]).body))
  }

  package func appliedRevision() async -> Int64 {
    guard let reply = await self.schema([]) else { return .min }
    return reply.applied
  }

  package func revisions(_ keys: [SchemaKey]) async -> [Int64?]? {
    guard let reply = await self.schema(keys), reply.revisions.count == keys.count else {
      return nil
    }
    return reply.revisions
  }

  private func schema(_ keys: [SchemaKey]) async -> SchemaReply? {
    let body = try? await self.ask(.schema, SchemaQuestion(keys).body, self.options.pingMax)
    return body.flatMap { try? SchemaReply(body: $0) }
  }

  // MARK: Asking

  func request(
    _ command: SeriesCommand, _ body: [UInt8], _ limit: Duration, isIdempotent: Bool = true
  ) -> LinkRequest {
    var request = LinkRequest(command.rawValue, body: body, deadline: self.clock.now + limit)
    request.isIdempotent = isIdempotent
    return request
  }

  func ask(
    _ command: SeriesCommand, _ body: [UInt8], _ limit: Duration, isIdempotent: Bool = true
  ) async throws(SeriesError) -> [UInt8] {
    do throws(LinkError) {
      return try await self.channel.call(
        self.request(command, body, limit, isIdempotent: isIdempotent)
      ).body
    } catch {
      throw SeriesError(error, self.name)
    }
  }

  private func askGroup(
    _ command: SeriesCommand, _ body: [UInt8]
  ) async throws(SeriesFault) -> [UInt8] {
    do throws(LinkError) {
      return try await self.channel.call(self.request(command, body, self.options.groupMax)).body
    } catch {
      throw SeriesFault(error, self.name)
    }
  }

  private func message<Message: SeriesMessage>(
    _ type: Message.Type, _ body: [UInt8]
  ) throws(SeriesFault) -> Message {
    do throws(ColumnError) {
      return try Message(body: body)
    } catch {
      throw SeriesFault(self.unreadable(error))
    }
  }

  private func messages<Message: ProtobufMessage>(
    _ body: [UInt8]
  ) throws(SeriesFault) -> [Message] {
    var messages: [Message] = []
    for bytes in try self.message(BytesMessage.self, body).bytes {
      guard let message = try? Message(decoding: bytes.rawBytes) else {
        throw SeriesFault(.internalError, "an answer of node \(self.name) cannot be read")
      }
      messages.append(message)
    }
    return messages
  }

  func unreadable(_ error: ColumnError) -> SeriesError {
    SeriesError(.malformed, "an answer of node \(self.name) cannot be read: \(error.message)")
  }
}
