public import Bytes
private import CSnappy
private import Crypto
public import Protobuf

/// Writing frames.
extension ByteWriter {
  /// Appends a frame. A body of at least `compressedFrom` bytes is sent as a snappy block when that is
  /// an eighth smaller.
  ///
  /// - Precondition: the frame fits in 4 GiB; a peer's own limit is checked where it is known.
  public mutating func append(
    _ header: LinkHeader, body: RawSpan, compressedFrom: Int = .max
  ) {
    let start = self.count
    self.reserve(LinkHeader.byteCount + body.byteCount)
    // The header is written over its place once the body is known.
    self.append(repeating: 0, count: LinkHeader.byteCount)
    var header = header
    if body.byteCount >= compressedFrom, self.appendCompressed(body) {
      header.flags.insert(.compressed)
    } else {
      self.append(body)
    }
    self.finish(header, from: start)
  }

  /// Appends a frame whose body is a message.
  public mutating func append(_ header: LinkHeader, message: some ProtobufMessage) {
    let start = self.count
    self.append(repeating: 0, count: LinkHeader.byteCount)
    message.encode(to: &self)
    self.finish(header, from: start)
  }

  /// Appends a frame whose body `fill` appends.
  public mutating func append<E: Error>(
    _ header: LinkHeader, fill: (inout ByteWriter) throws(E) -> Void
  ) throws(E) {
    let start = self.count
    self.append(repeating: 0, count: LinkHeader.byteCount)
    do throws(E) {
      try fill(&self)
    } catch {
      self.truncate(to: start)
      throw error
    }
    self.finish(header, from: start)
  }

  private mutating func finish(_ header: LinkHeader, from start: Int) {
    let size = self.count - start
    precondition(size <= Int(UInt32.max), "a frame of \(size) bytes")
    var header = header
    header.size = UInt32(size)
    header.bodyChecksum = XXH3.hash64(
      of: self.bytes.extracting(start + LinkHeader.byteCount..<self.count))
    header.write(to: &self, at: start)
  }

  /// False, with nothing appended, when it would not pay.
  private mutating func appendCompressed(_ body: RawSpan) -> Bool {
    let start = self.count
    let bound = csnappy_bound(body.byteCount)
    var written = bound
    var code: Int32 = -1
    _ = self.appendFilling(minimum: bound) { room in
      code = body.withUnsafeBytes {
        csnappy_compress($0.baseAddress, $0.count, room.baseAddress, &written)
      }
      return code == 0 ? written : 0
    }
    guard code == 0, written <= body.byteCount - body.byteCount / 8 else {
      self.truncate(to: start)
      return false
    }
    return true
  }
}

/// What limits a connection's frames.
public struct LinkLimits: Sendable, Hashable {
  /// Header and body: 1 MiB and 64 KiB over the header unless both agree on more.
  public var frameByteCountMax = LinkHeader.byteCount + (1 << 20) + (64 << 10)
  /// Requests at a time on one connection.
  public var requestMax = 1024
  /// Body bytes of a stream that may be sent before credit is given.
  public var streamWindowByteCount = 256 << 10

  public init() {}
  public init(_ change: (inout LinkLimits) -> Void) { change(&self) }

  /// The most that any peer may ask for.
  public static let frameByteCountCeiling = 64 << 20
}

/// Reading frames from a window of input.
public enum LinkFrameScanner {
  public enum Step: Equatable, Sendable {
    /// The window must hold this many bytes to go on.
    case needs(Int)
    /// A frame is at the front of the window; its body was checked.
    case frame(LinkHeader)
  }

  /// Looks at the front of `window`. Throws `malformed` when the stream is broken for good.
  public static func next(
    in window: RawSpan, frameByteCountMax: Int
  ) throws(LinkError) -> Step {
    guard let header = try self.header(in: window, frameByteCountMax: frameByteCountMax) else {
      return .needs(LinkHeader.byteCount)
    }
    guard window.byteCount >= Int(header.size) else { return .needs(Int(header.size)) }
    try self.check(window.extracting(LinkHeader.byteCount..<Int(header.size)), of: header)
    return .frame(header)
  }

  /// The header at the front of `window`; nil when it is not whole. Its body may still be on its way:
  /// a large one is better read past the window, then checked.
  public static func header(
    in window: RawSpan, frameByteCountMax: Int
  ) throws(LinkError) -> LinkHeader? {
    guard window.byteCount >= LinkHeader.byteCount else { return nil }
    return try LinkHeader(decoding: window, frameByteCountMax: frameByteCountMax)
  }

  /// Throws `malformed` when `body`, as it came, is not the one the header speaks of.
  public static func check(_ body: RawSpan, of header: LinkHeader) throws(LinkError) {
    let computed = XXH3.hash64(of: body)
    guard computed == header.bodyChecksum else {
      throw LinkError(
        .malformed,
        "the body of request \(header.requestID), command \(header.command), has checksum "
          + "\(String(computed, radix: 16)), the header says "
          + String(header.bodyChecksum, radix: 16))
    }
  }

  /// The plain bytes of a body that was checked. Throws `malformed` for a block that does not
  /// decompress or is larger than the limit.
  public static func plain(
    _ body: RawSpan, of header: LinkHeader, frameByteCountMax: Int
  ) throws(LinkError) -> [UInt8] {
    guard header.flags.contains(.compressed) else { return body.array }
    var length = 0
    let known = body.withUnsafeBytes { csnappy_length($0.baseAddress, $0.count, &length) }
    guard known == 0, length <= frameByteCountMax else {
      throw LinkError(.malformed, "a compressed body of \(length) bytes")
    }
    var written = length
    var code: Int32 = -1
    let plain = [UInt8](unsafeUninitializedCapacity: length) { target, count in
      code = body.withUnsafeBytes {
        csnappy_decompress($0.baseAddress, $0.count, target.baseAddress, &written)
      }
      count = code == 0 ? written : 0
    }
    guard code == 0, plain.count == length else {
      throw LinkError(.malformed, "a compressed body does not decompress")
    }
    return plain
  }
}
