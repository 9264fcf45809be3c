import SeriesColumns
import SeriesStorage

/// The moves of a node that is reached over Link.
struct RemoteMoves: NodeMoves, ShardFiles {
  let node: RemoteSeriesNode
  var files: any ShardFiles { self }

  private func ask(
    _ command: SeriesCommand, _ body: [UInt8]
  ) async throws(SeriesError) -> [UInt8] {
    try await self.node.ask(command, body, self.node.options.moveMax)
  }

  private func read<Message: SeriesMessage>(
    _ type: Message.Type, _ body: [UInt8]
  ) throws(SeriesError) -> Message {
    do throws(ColumnError) { return try Message(body: body) } catch {
      throw self.node.unreadable(error)
    }
  }

  func link(
    _ range: ShardRange, as name: String, epoch: UInt64
  ) async throws(SeriesError) -> [ShardFile] {
    let body = try await self.ask(.link, LinkMessage(name, range, epoch: epoch).body)
    return try self.read(FilesMessage.self, body).files
  }

  func read(
    _ path: String, ofLink name: String, from offset: Int64, count: Int
  ) async throws(SeriesError) -> [UInt8] {
    try await self.ask(
      .readLink, PieceMessage(name, path, offset: offset, count: Int64(count)).body)
  }

  func unlink(_ name: String) async throws(SeriesError) {
    _ = try await self.ask(.unlink, NameMessage(name).body)
  }

  func stage(
    _ bytes: [UInt8], at offset: Int64, of path: String, as name: String
  ) async throws(SeriesError) {
    _ = try await self.ask(.stage, StageMessage(name, path, offset: offset, bytes).body)
  }

  func checksum(
    of path: String, as name: String, byteCount: Int64
  ) async throws(SeriesError) -> UInt32? {
    let body = try await self.ask(
      .checksum, PieceMessage(name, path, offset: 0, count: byteCount).body)
    return UInt32(exactly: try self.read(NumberMessage.self, body).number)
  }

  func show(
    _ files: [String], as name: String, _ range: ShardRange, without tables: Set<String>,
    epoch: UInt64
  ) async throws(SeriesError) -> Int64 {
    var message = ShowMessage(LinkMessage(name, range, epoch: epoch), files: files)
    message.without = tables.sorted()
    return try self.read(NumberMessage.self, await self.ask(.show, message.body)).number
  }

  func archive(_ table: String, _ range: ShardRange) async throws(SeriesError) -> Int64 {
    let body = try await self.ask(.archive, LinkMessage(table, range, epoch: 0).body)
    return try self.read(NumberMessage.self, body).number
  }

  func promise(
    _ restore: GroupRestore, shards: Set<UInt32>, epoch: UInt64
  ) async throws(SeriesError) {
    let range = ShardRange(group: restore.group, times: .min ... .max, shards: shards)
    _ = try await self.ask(.promise, LinkMessage(restore.name, range, epoch: epoch).body)
  }

  func settle(_ group: String) async throws(SeriesError) {
    _ = try await self.ask(.settle, NameMessage(group).body)
  }
}
