internal import Bytes
internal import Link
package import LinkServing
package import ObjectModel
internal import Values

/// Answers the calls of other nodes by the stores of this one.
package struct BlobServer: Sendable {
  /// Of one answer: a page goes into a frame with room to spare.
  static let pageLimitMax = 10_000
  static let rangeMax = 16 << 20

  private typealias Work<Request, Reply> = @Sendable (any BlobNode, Request) async throws -> Reply

  private let node: @Sendable () -> (any BlobNode)?

  /// - Parameter node: nil while the stores are not open: calls are answered `shuttingDown`.
  package init(node: @escaping @Sendable () -> (any BlobNode)?) { self.node = node }

  package func add(to router: inout LinkRouter) {
    router.on(BlobCommand.put.rawValue) { incoming async throws(LinkError) in
      try await self.put(incoming).get()
    }
    router.on(BlobCommand.get.rawValue) { incoming async throws(LinkError) in
      try await self.get(incoming).get()
    }
    self.on(.delete, in: &router) { (node, request: DeleteBlobRequest) -> Nothing in
      try await node.delete(BlobCall(priority: request.priority), request.blob)
      return Nothing()
    }
    self.on(.stored, in: &router) { (node, request: InventoryRequest) -> StoredPage in
      try await node.stored(
        in: request.volume, after: request.page.after,
        limit: min(request.page.limit, Self.pageLimitMax))
    }
    self.on(.states, in: &router) { (node, blocks: [BlockAddress]) -> [BlockState] in
      try await node.states(of: blocks)
    }
    self.on(.missing, in: &router) { (node, blobs: [BlobReference]) -> [BlobReference] in
      try await node.missing(blobs)
    }
    self.on(.verified, in: &router) { (node, request: InventoryRequest) -> VerifiedPage in
      try await node.verified(
        in: request.volume, after: request.page.after,
        limit: min(request.page.limit, Self.pageLimitMax))
    }
    self.on(.standing, in: &router) { (node, _: Nothing) -> [VolumeStanding] in
      try await node.standing()
    }
  }

  private func theNode() throws(LinkError) -> any BlobNode {
    guard let node = self.node() else {
      throw LinkError(.shuttingDown, "the stores of this node are not open yet")
    }
    return node
  }

  // MARK: Blocks

  private func put(_ incoming: LinkIncoming) async -> Result<LinkReply, LinkError> {
    do {
      let node = try self.theNode()
      let head = try PutHead(body: incoming.body.rawBytes)
      let count = incoming.body.count - PutHead.byteCount
      // Where direct I/O wants it.
      let buffer = BlockBuffer(byteCount: max(count, 1))
      buffer.count = count
      incoming.body.withUnsafeBytes {
        buffer.bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[PutHead.byteCount...]))
      }
      let call = BlobCall(trace: incoming.traceID, priority: head.priority)
      try await node.put(call, head.block, buffer.filled, checksum: head.checksum)
      return .success(LinkReply(body: []))
    } catch {
      return .failure(Self.failure(error, incoming))
    }
  }

  private func get(_ incoming: LinkIncoming) async -> Result<LinkReply, LinkError> {
    do {
      let node = try self.theNode()
      let request = try GetBlockRequest(body: incoming.body.rawBytes)
      guard request.range.count <= Self.rangeMax else { throw WireError("a range") }
      let buffer = BlockBuffer(byteCount: max(request.range.count, 1))
      buffer.count = request.range.count
      let target = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<buffer.count])
      let call = BlobCall(trace: incoming.traceID, priority: request.priority)
      let checksum = try await node.get(call, request.block, request.range, into: target)
      var body = ByteWriter(capacity: GetBlockRequest.replyHeadByteCount + buffer.count)
      body.append(flag: checksum != nil)
      body.append(littleEndian: checksum ?? 0)
      body.append(copying: buffer.filled)
      return .success(LinkReply(body: body.bytes.array))
    } catch {
      return .failure(Self.failure(error, incoming))
    }
  }

  // MARK: The rest

  private func on<Request: WireValue, Reply: WireValue>(
    _ command: BlobCommand, in router: inout LinkRouter, _ work: @escaping Work<Request, Reply>
  ) {
    router.on(command.rawValue) { incoming async throws(LinkError) in
      try await self.answer(incoming, work).get()
    }
  }

  private func answer<Request: WireValue, Reply: WireValue>(
    _ incoming: LinkIncoming, _ work: Work<Request, Reply>
  ) async -> Result<LinkReply, LinkError> {
    do {
      let request = try Request(body: incoming.body.rawBytes)
      return .success(LinkReply(body: try await work(try self.theNode(), request).body))
    } catch {
      return .failure(Self.failure(error, incoming))
    }
  }

  private static func failure(_ error: any Error, _ incoming: LinkIncoming) -> LinkError {
    switch error {
    case let error as LinkError: error
    case let error as BlobError: LinkError(error)
    case let error as WireError: LinkError(error, incoming.command)
    default: LinkError(.internal, "\(error)")
    }
  }
}
