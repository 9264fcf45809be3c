private import Runtime
import Bytes
import Crypto
import ObjectModel
import S3
import Values

/// What content became when it was stored.
struct StoredContent {
  var size: Int64
  var md5: Digest<16>
  var checksum: ObjectChecksum?
  /// Nil when the content is inline or empty.
  var blob: BlobReference?
  var inline: [UInt8]?
  /// What it was sealed with; 0: it was not.
  var nonce: UInt64 = 0
}

/// Takes content in, block by block: hashes it on one pass, and keeps a few blocks on their way to the
/// store. Nothing of it can be found until a record names the blob.
final class ContentWriter {
  private let gateway: ObjectGateway
  private let call: BlobCall
  private let placement: BlobPlacement
  private var md5 = MD5()
  private var checksum: ChecksumStream?
  private var size: Int64 = 0
  private var volume = VolumeID.none
  private let id: UUID
  private var blocks: UInt32 = 0
  private let sizeMax: Int64
  private let seal: ContentSeal?

  init(
    _ gateway: ObjectGateway, _ call: BlobCall, _ placement: BlobPlacement,
    checksum: ChecksumKind?, sizeMax: Int64, seal: ContentSeal? = nil
  ) {
    self.gateway = gateway
    self.call = call
    self.placement = placement
    self.sizeMax = sizeMax
    self.seal = seal
    if let checksum { self.checksum = ChecksumStream(checksum) }
    var random = SystemRandom.shared.generator
    self.id = UUID.version7(at: gateway.time.wallNow, random: &random)
  }

  /// Reads the source to its end. What was written when it throws is deleted again.
  func store(_ source: any ContentSource, mayInline: Bool) async throws -> StoredContent {
    do {
      return try await self.storeAll(source, mayInline: mayInline)
    } catch {
      await self.discard()
      throw error
    }
  }

  private func storeAll(_ source: any ContentSource, mayInline: Bool) async throws -> StoredContent
  {
    let lease = try self.gateway.pool.take()
    let first = lease.buffer
    try await self.fill(first, from: source)
    let isWhole = first.count < self.gateway.pool.blockByteCount
    if isWhole, first.count <= (mayInline ? self.gateway.options.inlineByteCountMax : 0) {
      let content = [UInt8](first.filled)
      return self.finish(inline: self.seal?.sealInline(content) ?? content)
    }
    do throws(BlobError) {
      self.volume = try await self.gateway.blobs.place(self.placement)
    } catch {
      throw ObjectGateway.refusal(error)
    }
    if isWhole {
      try await Self.write(first, self.nextAddress(), self.gateway.blobs, self.call, self.seal)
    } else {
      try await self.storeRest(source, first: lease)
    }
    return self.finish(inline: nil)
  }

  /// Blocks behind the first, several on their way at once.
  private func storeRest(_ source: any ContentSource, first: BlockLease) async throws {
    let inFlightMax = self.gateway.options.blocksInFlightMax
    let blobs = self.gateway.blobs
    let call = self.call
    let seal = self.seal
    try await withThrowingTaskGroup(of: Void.self) { group in
      var lease = first
      var inFlight = 0
      while lease.buffer.count > 0 {
        if inFlight == inFlightMax {
          try await group.next()
          inFlight -= 1
        }
        let filled = lease
        let address = self.nextAddress()
        group.addTask { try await Self.write(filled.buffer, address, blobs, call, seal) }
        inFlight += 1
        lease = try self.gateway.pool.take()
        try await self.fill(lease.buffer, from: source)
      }
      try await group.waitForAll()
    }
  }

  private func fill(_ buffer: BlockBuffer, from source: any ContentSource) async throws {
    let room = self.gateway.pool.blockByteCount
    while buffer.count < room {
      let target = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[buffer.count..<room])
      let count = try await source.read(into: target)
      guard count > 0 else { break }
      buffer.count += count
    }
    let bytes = buffer.filled.bytes
    self.md5.update(bytes)
    self.checksum?.update(bytes)
    self.size += Int64(buffer.count)
    guard self.size <= self.sizeMax else {
      throw ObjectGateway.tooLarge(self.size, max: self.sizeMax)
    }
  }

  private func nextAddress() -> BlockAddress {
    self.blocks += 1
    return BlockAddress(volume: self.volume, blob: self.id, number: self.blocks - 1)
  }

  private static func write(
    _ buffer: BlockBuffer, _ address: BlockAddress, _ blobs: any Blobs, _ call: BlobCall,
    _ seal: ContentSeal?
  ) async throws(S3Error) {
    seal?.seal(buffer, block: address.number)
    let checksum = XXH3.hash64(of: buffer.filled)
    do throws(BlobError) {
      try await blobs.put(call, address, buffer.filled, checksum: checksum)
    } catch {
      throw ObjectGateway.refusal(error)
    }
  }

  private var reference: BlobReference {
    BlobReference(
      volume: self.volume, id: self.id, byteCount: self.size,
      blockSizeLog2: UInt8(self.gateway.pool.blockByteCount.trailingZeroBitCount))
  }

  private func finish(inline: [UInt8]?) -> StoredContent {
    var value: ObjectChecksum?
    if let kind = self.checksum?.kind, let algorithm = ChecksumAlgorithm(rawValue: kind.rawValue),
      let bytes = self.checksum?.finish()
    {
      value = ObjectChecksum(algorithm, bytes)
    }
    return StoredContent(
      size: self.size, md5: self.md5.finish(), checksum: value,
      blob: inline == nil ? self.reference : nil, inline: inline, nonce: self.seal?.nonce ?? 0)
  }

  /// The content is not wanted after all. What cannot be deleted now is an orphan, and found by its scan.
  func discard() async {
    guard self.volume != .none else { return }
    var blob = self.reference
    blob.byteCount = Int64(self.blocks) << Int64(blob.blockSizeLog2)
    try? await self.gateway.blobs.delete(self.call, blob)
  }
}
