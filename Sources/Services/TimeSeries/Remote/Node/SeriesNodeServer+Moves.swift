import Link
import LinkServing
import SeriesColumns
import SeriesStorage

/// What other nodes ask for so that shards move, and what an operator asks for elsewhere.
extension SeriesNodeServer {
  private typealias MoveAnswer =
    @Sendable (any NodeMoves, [UInt8]) async throws(SeriesError) -> [UInt8]

  func addMoves(to router: inout LinkRouter) {
    self.onMove(.link, in: &router) { (moves, body) throws(SeriesError) in
      let message = try Self.message(LinkMessage.self, body)
      return FilesMessage(
        try await moves.link(message.range, as: message.name, epoch: message.epoch)
      ).body
    }
    self.onMove(.readLink, in: &router) { (moves, body) throws(SeriesError) in
      let piece = try Self.message(PieceMessage.self, body)
      guard piece.count <= Int64(PieceMessage.byteCountMax) else {
        throw SeriesError(.malformed, "a piece of \(piece.count) bytes is too much")
      }
      return try await moves.files.read(
        piece.path, ofLink: piece.name, from: piece.offset, count: Int(piece.count))
    }
    self.onMove(.unlink, in: &router) { (moves, body) throws(SeriesError) in
      try await moves.files.unlink(Self.message(NameMessage.self, body).name)
      return NoMessage().body
    }
    self.onMove(.stage, in: &router) { (moves, body) throws(SeriesError) in
      let piece = try Self.message(StageMessage.self, body)
      try await moves.files.stage(piece.bytes, at: piece.offset, of: piece.path, as: piece.name)
      return NoMessage().body
    }
    self.onMove(.checksum, in: &router) { (moves, body) throws(SeriesError) in
      let piece = try Self.message(PieceMessage.self, body)
      let sum = try await moves.files.checksum(
        of: piece.path, as: piece.name, byteCount: piece.count)
      return NumberMessage(sum.map { Int64($0) } ?? -1).body
    }
    self.onMove(.show, in: &router) { (moves, body) throws(SeriesError) in
      let message = try Self.message(ShowMessage.self, body)
      let link = message.link
      return NumberMessage(
        try await moves.show(
          message.files, as: link.name, link.range, without: Set(message.without),
          epoch: link.epoch)
      ).body
    }
    self.onMove(.archive, in: &router) { (moves, body) throws(SeriesError) in
      let link = try Self.message(LinkMessage.self, body)
      return NumberMessage(try await moves.files.archive(link.name, link.range)).body
    }
    self.onMove(.promise, in: &router) { (moves, body) throws(SeriesError) in
      let link = try Self.message(LinkMessage.self, body)
      try await moves.promise(
        GroupRestore(link.range.group, as: link.name), shards: link.range.shards,
        epoch: link.epoch)
      return NoMessage().body
    }
    self.onMove(.settle, in: &router) { (moves, body) throws(SeriesError) in
      try await moves.settle(Self.message(NameMessage.self, body).name)
      return NoMessage().body
    }
    self.onStream(.upkeep, in: &router) { (node, body, writer) throws(LinkError) in
      let call = try Self.read(BytesMessage.self, body, .upkeep).bytes.first ?? []
      let answer: [UInt8]
      do throws(SeriesError) { answer = try await node.upkeep(call) } catch {
        throw LinkError(error)
      }
      try await Self.send(answer, writer)
    }
  }

  private func onMove(
    _ command: SeriesCommand, in router: inout LinkRouter, _ answer: @escaping MoveAnswer
  ) {
    self.on(command, in: &router) { (node, body) throws(LinkError) in
      do throws(SeriesError) {
        guard let moves = node.moves else {
          throw SeriesError(.unavailable, "the shards of node \(node.name) do not move")
        }
        return try await answer(moves, body)
      } catch {
        throw LinkError(error)
      }
    }
  }

  private static func message<Message: SeriesMessage>(
    _ type: Message.Type, _ body: [UInt8]
  ) throws(SeriesError) -> Message {
    do throws(ColumnError) { return try Message(body: body) } catch {
      throw SeriesError(.malformed, "a step of a move cannot be read: \(error.message)")
    }
  }
}
