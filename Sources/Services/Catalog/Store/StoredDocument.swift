import Bytes
import Compression
import KeyValue
import Postgres
import Values

/// The metadata document of an object as it is served, byte for byte, with what a load says beside it.
///
/// Header and document are one value, so that a load never pairs a document with another's location.
final class StoredDocument: Sendable {
  let metadataLocation: String
  let location: String
  let uuid: ObjectID
  let version: Int64
  private let source: Source

  /// Where the bytes are.
  private enum Source {
    case copied([UInt8])
    /// Behind the header of an unpacked row.
    case unpacked([UInt8], start: Int)
    case held(HeldValue, start: Int)
    case rows(PostgresRows, column: Int)
  }

  private init(_ header: DocumentHeader, _ source: Source) {
    self.metadataLocation = header.metadataLocation
    self.location = header.location
    self.uuid = header.uuid
    self.version = header.version
    self.source = source
  }

  /// Nil when the bytes are not a document's row.
  convenience init?(_ held: HeldValue) {
    if let unpacked = held.withBytes(from: 0, { DocumentRow.unpacked($0) }) {
      guard let header = DocumentHeader(unpacked.rawBytes) else { return nil }
      self.init(header, .unpacked(unpacked, start: header.byteCount))
    } else {
      guard let header = held.header else { return nil }
      self.init(header, .held(held, start: header.byteCount))
    }
  }

  convenience init?(row: [UInt8]) {
    let plain = DocumentRow.unpacked(row.rawBytes) ?? row
    guard let header = DocumentHeader(plain.rawBytes) else { return nil }
    self.init(header, .unpacked(plain, start: header.byteCount))
  }

  init(_ record: ObjectRecord, _ document: [UInt8]) {
    self.metadataLocation = record.metadataLocation
    self.location = record.location
    self.uuid = record.uuid
    self.version = record.version
    self.source = .copied(document)
  }

  /// The first row of `PostgresStore.documentColumns`, which begin with `column`.
  init(_ rows: PostgresRows, from column: Int) throws(CatalogStoreError) {
    guard let uuid = rows.id(0, column), let version = rows.integer(0, column + 1),
      let metadataLocation = rows.text(0, column + 2), let location = rows.text(0, column + 3),
      rows.bytes(0, column + 4) != nil
    else { throw PostgresRows.damaged }
    self.metadataLocation = metadataLocation
    self.location = location
    self.uuid = uuid
    self.version = version
    self.source = .rows(rows, column: column + 4)
  }

  init(copying other: StoredDocument, _ document: [UInt8]) {
    self.metadataLocation = other.metadataLocation
    self.location = other.location
    self.uuid = other.uuid
    self.version = other.version
    self.source = .copied(document)
  }

  func withBytes<R, E: Error>(
    _ body: (RawSpan) throws(E) -> R
  ) throws(E) -> R {
    switch self.source {
    case .held(let held, let start): return try held.withBytes(from: start, body)
    case .unpacked(let row, let start):
      return try row.withUnsafeBufferPointer { (bytes) throws(E) in
        try body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[start...]).bytes)
      }
    case .copied(let document):
      return try document.withUnsafeBufferPointer { (bytes) throws(E) in
        try body(UnsafeRawBufferPointer(bytes).bytes)
      }
    case .rows(let rows, let column):
      let bytes = rows.bytes(0, column) ?? UnsafeRawBufferPointer(start: nil, count: 0)
      defer { withExtendedLifetime(rows) {} }
      return try body(bytes.bytes)
    }
  }

  var byteCount: Int { self.withBytes { $0.byteCount } }
}

/// A value of the store where the library holds it.
final class HeldValue: @unchecked Sendable {
  // Sendable: the bytes do not change, and they stay where they are as long as the value is held.
  private let value: PinnedValue
  private let bytes: UnsafeRawBufferPointer

  init(_ value: consuming PinnedValue) {
    self.bytes = value.bytes.withUnsafeBytes { $0 }
    self.value = value
  }

  var header: DocumentHeader? { DocumentHeader(self.bytes.bytes) }

  func withBytes<R, E: Error>(
    from start: Int, _ body: (RawSpan) throws(E) -> R
  ) throws(E) -> R {
    try body(UnsafeRawBufferPointer(rebasing: self.bytes[start...]).bytes)
  }
}

// The value of a document's row, packed:
//
//   u32 LE  0xFFFFFF01
//   u32 LE  byte count of the plain row
//   …       the plain row as one LZ4 frame
//
// Metadata repeats itself, so that a row is a quarter as long: in the log, in memory and in the cache. Rows
// of earlier releases are plain:
//
//   u32 LE  byte count of the metadata location, its UTF-8
//   u32 LE  byte count of the location, its UTF-8
//   16      UUID of the document, big-endian
//   u64 LE  version of the pointer
//   …       the document as it is served

enum DocumentRow {
  private static let packedMark: UInt32 = 0xFFFF_FF01
  private static let byteCountMax = 512 << 20

  static func bytes(_ header: DocumentHeader, _ document: [UInt8]) -> [UInt8] {
    var plain = ByteWriter(capacity: document.count + 1024)
    header.append(to: &plain)
    plain.append(document)
    let count = plain.count
    var packed = ByteWriter(capacity: count / 2)
    packed.append(littleEndian: Self.packedMark)
    packed.append(littleEndian: UInt32(clamping: count))
    do throws(CompressionError) {
      try Compression.lz4.compress(plain.bytes, to: &packed)
    } catch {
      return plain.bytes.array
    }
    return packed.bytes.array
  }

  /// The plain row of a packed one; nil of one that is plain, or damaged.
  static func unpacked(_ row: RawSpan) -> [UInt8]? {
    var reader = ByteReader(row)
    guard reader.littleEndian(UInt32.self) == Self.packedMark,
      let count = reader.littleEndian(UInt32.self), count <= Self.byteCountMax
    else { return nil }
    var plain = ByteWriter(capacity: Int(count))
    do throws(CompressionError) {
      try Compression.lz4.decompress(
        row.extracting(8..<row.byteCount), to: &plain, byteCountMax: Int(count))
    } catch {
      return nil
    }
    return plain.bytes.array
  }
}

struct DocumentHeader {
  var metadataLocation: String
  var location: String
  var uuid: ObjectID
  var version: Int64
  var byteCount = 0

  init(_ record: ObjectRecord) {
    self.metadataLocation = record.metadataLocation
    self.location = record.location
    self.uuid = record.uuid
    self.version = record.version
  }

  /// Nil when the bytes are not a document's row.
  init?(_ bytes: RawSpan) {
    var reader = ByteReader(bytes)
    guard let metadataLocation = Self.text(&reader), let location = Self.text(&reader),
      let high = reader.bigEndian(UInt64.self), let low = reader.bigEndian(UInt64.self),
      let version = reader.littleEndian(Int64.self)
    else { return nil }
    self.metadataLocation = metadataLocation
    self.location = location
    self.uuid = ObjectID(high: high, low: low)
    self.version = version
    self.byteCount = reader.offset
  }

  @_lifetime(reader: copy reader)
  static func text(_ reader: inout ByteReader) -> String? {
    guard let count = reader.littleEndian(UInt32.self) else { return nil }
    return reader.take(Int(count))?.text
  }

  func append(to target: inout ByteWriter) {
    for text in [self.metadataLocation, self.location] {
      target.append(littleEndian: UInt32(text.utf8.count))
      target.append(text)
    }
    self.uuid.append(to: &target)
    target.append(littleEndian: self.version)
  }
}
