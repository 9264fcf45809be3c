public import Crypto
private import Bytes

// aws-chunked:
//
//    hex-size [;chunk-signature=hex64] CRLF  data CRLF      repeated
//    0 [;chunk-signature=hex64] CRLF                        the last
//    name:value CRLF                                        trailers, in the forms that have them
//    x-amz-trailer-signature:hex64 CRLF                     when they are signed
//    CRLF                                                   may be missing

/// Takes an aws-chunked body apart as it comes. The caller owns the bytes and says what it has; the
/// decoder says which of them are content. Holds no more than one line.
public struct ChunkedPayload: ~Copyable, Sendable {
  public enum Step: Hashable, Sendable {
    /// Give more behind what was not consumed.
    case needsMore
    /// These bytes of what was given are content.
    case content(Range<Int>)
    case end
  }

  private enum Phase: Hashable {
    case line
    case data(left: Int64)
    case dataEnd
    case trailers
    case done
  }

  public static let lineByteCountMax = 1024
  public static let chunkByteCountMax: Int64 = 16 << 20
  /// Of chunks that are signed, but the last: below, signatures cost more than content.
  public static let signedChunkByteCountMin: Int64 = 8 << 10
  static let trailerCountMax = 8

  private var phase = Phase.line
  private var signatures: SigV4ChunkSignatures?
  private var hash: SHA256?
  private var expected: Digest<32>?
  private var previousSize: Int64?
  private let hasTrailer: Bool
  private let announced: [String]
  /// Content so far.
  public private(set) var contentCount: Int64 = 0
  public private(set) var trailers: [(name: String, value: String)] = []

  /// - Parameter signatures: nil when chunks are not signed.
  /// - Parameter announced: lower-case names of the trailers that `x-amz-trailer` told of.
  public init(signatures: SigV4ChunkSignatures?, hasTrailer: Bool, announced: [String]) {
    self.signatures = signatures
    self.hash = signatures == nil ? nil : SHA256()
    self.hasTrailer = hasTrailer
    self.announced = announced
  }

  /// How much content of the present chunk is still to come: may be read past the decoder, which is then
  /// told by `took`.
  public var chunkRemaining: Int64 {
    if case .data(let left) = self.phase { return left }
    return 0
  }

  public var isDone: Bool { self.phase == .done }

  /// Content of the present chunk that was read past the decoder.
  ///
  /// - Precondition: no more than `chunkRemaining`.
  public mutating func took(_ bytes: RawSpan) {
    guard case .data(let left) = self.phase, Int64(bytes.byteCount) <= left else {
      preconditionFailure("BUG: \(bytes.byteCount) bytes of a chunk with \(self.chunkRemaining)")
    }
    self.hash?.update(bytes)
    self.contentCount += Int64(bytes.byteCount)
    let rest = left - Int64(bytes.byteCount)
    self.phase = rest == 0 ? .dataEnd : .data(left: rest)
  }

  /// Looks at what is there: how much was consumed, and what comes of it.
  public mutating func next(
    _ input: RawSpan, atMost: Int
  ) throws(S3Error) -> (step: Step, consumed: Int) {
    var at = 0
    while true {
      let rest = input.extracting(at..<input.byteCount)
      switch self.phase {
      case .done: return (.end, at)
      case .data(let left):
        guard rest.byteCount > 0, atMost > 0 else { return (.needsMore, at) }
        let count = Int(min(left, Int64(min(rest.byteCount, atMost))))
        self.took(rest.extracting(0..<count))
        return (.content(at..<at + count), at + count)
      case .dataEnd:
        guard rest.byteCount >= 2 else { return (.needsMore, at) }
        guard rest.extracting(0..<2).isEqual(to: "\r\n") else {
          throw S3Error(.incompleteBody, "a chunk does not end where its size says")
        }
        at += 2
        try self.endChunk()
        self.phase = .line
      case .line, .trailers:
        guard let line = try Self.line(rest) else { return (.needsMore, at) }
        at += line + 2
        let text = rest.extracting(0..<line)
        if self.phase == .line {
          try self.take(sizeLine: text)
        } else {
          try self.take(trailer: text)
        }
      }
    }
  }

  /// The body has ended. Throws when it may not end here.
  public mutating func finish() throws(S3Error) {
    switch self.phase {
    case .done: return
    case .trailers: try self.endTrailers()
    case .line, .data, .dataEnd:
      throw S3Error(.incompleteBody, "the body ends before its last chunk")
    }
  }

  /// The length of the line in front, without its end; nil when it is not whole.
  private static func line(_ rest: RawSpan) throws(S3Error) -> Int? {
    guard let end = rest.firstOffset(of: UInt8(ascii: "\n")) else {
      guard rest.byteCount <= Self.lineByteCountMax else {
        throw S3Error(.invalidRequest, "a chunk's line has more than 1024 bytes")
      }
      return nil
    }
    guard end >= 1, rest[byteAt: end - 1] == UInt8(ascii: "\r"), end <= Self.lineByteCountMax else {
      throw S3Error(.invalidRequest, "a chunk's line does not end in CR LF, or is too long")
    }
    return end - 1
  }

