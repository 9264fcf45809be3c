import Bytes

/// Changes that happen together or not at all, over any families of one store.
///
/// The bytes are RocksDB's own batch format, written here without a call for each change, so that a
/// group of batches is put together by copying:
///
///     offset  bytes
///          0      8  sequence number, set by the library
///          8      4  number of records, little-endian
///         12      …  records: tag, [family id, varint32], key, [value or end of range]
///
/// Tags: 0x01 put and 0x00 delete in the default family, 0x05 put, 0x04 delete and 0x0E delete range
/// with a family id, 0x0F delete range in the default family. A key or value is a varint32 length and
/// that many bytes.
public struct WriteBatch: ~Copyable, Sendable {
  static let headerBytes = 12
  private(set) var writer: ByteWriter
  /// How many changes it holds.
  public private(set) var count: Int
  private(set) var families: [Family]
  private(set) var hasRangeDelete: Bool

  public init(capacity: Int = 256) {
    self.writer = ByteWriter(capacity: capacity)
    self.writer.append(repeating: 0, count: Self.headerBytes)
    self.count = 0
    self.families = []
    self.hasRangeDelete = false
  }

  public var isEmpty: Bool { self.count == 0 }
  public var byteCount: Int { self.writer.count }

  public mutating func put(_ value: RawSpan, for key: RawSpan, in family: Family) {
    self.begin(family, inDefault: 0x01, inFamily: 0x05)
    self.append(key)
    self.append(value)
  }

  public mutating func put(_ value: [UInt8], for key: [UInt8], in family: Family) {
    self.put(value.rawBytes, for: key.rawBytes, in: family)
  }

  public mutating func delete(_ key: RawSpan, in family: Family) {
    self.begin(family, inDefault: 0x00, inFamily: 0x04)
    self.append(key)
  }

  public mutating func delete(_ key: [UInt8], in family: Family) {
    self.delete(key.rawBytes, in: family)
  }

  /// Deletes every key at or after `first` and before `end`.
  public mutating func deleteRange(from first: RawSpan, to end: RawSpan, in family: Family) {
    self.begin(family, inDefault: 0x0F, inFamily: 0x0E)
    self.append(first)
    self.append(end)
    self.hasRangeDelete = true
  }

  public mutating func deleteRange(from first: [UInt8], to end: [UInt8], in family: Family) {
    self.deleteRange(from: first.rawBytes, to: end.rawBytes, in: family)
  }

  /// Adds the changes of `other` behind the ones here.
  public mutating func append(contentsOf other: borrowing WriteBatch) {
    self.count += other.count
    self.hasRangeDelete = self.hasRangeDelete || other.hasRangeDelete
    for family in other.families { self.remember(family) }
    self.writer.append(other.writer.bytes.extracting(Self.headerBytes..<other.writer.count))
    self.writeCount()
  }

  /// Forgets the changes, keeps the memory.
  public mutating func removeAll() {
    self.writer.truncate(to: Self.headerBytes)
    self.count = 0
    self.families = []
    self.hasRangeDelete = false
    self.writeCount()
  }

  /// Copies the records, without the header, behind those of `group`.
  func appendRecords(to group: inout ByteWriter) {
    self.writer.withUnsafeBytes { group.append(copying: .init(rebasing: $0[Self.headerBytes...])) }
  }

  /// The bytes, for comparing with the library's.
  package func copy() -> [UInt8] { self.writer.bytes.array }

  private mutating func begin(_ family: Family, inDefault plain: UInt8, inFamily tagged: UInt8) {
    self.remember(family)
    self.count += 1
    self.writeCount()
    if family.id == 0 {
      self.writer.append(plain)
    } else {
      self.writer.append(tagged)
      self.writer.append(varint: UInt64(family.id))
    }
  }

  private mutating func append(_ bytes: RawSpan) {
    precondition(bytes.byteCount <= UInt32.max, "a key or value of \(bytes.byteCount) bytes")
    self.writer.append(varint: UInt64(bytes.byteCount))
    self.writer.append(bytes)
  }

  private mutating func remember(_ family: Family) {
    // A batch touches a handful of families: nearly always the last one again.
    if let last = self.families.last, last === family { return }
    if !self.families.contains(where: { $0 === family }) { self.families.append(family) }
  }

  private mutating func writeCount() {
    self.writer.overwrite(at: 8, littleEndian: UInt32(self.count))
  }
}
