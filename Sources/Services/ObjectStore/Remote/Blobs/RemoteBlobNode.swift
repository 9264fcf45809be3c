internal import Bytes
internal import Link
package import LinkServing
package import ObjectModel
package import Runtime
internal import Values

/// The stores of another node. A node that failed several times in a row is left alone for a while by the
/// link; each call is safe to send again, and is, a few times.
package final class RemoteBlobNode: BlobNode {
  package struct Options: Sendable {
    /// A block, with the retries of the link.
    package var blockMax = Duration.seconds(10)
    /// A page, a deletion.
    package var requestMax = Duration.seconds(30)
    package var standingMax = Duration.seconds(2)
    package var blockByteCount = 128 << 10

    package init() {}
  }

  private let channel: any LinkChannel
  private let clock: any TimeSource
  private let options: Options

  package init(
    _ channel: any LinkChannel, clock: any TimeSource, options: Options = Options()
  ) {
    self.channel = channel
    self.clock = clock
    self.options = options
  }

  package var blockByteCount: Int { self.options.blockByteCount }

  /// Where a blob goes is for who sees all volumes.
  package func place(_ wish: BlobPlacement) async throws(BlobError) -> VolumeID {
    throw BlobError(.badRequest, "a single node places no blobs")
  }

  /// Which volumes it has is asked by `standing`.
  package var volumes: [VolumeID] { [] }
  package var storedBlockCount: Int { 0 }

  // MARK: Blocks

  package func put(
    _ call: BlobCall, _ block: BlockAddress, _ bytes: UnsafeRawBufferPointer, checksum: UInt64
  ) async throws(BlobError) {
    var body = ByteWriter(capacity: PutHead.byteCount + bytes.count)
    body.append(PutHead(block, call.priority, checksum: checksum))
    body.append(copying: bytes)
    _ = try await self.ask(.put, call, body.bytes.array, self.options.blockMax).get()
  }

  package func get(
    _ call: BlobCall, _ block: BlockAddress, _ range: Range<Int>,
    into target: UnsafeMutableRawBufferPointer
  ) async throws(BlobError) -> UInt64? {
    guard range.lowerBound >= 0, range.upperBound <= Int(UInt32.max), range.count <= target.count
    else { throw BlobError(.badRequest, "\(range) of a block") }
    let request = GetBlockRequest(block, call.priority, range)
    let reply = try await self.ask(.get, call, request.body, self.options.blockMax).get()
    guard reply.count == GetBlockRequest.replyHeadByteCount + range.count else {
      throw BlobError(.internal, "\(reply.count) bytes answer \(range) of a block")
    }
    reply.withUnsafeBytes { bytes in
      target.copyMemory(
        from: UnsafeRawBufferPointer(rebasing: bytes[GetBlockRequest.replyHeadByteCount...]))
    }
    return try Self.checksum(reply)
  }

  private static func checksum(_ reply: [UInt8]) throws(BlobError) -> UInt64? {
    var reader = ByteReader(reply.rawBytes)
    do throws(WireError) {
      let isKnown = try reader.flag()
      let checksum: UInt64 = try reader.number()
      return isKnown ? checksum : nil
    } catch {
      throw Self.unreadable(error)
    }
  }

  package func delete(_ call: BlobCall, _ blob: BlobReference) async throws(BlobError) {
    let request = DeleteBlobRequest(blob, call.priority)
    _ = try await self.ask(.delete, call, request.body, self.options.requestMax).get()
  }

  // MARK: What is there

  package func stored(
    in volume: VolumeID, after cursor: [UInt8], limit: Int
  ) async throws(BlobError) -> StoredPage {
    let request = InventoryRequest(volume, after: cursor, limit: limit)
    return try Self.reply(
      await self.ask(.stored, BlobCall(), request.body, self.options.requestMax))
  }

  package func verified(
    in volume: VolumeID, after cursor: [UInt8], limit: Int
  ) async throws(BlobError) -> VerifiedPage {
    let request = InventoryRequest(volume, after: cursor, limit: limit)
    return try Self.reply(
      await self.ask(.verified, BlobCall(), request.body, self.options.requestMax))
  }

  package func states(of blocks: [BlockAddress]) async throws(BlobError) -> [BlockState] {
    let states: [BlockState] = try Self.reply(
      await self.ask(.states, BlobCall(), blocks.body, self.options.requestMax))
    guard states.count == blocks.count else {
      throw BlobError(.internal, "\(states.count) answers about \(blocks.count) blocks")
    }
    return states
  }

  package func missing(_ blobs: [BlobReference]) async throws(BlobError) -> [BlobReference] {
    try Self.reply(await self.ask(.missing, BlobCall(), blobs.body, self.options.requestMax))
  }

  package func standing() async throws(BlobError) -> [VolumeStanding] {
    try Self.reply(await self.ask(.standing, BlobCall(), [], self.options.standingMax))
  }

  // MARK: Asking

  private func ask(
    _ command: BlobCommand, _ call: BlobCall, _ body: [UInt8], _ limit: Duration
  ) async -> Result<[UInt8], BlobError> {
    var request = LinkRequest(
      command.rawValue, body: body, deadline: min(call.deadline, self.clock.now + limit))
    request.isIdempotent = true
    request.traceID = call.trace
    do throws(LinkError) {
      return .success(try await self.channel.call(request).body)
    } catch {
      return .failure(BlobError(error))
    }
  }

  private static func reply<Reply: WireValue>(
    _ result: Result<[UInt8], BlobError>
  ) throws(BlobError) -> Reply {
    let body = try result.get()
    do throws(WireError) { return try Reply(body: body.rawBytes) } catch {
      throw self.unreadable(error)
    }
  }

  private static func unreadable(_ error: WireError) -> BlobError {
    BlobError(.internal, "an answer cannot be read: \(error.what) is missing")
  }
}
