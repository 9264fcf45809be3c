private import CISAL

/// CRC-64/NVME (reflected polynomial 9a6c9329ac4bc9b5), the default full-object checksum of S3 clients.
/// Ours, by carry-less multiplication, by table where the processor has none. Measured:
/// 49 GB/s over 1 MiB with vectors of 64 bytes, 8 to 12 with those of 16, 1.8 by table.
public struct CRC64NVME: Hashable, Sendable {
  /// The checksum of what was given so far; of nothing, 0.
  public private(set) var value: UInt64

  @inlinable public init() { self.init(continuing: 0) }
  /// Goes on from the checksum of what came before.
  public init(continuing value: UInt64) { self.value = value }

  public static func checksum(of bytes: RawSpan) -> UInt64 {
    var crc = CRC64NVME()
    crc.update(bytes)
    return crc.value
  }

  public mutating func update(_ bytes: RawSpan) {
    guard bytes.byteCount > 0 else { return }
    bytes.withUnsafeBytes { self.value = cisal_crc64nvme(self.value, $0.baseAddress, $0.count) }
  }

  /// The table's answer, whatever the processor has: for comparison.
  static func checksumByTable(of bytes: RawSpan) -> UInt64 {
    bytes.withUnsafeBytes { cisal_crc64nvme_table(0, $0.baseAddress, $0.count) }
  }

  /// The checksum of A followed by B from those of A and B, without the bytes: how the checksum of a
  /// multipart object follows from its parts.
  public static func combined(_ first: UInt64, _ second: UInt64, secondByteCount: Int64) -> UInt64 {
    CRCPolynomial.crc64nvme.combine(first, second, secondByteCount)
  }
}
