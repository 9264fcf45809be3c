import Bytes
private import Crypto

// A frame is a header of 48 bytes and a body, numbers little-endian:
//
//    0          8    9    10     12     16          24     28       32        40       48
//    ┌──────────┬────┬────┬──────┬──────┬───────────┬──────┬────────┬─────────┬────────┬──────
//    │ checksum │ v. │ r. │ flags│ size │ body      │ req. │ com-   │ trace   │ epoch  │ body
//    │ 8        │ 1  │ 1  │ 2    │ 4    │ checksum 8│ id 4 │ mand 4 │ id 8    │ 8      │
//    └──────────┴────┴────┴──────┴──────┴───────────┴──────┴────────┴─────────┴────────┴──────
//
// checksum       XXH3-64 of bytes 8–47; checked before any field is believed
// v.             version of the frames; its place never changes
// r.             0 at the first attempt, how often it was retried after
// size           of header and body
// body checksum  XXH3-64 of the body as it is on the wire; of an empty body 2d06800538d394c2
// req. id        of a request, and of all frames that answer it
// epoch          the term that the sender believes in; 0 where there are none

/// The first 48 bytes of a frame.
public struct LinkHeader: Hashable, Sendable {
  public static let byteCount = 48
  public static let version: UInt8 = 1

  public var version: UInt8
  public var retryCount: UInt8
  public var flags: LinkFlags
  /// Of header and body.
  public var size: UInt32
  public var bodyChecksum: UInt64
  public var requestID: UInt32
  public var command: UInt32
  public var traceID: UInt64
  public var epoch: UInt64

  public init(
    command: UInt32, requestID: UInt32, flags: LinkFlags = [], traceID: UInt64 = 0,
    epoch: UInt64 = 0, retryCount: UInt8 = 0
  ) {
    self.version = Self.version
    self.retryCount = retryCount
    self.flags = flags
    self.size = UInt32(Self.byteCount)
    self.bodyChecksum = XXH3.empty
    self.requestID = requestID
    self.command = command
    self.traceID = traceID
    self.epoch = epoch
  }

  public var bodyByteCount: Int { Int(self.size) - Self.byteCount }

  /// Reads a header; throws `malformed` for one that is not what was sent, of another version, or of a
  /// frame over `frameByteCountMax`. After that the stream cannot be read any further.
  ///
  /// - Precondition: at least 48 bytes.
  public init(decoding bytes: RawSpan, frameByteCountMax: Int) throws(LinkError) {
    precondition(bytes.byteCount >= Self.byteCount, "a header of \(bytes.byteCount) bytes")
    func load<T: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, _ type: T.Type) -> T {
      T(littleEndian: bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: T.self))
    }
    let stored = load(0, UInt64.self)
    let computed = XXH3.hash64(of: bytes.extracting(8..<Self.byteCount))
    guard stored == computed else {
      throw LinkError(
        .malformed,
        "a frame header has checksum \(String(stored, radix: 16)), "
          + "computed \(String(computed, radix: 16))")
    }
    self.version = load(8, UInt8.self)
    guard self.version == Self.version else {
      throw LinkError(.malformed, "a frame of version \(self.version); 1 is spoken here")
    }
    self.retryCount = load(9, UInt8.self)
    self.flags = LinkFlags(rawValue: load(10, UInt16.self))
    self.size = load(12, UInt32.self)
    self.bodyChecksum = load(16, UInt64.self)
    self.requestID = load(24, UInt32.self)
    self.command = load(28, UInt32.self)
    self.traceID = load(32, UInt64.self)
    self.epoch = load(40, UInt64.self)
    guard Int(self.size) >= Self.byteCount, Int(self.size) <= frameByteCountMax else {
      throw LinkError(
        .malformed, "a frame of \(self.size) bytes; \(Self.byteCount) to \(frameByteCountMax) are")
    }
  }

  /// Writes the header over 48 bytes that were appended for it, with its checksum.
  func write(to target: inout ByteWriter, at start: Int) {
    target.overwrite(
      at: start + 8,
      littleEndian: UInt64(self.version) | UInt64(self.retryCount) << 8
        | UInt64(self.flags.rawValue) << 16 | UInt64(self.size) << 32)
    target.overwrite(at: start + 16, littleEndian: self.bodyChecksum)
    target.overwrite(at: start + 24, littleEndian: self.requestID)
    target.overwrite(at: start + 28, littleEndian: self.command)
    target.overwrite(at: start + 32, littleEndian: self.traceID)
    target.overwrite(at: start + 40, littleEndian: self.epoch)
    let checksum = XXH3.hash64(of: target.bytes.extracting(start + 8..<start + Self.byteCount))
    target.overwrite(at: start, littleEndian: checksum)
  }
}

/// What a frame is.
public struct LinkFlags: OptionSet, Hashable, Sendable {
  public let rawValue: UInt16
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// Answers a request.
  public static let response = LinkFlags(rawValue: 1)
  /// The body is a `Failure`; with `response`, and the last frame of the answer.
  public static let error = LinkFlags(rawValue: 2)
  /// The body is a snappy block.
  public static let compressed = LinkFlags(rawValue: 4)
  /// The request was made before and may have been done: answer as the first time.
  public static let replay = LinkFlags(rawValue: 8)
  /// In an answer: more frames follow. In a request: the answer may be such a stream.
  public static let stream = LinkFlags(rawValue: 16)
}

/// The commands that every node has. Services count from 16.
public enum LinkCommand {
  public static let handshake: UInt32 = 1
  public static let ping: UInt32 = 2
  public static let stats: UInt32 = 3
  public static let drain: UInt32 = 4
  /// The request of this id is given up; it has no answer of its own.
  public static let cancel: UInt32 = 5
  /// More of the stream of this id may be sent; it has no answer.
  public static let credit: UInt32 = 6
  public static let serviceMin: UInt32 = 16
}
