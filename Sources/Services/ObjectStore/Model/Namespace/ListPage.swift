private import Bytes

/// A page of a listing: names with their records and common prefixes, in the order of bytes. All bytes
/// lie in one buffer, so a page of a thousand costs two allocations and goes into a message as it is.
package struct ListPage: Sendable, Hashable {
  package struct Entry: Sendable, Hashable {
    package enum Kind: UInt8, Sendable {
      /// A name with a record.
      case record = 0
      /// All that begins with the name was left out.
      case commonPrefix = 1
    }
    package var kind: Kind
    /// Of listings of versions.
    package var isLatest: Bool
    /// Where the name begins in the buffer; the record is behind it.
    package var offset: UInt32
    package var nameCount: UInt16
    package var recordCount: UInt32

    package init(
      kind: Kind, isLatest: Bool, offset: UInt32, nameCount: UInt16, recordCount: UInt32
    ) {
      self.kind = kind
      self.isLatest = isLatest
      self.offset = offset
      self.nameCount = nameCount
      self.recordCount = recordCount
    }
  }

  package private(set) var buffer: [UInt8] = []
  package private(set) var entries: [Entry] = []
  /// Something is behind the last entry.
  package var isTruncated = false

  package init() {}

  /// What came in a message; nil when an entry does not lie in the buffer.
  package init?(buffer: [UInt8], entries: [Entry], isTruncated: Bool) {
    for entry in entries {
      guard
        Int(entry.offset) + Int(entry.nameCount) + Int(entry.recordCount) <= buffer.count
      else { return nil }
    }
    self.buffer = buffer
    self.entries = entries
    self.isTruncated = isTruncated
  }

  package mutating func reserve(entries: Int, bytes: Int) {
    self.entries.reserveCapacity(entries)
    self.buffer.reserveCapacity(bytes)
  }

  /// For uploads the record is the upload's own and `name` its key; the identifier stands behind the
  /// record: see `upload(_:)`.
  package mutating func append(_ name: [UInt8], record: [UInt8], isLatest: Bool = true) {
    self.append(.record, name.rawBytes, record.rawBytes, isLatest)
  }

  package mutating func append(_ name: RawSpan, record: RawSpan, isLatest: Bool = true) {
    self.append(.record, name, record, isLatest)
  }

  package mutating func append(commonPrefix name: [UInt8]) {
    self.append(.commonPrefix, name.rawBytes, RawSpan(), true)
  }

  package mutating func append(_ key: [UInt8], upload: UploadID, record: [UInt8]) {
    self.append(.record, key.rawBytes, (record + upload.bytes).rawBytes, true)
  }

  private mutating func append(
    _ kind: Entry.Kind, _ name: RawSpan, _ record: RawSpan, _ isLatest: Bool
  ) {
    self.entries.append(
      Entry(
        kind: kind, isLatest: isLatest, offset: UInt32(self.buffer.count),
        nameCount: UInt16(name.byteCount), recordCount: UInt32(record.byteCount)))
    name.withUnsafeBytes { self.buffer.append(contentsOf: $0) }
    record.withUnsafeBytes { self.buffer.append(contentsOf: $0) }
  }

  package func name(_ entry: Entry) -> [UInt8] {
    let start = Int(entry.offset)
    return Array(self.buffer[start..<start + Int(entry.nameCount)])
  }

  package func withRecord<R>(_ entry: Entry, _ body: (RawSpan) -> R) -> R {
    let start = Int(entry.offset) + Int(entry.nameCount)
    return body(self.buffer.rawBytes.extracting(start..<start + Int(entry.recordCount)))
  }

  /// The identifier behind the record of an upload; nil when there is none.
  package func upload(_ entry: Entry) -> UploadID? {
    self.withRecord(entry) { bytes in
      guard bytes.byteCount >= UploadID.byteCount else { return nil }
      return UploadID(
        bytes: bytes.extracting(bytes.byteCount - UploadID.byteCount..<bytes.byteCount))
    }
  }
}
