import Bytes
import SeriesColumns
import SeriesStorage

extension ByteWriter {
  mutating func append(_ shards: Set<UInt32>) {
    self.append(varint: UInt64(shards.count))
    for shard in shards.sorted() { self.append(varint: UInt64(shard)) }
  }

  mutating func append(_ share: GroupShare) {
    self.append(varint: share.epoch)
    self.append(varint: UInt64(share.shares.count))
    for part in share.shares {
      self.append(part.times)
      self.append(part.shards)
    }
  }

  mutating func append(_ range: ShardRange) {
    self.append(counted: range.group)
    self.append(range.times)
    self.append(range.shards)
  }
}

extension DirectoryReader {
  mutating func shards() throws(ColumnError) -> Set<UInt32> {
    var shards: Set<UInt32> = []
    for _ in 0..<(try self.count()) { shards.insert(try self.shard()) }
    return shards
  }

  mutating func share() throws(ColumnError) -> GroupShare {
    var share = GroupShare(epoch: try self.varint(), shares: [])
    for _ in 0..<(try self.count()) {
      let times = try self.times()
      share.shares.append(ShardShare(times: times, shards: try self.shards()))
    }
    return share
  }

  mutating func range() throws(ColumnError) -> ShardRange {
    let group = try self.text()
    let times = try self.times()
    return ShardRange(group: group, times: times, shards: try self.shards())
  }
}

struct LinkMessage: SeriesMessage {
  var name: String
  var range: ShardRange
  var epoch: UInt64

  init(_ name: String, _ range: ShardRange, epoch: UInt64) {
    self.name = name
    self.range = range
    self.epoch = epoch
  }

  init(_ reader: inout DirectoryReader) throws(ColumnError) {
    self.name = try reader.text()
    self.range = try reader.range()
    self.epoch = try reader.varint()
  }

  func append(to writer: inout ByteWriter) {
    writer.append(counted: self.name)
    writer.append(self.range)
    writer.append(varint: self.epoch)
  }
}

struct FilesMessage: SeriesMessage {
  var files: [ShardFile]
  init(_ files: [ShardFile]) { self.files = files }

  init(_ reader: inout DirectoryReader) throws(ColumnError) {
    self.files = []
    for _ in 0..<(try reader.count()) {
      let path = try reader.text()
      self.files.append(ShardFile(path: path, bytes: try reader.number()))
    }
  }

  func append(to writer: inout ByteWriter) {
    writer.append(varint: UInt64(self.files.count))
    for file in self.files {
      writer.append(counted: file.path)
      writer.append(littleEndian: file.bytes)
    }
  }
}

/// Some bytes of a file: those that are asked for, or that come.
struct PieceMessage: SeriesMessage {
  static let byteCountMax = 4 << 20

  var name: String
  var path: String
  var offset: Int64
  var count: Int64

  init(_ name: String, _ path: String, offset: Int64, count: Int64) {
    self.name = name
    self.path = path
    self.offset = offset
    self.count = count
  }

  init(_ reader: inout DirectoryReader) throws(ColumnError) {
    self.name = try reader.text()
    self.path = try reader.text()
    self.offset = try reader.number()
    self.count = try reader.number()
    guard self.offset >= 0, self.count >= 0 else { throw ColumnError("a piece before its file") }
  }

  func append(to writer: inout ByteWriter) {
    writer.append(counted: self.name)
    writer.append(counted: self.path)
    writer.append(littleEndian: self.offset)
    writer.append(littleEndian: self.count)
  }
}

struct StageMessage: SeriesMessage {
  var name: String
  var path: String
  var offset: Int64
  var bytes: [UInt8]

  init(_ name: String, _ path: String, offset: Int64, _ bytes: [UInt8]) {
    self.name = name
    self.path = path
    self.offset = offset
    self.bytes = bytes
  }

  init(_ reader: inout DirectoryReader) throws(ColumnError) {
    self.name = try reader.text()
    self.path = try reader.text()
    self.offset = try reader.number()
    guard self.offset >= 0 else { throw ColumnError("a piece before its file") }
    self.bytes = try reader.counted()
  }

  func append(to writer: inout ByteWriter) {
    writer.append(counted: self.name)
    writer.append(counted: self.path)
    writer.append(littleEndian: self.offset)
    writer.append(counted: self.bytes)
  }
}

struct ShowMessage: SeriesMessage {
  var link: LinkMessage
  var files: [String]
  /// Tables that are left out.
  var without: [String] = []

  init(_ link: LinkMessage, files: [String]) {
    self.link = link
    self.files = files
  }

  init(_ reader: inout DirectoryReader) throws(ColumnError) {
    self.link = try LinkMessage(&reader)
    self.files = []
    for _ in 0..<(try reader.count()) { self.files.append(try reader.text()) }
    guard !reader.isAtEnd else { return }
    for _ in 0..<(try reader.count()) { self.without.append(try reader.text()) }
  }

  func append(to writer: inout ByteWriter) {
    self.link.append(to: &writer)
    writer.append(varint: UInt64(self.files.count))
    for file in self.files { writer.append(counted: file) }
    writer.append(varint: UInt64(self.without.count))
    for table in self.without { writer.append(counted: table) }
  }
}
