import Bytes
import Crypto
import HTTP
import HTTPServing
import Runtime
import S3

/// The content of a request: the body as it came, or what is inside its chunks. Checks on the way what
/// the request says about it, and at the end throws when it was not so.
final class PayloadReader: ContentSource {
  private let exchange: HTTPExchange
  private var decoder: ChunkedPayload?
  private var sha256: SHA256?
  private let expectedSHA256: String?
  /// How much content is to come; nil: the body's end says.
  let length: Int64?
  private var received: Int64 = 0
  /// Bytes of chunks whose lines were not looked at yet.
  private let scratch: UnsafeMutableRawBufferPointer
  private var scratchRange = 0..<0
  private var bodyHasEnded = false
  private var isFinished = false
  static let scratchByteCount = 64 << 10

  /// - Parameter length: of the content, without what chunks add.
  init(
    _ exchange: HTTPExchange, _ caller: Caller, length: Int64?, trailers: [String]
  ) {
    self.exchange = exchange
    self.length = length
    var expected: String?
    var scratchByteCount = 0
    switch caller.payload {
    case .hashed(let digest):
      expected = digest
      self.sha256 = SHA256()
    case .unsigned: break
    case .chunked(_, let hasTrailer):
      self.decoder = ChunkedPayload(
        signatures: caller.chunkSignatures, hasTrailer: hasTrailer, announced: trailers)
      scratchByteCount = Self.scratchByteCount
    }
    self.expectedSHA256 = expected
    self.scratch = .allocate(byteCount: scratchByteCount, alignment: 16)
  }

  deinit { self.scratch.deallocate() }

  func read(into target: UnsafeMutableRawBufferPointer) async throws -> Int {
    guard !self.isFinished else { return 0 }
    let count: Int
    if self.decoder == nil {
      count = try await self.readBody(into: target)
    } else {
      count = try await self.readChunked(into: target)
    }
    let filled = UnsafeRawBufferPointer(rebasing: target[..<count])
    self.sha256?.update(filled.bytes)
    self.received += Int64(count)
    if let length = self.length, self.received > length {
      throw S3Error(.incompleteBody, "the body has more than the \(length) bytes that it announced")
    }
    if count == 0 {
      self.isFinished = true
      try self.finish()
    }
    return count
  }

  private func readBody(into target: UnsafeMutableRawBufferPointer) async throws -> Int {
    do {
      return try await self.exchange.readBody(into: target)
    } catch let error as HTTPError {
      throw Self.refusal(error)
    }
  }

  static func refusal(_ error: HTTPError) -> S3Error {
    switch error.status {
    case .requestTimeout:
      S3Error(
        .requestTimeout,
        "Your socket connection to the server was not read from or written to within the timeout "
          + "period.")
    case .contentTooLarge: S3Error(.entityTooLarge, "the body is too large")
    default: S3Error(.incompleteBody, error.message)
    }
  }

  private func readChunked(into target: UnsafeMutableRawBufferPointer) async throws -> Int {
    while true {
      // Large chunks come straight from the socket.
      if self.scratchRange.isEmpty, let left = self.decoder?.chunkRemaining, left >= 4096 {
        let room = UnsafeMutableRawBufferPointer(
          rebasing: target[..<Int(min(left, Int64(target.count)))])
        let count = try await self.readBody(into: room)
        guard count > 0 else {
          throw S3Error(.incompleteBody, "the body ends inside a chunk")
        }
        self.decoder?.took(UnsafeRawBufferPointer(rebasing: room[..<count]).bytes)
        return count
      }
      if let count = try self.decode(into: target) { return count }
      guard !self.bodyHasEnded else { return 0 }
      try await self.fillScratch()
    }
  }

  /// What the decoder makes of what is there; nil: more is needed.
  private func decode(into target: UnsafeMutableRawBufferPointer) throws(S3Error) -> Int? {
    while true {
      let range = self.scratchRange
      let window = UnsafeRawBufferPointer(rebasing: self.scratch[range]).bytes
      guard let (step, consumed) = try self.decoder?.next(window, atMost: target.count) else {
        return 0
      }
      self.scratchRange = range.lowerBound + consumed..<range.upperBound
      switch step {
      case .content(let part):
        window.extracting(part).withUnsafeBytes { target.copyMemory(from: $0) }
        return part.count
      case .end: return 0
      case .needsMore: return nil
      }
    }
  }

  private func fillScratch() async throws {
    let kept = self.scratchRange.count
    if kept > 0, self.scratchRange.lowerBound > 0 {
      self.scratch.copyMemory(
        from: UnsafeRawBufferPointer(rebasing: self.scratch[self.scratchRange]))
    }
    // There is room: a line is never longer than the decoder takes.
    let room = UnsafeMutableRawBufferPointer(rebasing: self.scratch[kept...])
    let count = try await self.readBody(into: room)
    self.scratchRange = 0..<kept + count
    if count == 0 {
      self.bodyHasEnded = true
      try self.decoder?.finish()
    }
  }

  /// At the end of the content.
  private func finish() throws(S3Error) {
    if let length = self.length, self.received != length {
      throw S3Error(
        .incompleteBody,
        "You did not provide the number of bytes specified by the Content-Length HTTP header")
    }
    guard let digest = self.sha256?.finish() else { return }
    guard "\(digest)" == self.expectedSHA256 else {
      throw S3Error(
        .contentSHA256Mismatch,
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
        details: [
          .init("ClientComputedContentSHA256", self.expectedSHA256 ?? ""),
          .init("S3ComputedContentSHA256", "\(digest)"),
        ])
    }
  }

  /// The value of a trailer, once the content was read.
  func trailer(_ name: String) -> String? {
    self.decoder?.trailers.first { $0.name == name }?.value
  }
}