  private mutating func take(sizeLine line: RawSpan) throws(S3Error) {
    let semicolon = line.firstOffset(of: UInt8(ascii: ";")) ?? line.byteCount
    guard (1...8).contains(semicolon) else {
      throw S3Error(.invalidRequest, "a chunk's size has \(semicolon) digits")
    }
    var size: Int64 = 0
    for index in 0..<semicolon {
      guard let digit = Hexadecimal.value(ofDigit: line[byteAt: index]) else {
        throw S3Error(.invalidRequest, "a chunk's size is not hexadecimal")
      }
      size = size << 4 | Int64(digit)
    }
    guard size <= Self.chunkByteCountMax else {
      throw S3Error(
        .invalidChunkSize, "a chunk of \(size) bytes, the most is \(Self.chunkByteCountMax)")
    }
    if self.signatures != nil {
      try self.check(size: size)
      self.expected = try Self.signature(line, from: semicolon)
    }
    self.previousSize = size
    if size > 0 {
      self.phase = .data(left: size)
    } else {
      try self.endChunk()
      self.phase = .trailers
    }
  }

  private func check(size: Int64) throws(S3Error) {
    guard let previous = self.previousSize, size > 0, previous < Self.signedChunkByteCountMin else {
      return
    }
    throw S3Error(
      .invalidChunkSize,
      "only the last chunk may be smaller than \(Self.signedChunkByteCountMin) bytes")
  }

  private static func signature(
    _ line: RawSpan, from semicolon: Int
  ) throws(S3Error) -> Digest<32> {
    let name: StaticString = ";chunk-signature="
    let start = semicolon + name.utf8CodeUnitCount
    guard start <= line.byteCount, line.extracting(semicolon..<start).isEqual(to: name),
      let digest = Digest<32>(lowerCaseHexadecimal: line.extracting(start..<line.byteCount))
    else { throw S3Error(.signatureDoesNotMatch, "a chunk has no signature") }
    return digest
  }

  private mutating func endChunk() throws(S3Error) {
    guard let digest = self.hash?.finish() else { return }
    guard self.signatures?.next(chunkDigest: digest) == self.expected else {
      throw S3Error(
        .signatureDoesNotMatch, "the signature of a chunk is not the one that it and the key give")
    }
  }

  // MARK: Trailers

  private mutating func take(trailer line: RawSpan) throws(S3Error) {
    guard line.byteCount > 0 else { return try self.endTrailers() }
    guard self.hasTrailer, self.trailers.count < Self.trailerCountMax,
      let colon = line.firstOffset(of: UInt8(ascii: ":")), colon > 0,
      let name = line.extracting(0..<colon).text,
      let value = line.extracting(colon + 1..<line.byteCount).text
    else { throw Self.malformed("a trailer is not name:value, or is not expected") }
    let lower = name.lowercased()
    guard !self.trailers.contains(where: { $0.name == lower }) else {
      throw Self.malformed("the trailer \(lower) is there twice")
    }
    self.trailers.append((lower, Self.trimmed(value)))
  }

  private mutating func endTrailers() throws(S3Error) {
    if self.hasTrailer {
      let signature = self.trailers.firstIndex { $0.name == "x-amz-trailer-signature" }
        .map { self.trailers.remove(at: $0).value }
      for name in self.announced where !self.trailers.contains(where: { $0.name == name }) {
        throw Self.malformed("the trailer \(name) was announced and did not come")
      }
      for trailer in self.trailers where !self.announced.contains(trailer.name) {
        throw Self.malformed("the trailer \(trailer.name) was not announced")
      }
      try self.check(trailerSignature: signature)
    }
    self.phase = .done
  }

  private mutating func check(trailerSignature: String?) throws(S3Error) {
    guard self.signatures != nil else { return }
    var canonical = ByteWriter(capacity: 256)
    for trailer in self.trailers {
      canonical.append(trailer.name)
      canonical.append(UInt8(ascii: ":"))
      canonical.append(trailer.value)
      canonical.append(UInt8(ascii: "\n"))
    }
    let given = Array((trailerSignature ?? "").utf8)
    guard let digest = Digest<32>(lowerCaseHexadecimal: given.rawBytes),
      self.signatures?.trailer(canonical: canonical.bytes) == digest
    else {
      throw S3Error(
        .signatureDoesNotMatch, "the signature of the trailer is not the one that the key gives")
    }
  }

  private static func malformed(_ message: String) -> S3Error {
    S3Error(.malformedTrailer, message)
  }

  private static func trimmed(_ text: String) -> String {
    let blank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
    var rest = text.drop(while: blank)
    while let last = rest.last, blank(last) { rest.removeLast() }
    return String(rest)
  }
}
