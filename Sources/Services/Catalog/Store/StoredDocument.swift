import Bytes
import KeyValue
import Values

/// The metadata document of an object as it is served, byte for byte, with what a load says beside it.
///
/// Header and document are one value, so that a load never pairs a document with another's location.
final class StoredDocument: Sendable {
  let metadataLocation: String
  let location: String
  let uuid: ObjectID
  let version: Int64
  private let held: HeldValue?
  private let copied: [UInt8]
  private let start: Int

  init(_ header: DocumentHeader, _ held: HeldValue) {
    self.metadataLocation = header.metadataLocation
    self.location = header.location
    self.uuid = header.uuid
    self.version = header.version
    self.start = header.byteCount
    self.held = held
    self.copied = []
  }

  init(_ record: ObjectRecord, _ document: [UInt8]) {
    self.metadataLocation = record.metadataLocation
    self.location = record.location
    self.uuid = record.uuid
    self.version = record.version
    self.start = 0
    self.held = nil
    self.copied = document
  }

  init(copying other: StoredDocument, _ document: [UInt8]) {
    self.metadataLocation = other.metadataLocation
    self.location = other.location
    self.uuid = other.uuid
    self.version = other.version
    self.start = 0
    self.held = nil
    self.copied = document
  }

  func withBytes<R, E: Error>(
    _ body: (RawSpan) throws(E) -> R
  ) throws(E) -> R {
    guard let held else {
      return try self.copied.withUnsafeBufferPointer { (bytes) throws(E) in
        try body(UnsafeRawBufferPointer(bytes).bytes)
      }
    }
    return try held.withBytes(from: self.start, body)
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

// The value of a document's row:
//
//   u32 LE  byte count of the metadata location, its UTF-8
//   u32 LE  byte count of the location, its UTF-8
//   16      UUID of the document, big-endian
//   u64 LE  version of the pointer
//   …       the document as it is served

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
