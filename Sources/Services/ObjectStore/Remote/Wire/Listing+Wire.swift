internal import Bytes
internal import ObjectModel

// Listings, sums and garbage.

extension ListPosition: WireValue {
  init(from reader: inout ByteReader) throws(WireError) {
    let bytes = try reader.byteArray()
    self.init(bytes, isCommonPrefix: try reader.flag())
  }

  func write(to target: inout ByteWriter) {
    target.append(counted: self.bytes)
    target.append(flag: self.isCommonPrefix)
  }
}

extension ByteReader {
  /// How many of something are asked for.
  mutating func limit() throws(WireError) -> Int {
    let limit: UInt32 = try self.number()
    return Int(limit)
  }
}

extension ByteWriter {
  mutating func append(limit: Int) { self.append(littleEndian: UInt32(clamping: limit)) }
}

extension ListRequest: WireValue {
  init(from reader: inout ByteReader) throws(WireError) {
    self.init(
      prefix: try reader.byteArray(), delimiter: try reader.byteArray(), after: try reader.value(),
      limit: try reader.limit())
  }

  func write(to target: inout ByteWriter) {
    target.append(counted: self.prefix)
    target.append(counted: self.delimiter)
    target.append(self.after)
    target.append(limit: self.limit)
  }
}

extension VersionListRequest: WireValue {
  init(from reader: inout ByteReader) throws(WireError) {
    self.init(
      prefix: try reader.byteArray(), delimiter: try reader.byteArray(), after: try reader.value(),
      afterVersion: try reader.value(), limit: try reader.limit())
  }

  func write(to target: inout ByteWriter) {
    target.append(counted: self.prefix)
    target.append(counted: self.delimiter)
    target.append(self.after)
    target.append(self.afterVersion)
    target.append(limit: self.limit)
  }
}

extension UploadListRequest: WireValue {
  init(from reader: inout ByteReader) throws(WireError) {
    self.init(
      prefix: try reader.byteArray(), delimiter: try reader.byteArray(), after: try reader.value(),
      afterUpload: try reader.value(), limit: try reader.limit())
  }

  func write(to target: inout ByteWriter) {
    target.append(counted: self.prefix)
    target.append(counted: self.delimiter)
    target.append(self.after)
    target.append(self.afterUpload)
    target.append(limit: self.limit)
  }
}

/// The buffer goes as it is.
extension ListPage: WireValue {
  init(from reader: inout ByteReader) throws(WireError) {
    let isTruncated = try reader.flag()
    let entries: [Entry] = try reader.value()
    guard
      let page = ListPage(
        buffer: try reader.byteArray(), entries: entries, isTruncated: isTruncated)
    else { throw WireError("a page whose entries are not in it") }
    self = page
  }

  func write(to target: inout ByteWriter) {
    target.append(flag: self.isTruncated)
    target.append(self.entries)
    target.append(counted: self.buffer)
  }
}

extension ListPage.Entry: WireValue {
  init(from reader: inout ByteReader) throws(WireError) {
    guard let kind = reader.byte().flatMap(Kind.init(rawValue:)) else {
      throw WireError("an entry of a page")
    }
    self.init(
      kind: kind, isLatest: try reader.flag(), offset: try reader.number(),
      nameCount: try reader.number(), recordCount: try reader.number())
  }

  func write(to target: inout ByteWriter) {
    target.append(self.kind.rawValue)
    target.append(flag: self.isLatest)
    target.append(littleEndian: self.offset)
    target.append(littleEndian: self.nameCount)
    target.append(littleEndian: self.recordCount)
  }
}

struct UsageRequest: WireValue {
  var prefix: [UInt8]
  var depth: Int
  var limit: Int

  init(prefix: [UInt8], depth: Int, limit: Int) {
    self.prefix = prefix
    self.depth = depth
    self.limit = limit
  }

  init(from reader: inout ByteReader) throws(WireError) {
    self.prefix = try reader.byteArray()
    self.depth = try reader.limit()
    self.limit = try reader.limit()
  }

  func write(to target: inout ByteWriter) {
    target.append(counted: self.prefix)
    target.append(limit: self.depth)
    target.append(limit: self.limit)
  }
}

extension SubtreeSums: WireValue {
  init(from reader: inout ByteReader) throws(WireError) {
    self.init(
      objects: try reader.number(), bytes: try reader.number(), versions: try reader.number(),
      versionBytes: try reader.number(), uploads: try reader.number(),
      uploadBytes: try reader.number())
  }

  func write(to target: inout ByteWriter) {
    target.append(littleEndian: self.objects)
    target.append(littleEndian: self.bytes)
    target.append(littleEndian: self.versions)
    target.append(littleEndian: self.versionBytes)
    target.append(littleEndian: self.uploads)
    target.append(littleEndian: self.uploadBytes)
  }
}

extension UsageReport: WireValue {
  init(from reader: inout ByteReader) throws(WireError) {
    self.init(
      total: try reader.value(), rows: try reader.value(), isTruncated: try reader.flag())
  }

  func write(to target: inout ByteWriter) {
    target.append(self.total)
    target.append(self.rows)
    target.append(flag: self.isTruncated)
  }
}

extension UsageReport.Row: WireValue {
  init(from reader: inout ByteReader) throws(WireError) {
    self.init(name: try reader.byteArray(), sums: try reader.value())
  }

  func write(to target: inout ByteWriter) {
    target.append(counted: self.name)
    target.append(self.sums)
  }
}

struct GarbageRequest: WireValue {
  var dueBefore: UInt64
  var limit: Int

  init(dueBefore: UInt64, limit: Int) {
    self.dueBefore = dueBefore
    self.limit = limit
  }

  init(from reader: inout ByteReader) throws(WireError) {
    self.dueBefore = try reader.number()
    self.limit = try reader.limit()
  }

  func write(to target: inout ByteWriter) {
    target.append(littleEndian: self.dueBefore)
    target.append(limit: self.limit)
  }
}

extension GarbageEntry: WireValue {
  init(from reader: inout ByteReader) throws(WireError) {
    self.init(
      number: try reader.number(), dueMilliseconds: try reader.number(),
      blob: try reader.value())
  }

  func write(to target: inout ByteWriter) {
    target.append(littleEndian: self.number)
    target.append(littleEndian: self.dueMilliseconds)
    target.append(self.blob)
  }
}

/// A page of something, from where the last one ended.
struct PageRequest: WireValue {
  var after: [UInt8]
  var limit: Int

  init(after: [UInt8], limit: Int) {
    self.after = after
    self.limit = limit
  }

  init(from reader: inout ByteReader) throws(WireError) {
    self.after = try reader.byteArray()
    self.limit = try reader.limit()
  }

  func write(to target: inout ByteWriter) {
    target.append(counted: self.after)
    target.append(limit: self.limit)
  }
}

extension ReferencePage: WireValue {
  init(from reader: inout ByteReader) throws(WireError) {
    self.init(blobs: try reader.value(), cursor: try reader.byteArray())
  }

  func write(to target: inout ByteWriter) {
    target.append(self.blobs)
    target.append(counted: self.cursor)
  }
}
