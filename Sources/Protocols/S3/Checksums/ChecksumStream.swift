private import Bytes
private import Crypto

/// A checksum in progress.
public struct ChecksumStream: ~Copyable, Sendable {
  public let kind: ChecksumKind
  /// Of the CRCs.
  private var crc: UInt64 = 0
  private var sha1: SHA1?
  private var sha256: SHA256?

  public init(_ kind: ChecksumKind) {
    self.kind = kind
    self.sha1 = kind == .sha1 ? SHA1() : nil
    self.sha256 = kind == .sha256 ? SHA256() : nil
  }

  public mutating func update(_ bytes: RawSpan) {
    switch self.kind {
    case .crc32:
      var crc = CRC32(continuing: UInt32(truncatingIfNeeded: self.crc))
      crc.update(bytes)
      self.crc = UInt64(crc.value)
    case .crc32c:
      var crc = CRC32C(continuing: UInt32(truncatingIfNeeded: self.crc))
      crc.update(bytes)
      self.crc = UInt64(crc.value)
    case .crc64nvme:
      var crc = CRC64NVME(continuing: self.crc)
      crc.update(bytes)
      self.crc = crc.value
    case .sha1: self.sha1?.update(bytes)
    case .sha256: self.sha256?.update(bytes)
    }
  }

  /// The checksum of what was given, big-endian. The stream then begins anew.
  public mutating func finish() -> [UInt8] {
    switch self.kind {
    case .crc32, .crc32c, .crc64nvme:
      defer { self.crc = 0 }
      return withUnsafeBytes(of: self.crc.bigEndian) { Array($0.suffix(self.kind.byteCount)) }
    case .sha1: return self.sha1?.finish().array ?? []
    case .sha256: return self.sha256?.finish().array ?? []
    }
  }
}

/// The checksum of a multipart object, from those of its parts.
public enum CombinedChecksum {
  /// Of the whole content, by arithmetic.
  ///
  /// - Precondition: the kind is combinable; each has the kind's length.
  public static func fullObject(
    _ kind: ChecksumKind, _ parts: [(checksum: [UInt8], byteCount: Int64)]
  ) -> [UInt8] {
    precondition(kind.isCombinable, "\(kind) cannot be combined")
    var sum: UInt64 = 0
    for part in parts {
      let next = part.checksum.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      switch kind {
      case .crc32:
        sum = UInt64(
          CRC32.combined(
            UInt32(truncatingIfNeeded: sum), UInt32(truncatingIfNeeded: next),
            secondByteCount: part.byteCount))
      case .crc32c:
        sum = UInt64(
          CRC32C.combined(
            UInt32(truncatingIfNeeded: sum), UInt32(truncatingIfNeeded: next),
            secondByteCount: part.byteCount))
      case .crc64nvme:
        sum = CRC64NVME.combined(sum, next, secondByteCount: part.byteCount)
      case .sha1, .sha256: preconditionFailure("\(kind) cannot be combined")
      }
    }
    let all = withUnsafeBytes(of: sum.bigEndian) { Array($0) }
    return Array(all.suffix(kind.byteCount))
  }

  /// Of the parts' checksums, one behind the other.
  public static func composite(_ kind: ChecksumKind, _ parts: [[UInt8]]) -> [UInt8] {
    var stream = ChecksumStream(kind)
    for part in parts { stream.update(part.rawBytes) }
    return stream.finish()
  }
}
