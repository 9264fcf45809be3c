private import Observability
import Bytes
import Crypto
import HTTPServing
import ObjectModel
private import Runtime
import S3

/// Gives out a range of an object's content in order, with a few blocks read ahead. What it gives was
/// checked against the checksum that the block was stored with.
final class ContentReader: ContentSource {
  private let gateway: ObjectGateway
  private let call: BlobCall
  private let layout: ContentLayout
  private let seal: ObjectSeal?
  private var at: Int64
  private let end: Int64
  private let began: Int64
  /// What was read and not yet given.
  private var current: (lease: BlockLease, offset: Int)?

  /// - Parameters:
  ///   - range: inside the layout.
  ///   - seal: of the object, when it is sealed.
  init(
    _ gateway: ObjectGateway, _ call: BlobCall, _ layout: ContentLayout, _ range: Range<Int64>,
    _ seal: ObjectSeal? = nil
  ) {
    self.gateway = gateway
    self.call = call
    self.layout = layout
    self.seal = seal
    self.at = range.lowerBound
    self.end = range.upperBound
    self.began = gateway.reads.begin(gateway.time.wallNow)
  }

  deinit { self.gateway.reads.end(self.began) }

  var isAtEnd: Bool { self.at >= self.end && self.current == nil }

  /// Reads the first block, so that an error is known before an answer begins.
  func prefetch() async throws(S3Error) {
    guard self.current == nil, self.at < self.end else { return }
    let step = self.nextStep()
    self.current = (try await Self.read(self.gateway, self.call, step, self.seal), 0)
  }

  private func nextStep() -> ContentLayout.Step {
    let step = self.layout.step(from: self.at, to: self.end)
    self.at += Int64(step.range.count)
    return step
  }

  private static func read(
    _ gateway: ObjectGateway, _ call: BlobCall, _ step: ContentLayout.Step, _ seal: ObjectSeal?
  ) async throws(S3Error) -> BlockLease {
    let lease = try gateway.pool.take()
    let buffer = lease.buffer
    let opening = step.nonce == 0 ? nil : seal.map { ContentSeal(seal: $0, nonce: step.nonce) }
    // Only a whole block can be opened.
    let range = opening == nil ? step.range : 0..<step.blockByteCount + ContentSeal.overhead
    let target = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<range.count])
    do throws(BlobError) {
      _ = try await gateway.blobs.get(call, step.block, range, into: target)
    } catch {
      if error.code == .corrupted || error.code == .notFound { gateway.metrics.corruptReads.add() }
      throw ObjectGateway.refusal(error)
    }
    buffer.count = range.count
    if let opening { try Self.open(buffer, step, opening, gateway) }
    return lease
  }

  /// Opens a sealed block, and leaves the part that is wanted.
  private static func open(
    _ buffer: BlockBuffer, _ step: ContentLayout.Step, _ seal: ContentSeal,
    _ gateway: ObjectGateway
  ) throws(S3Error) {
    do throws(CryptoError) {
      try seal.open(buffer, block: step.block.number)
    } catch {
      gateway.metrics.corruptReads.add()
      throw S3Error(.internalError, "We encountered an internal error. Please try again.")
    }
    if step.range.lowerBound > 0 {
      buffer.bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer.bytes[step.range]))
    }
    buffer.count = step.range.count
  }

  /// Sends all of it. Content was begun with this many bytes.
  func send(to exchange: HTTPExchange) async throws {
    if let current {
      self.current = nil
      try await exchange.write(current.lease.buffer.filled)
    }
    guard self.at < self.end else { return }
    try await self.sendAhead(exchange)
  }

  /// Keeps some reads under way and writes what comes in order.
  private func sendAhead(_ exchange: HTTPExchange) async throws {
    let aheadMax = self.gateway.options.blocksReadAheadMax
    let gateway = self.gateway
    let call = self.call
    let seal = self.seal
    try await withThrowingTaskGroup(of: (Int, BlockLease).self) { group in
      var begun = 0
      var written = 0
      var ready: [Int: BlockLease] = [:]
      while self.at < self.end || written < begun {
        while self.at < self.end, begun - written < aheadMax {
          let step = self.nextStep()
          let number = begun
          group.addTask { (number, try await Self.read(gateway, call, step, seal)) }
          begun += 1
        }
        while ready[written] == nil, let (number, lease) = try await group.next() {
          ready[number] = lease
        }
        guard let lease = ready.removeValue(forKey: written) else { break }
        written += 1
        try await exchange.write(lease.buffer.filled)
      }
    }
  }

  func read(into target: UnsafeMutableRawBufferPointer) async throws -> Int {
    try await self.prefetch()
    guard let (lease, offset) = self.current else { return 0 }
    let buffer = lease.buffer
    let count = min(target.count, buffer.count - offset)
    target.copyMemory(
      from: UnsafeRawBufferPointer(rebasing: buffer.bytes[offset..<offset + count]))
    self.current = offset + count == buffer.count ? nil : (lease, offset + count)
    return count
  }
}

/// Content that lies in a record.
final class InlineSource: ContentSource {
  private let bytes: [UInt8]
  private var at: Int

  /// - Parameter range: inside the bytes.
  init(_ bytes: [UInt8], _ range: Range<Int64>) {
    self.bytes = Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)])
    self.at = 0
  }

  func read(into target: UnsafeMutableRawBufferPointer) async throws -> Int {
    let count = min(target.count, self.bytes.count - self.at)
    self.bytes.withUnsafeBytes { bytes in
      target.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[self.at..<self.at + count]))
    }
    self.at += count
    return count
  }
}
