internal import Bytes
internal import SeriesColumns

// The directory of a part, one run of bytes before the footer:
//
//   varint   sections, then each:
//     text     name of the table (varint length, UTF-8)
//     1 byte   kind of the table; the highest bit is set for its series entries
//     varint   columns, then each: text name, 1 byte type, 1 byte index (0 none, 1 skipping,
//              2 + analyzer: inverted)
//     varint   rows
//     varint   blocks, then, when there are any, integers with a value for each block:
//       offset of its first page, rows, first series, last series, least time, greatest time,
//       then for each page its length (0: all null, no page): runs, times, versions, columns
//       then for each column with an index: least value, greatest value (`PageRange`)
//     varint   attachments, then each (`PartAttachment`): 1 byte kind, text name, varint first row,
//              varint offset, varint length, varint length of its own directory, that directory
//
// `integers` are `PackedIntegers`. Pages of a block lie one after the other, in the order of their
// lengths.

/// What a part holds of one table: its rows, or the entries of its series.
struct PartSection: Sendable {
  struct Key: Hashable, Sendable {
    var table: String
    var isSeries: Bool
  }

  var key: Key
  var kind: TableKind
  var columns: [ColumnSchema]
  var rowCount = 0
  var blocks = PartBlocks()
  var attachments: [PartAttachment] = []

  /// Where a column stands; nil when the part has none of that name and type.
  func index(of column: ColumnSchema) -> Int? {
    self.columns.firstIndex { $0.name == column.name && $0.type == column.type }
  }
}

/// The blocks of a section, one array a property.
struct PartBlocks: Sendable {
  /// Pages before those of the columns: runs, times, versions.
  static let fixedPages = 3

  var offsets: [Int64] = []
  var rows: [Int64] = []
  var firstSeries: [UInt64] = []
  var lastSeries: [UInt64] = []
  var leastTimes: [Int64] = []
  var greatestTimes: [Int64] = []
  /// For each page of a block, the lengths of all blocks.
  var lengths: [[Int64]] = []
  /// For each column, when it has an index, the ranges of all blocks.
  var ranges: [[PageRange]] = []

  var count: Int { self.offsets.count }

  init() {}

  init(columnCount: Int) {
    self.lengths = Array(repeating: [], count: Self.fixedPages + columnCount)
    self.ranges = Array(repeating: [], count: columnCount)
  }

  func byteCount(_ block: Int) -> Int {
    var count = 0
    for page in self.lengths { count += Int(page[block]) }
    return count
  }

  /// Offset and length of a page in the file.
  func page(_ block: Int, _ number: Int) -> (offset: Int64, byteCount: Int) {
    var offset = self.offsets[block]
    for page in 0..<number { offset += self.lengths[page][block] }
    return (offset, Int(self.lengths[number][block]))
  }
}

/// Something beside the blocks that helps to find rows: a term index, a filter, an order.
struct PartAttachment: Sendable {
  enum Kind: UInt8, Sendable {
    /// Terms of a column, of the rows from `firstRow` on.
    case terms = 1
    /// A filter of each block over the values of a column.
    case blockFilters = 2
    /// A filter over the series of the section.
    case seriesFilter = 3
    /// The entries of an order.
    case order = 4
  }

  var kind: Kind
  /// The column's or the order's name.
  var name: String
  var firstRow = 0
  var offset: Int64 = 0
  var byteCount = 0
  /// What its kind makes of it.
  var directory: [UInt8] = []
}

extension PartSection {
  func append(to target: inout ByteWriter) {
    target.append(counted: self.key.table)
    target.append(self.kind.rawValue | (self.key.isSeries ? 0x80 : 0))
    target.append(varint: UInt64(self.columns.count))
    for column in self.columns {
      target.append(counted: column.name)
      target.append(column.type.rawValue)
      target.append(column.index.rawValue)
    }
    target.append(varint: UInt64(self.rowCount))
    self.blocks.append(indexed: self.columns, to: &target)
    target.append(varint: UInt64(self.attachments.count))
    for attachment in self.attachments {
      target.append(attachment.kind.rawValue)
      target.append(counted: attachment.name)
      target.append(varint: UInt64(attachment.firstRow))
      target.append(varint: UInt64(attachment.offset))
      target.append(varint: UInt64(attachment.byteCount))
      target.append(varint: UInt64(attachment.directory.count))
      target.append(attachment.directory)
    }
  }

  init(_ reader: inout DirectoryReader) throws(ColumnError) {
    let table = try reader.text()
    let head = try reader.byte()
    guard let kind = TableKind(rawValue: head & 0x7F) else {
      throw ColumnError("the table \(table) is of the unknown kind \(head & 0x7F)")
    }
    self.key = Key(table: table, isSeries: head & 0x80 != 0)
    self.kind = kind
    self.columns = []
    for _ in 0..<(try reader.count(upTo: 1 << 20)) {
      let name = try reader.text()
      guard let type = ColumnType(rawValue: try reader.byte()),
        let index = ColumnIndex(rawValue: try reader.byte())
      else { throw ColumnError("the column \(name) is of an unknown type or index") }
      self.columns.append(ColumnSchema(name, type, index: index))
    }
    self.rowCount = try reader.count(upTo: 1 << 32)
    self.blocks = try PartBlocks(&reader, indexed: self.columns)
    for _ in 0..<(try reader.count(upTo: 1 << 20)) {
      let kind = try reader.byte()
      guard let kind = PartAttachment.Kind(rawValue: kind) else {
        throw ColumnError("an attachment of the unknown kind \(kind)")
      }
      var attachment = PartAttachment(kind: kind, name: try reader.text())
      attachment.firstRow = try reader.count(upTo: 1 << 32)
      attachment.offset = Int64(try reader.count(upTo: 1 << 48))
      attachment.byteCount = try reader.count(upTo: 1 << 32)
      attachment.directory = try reader.bytes(try reader.count(upTo: 1 << 30))
      self.attachments.append(attachment)
    }
  }
}

extension PartBlocks {
  private static let fixedArrays = 6

  func append(indexed columns: [ColumnSchema], to target: inout ByteWriter) {
    target.append(varint: UInt64(self.count))
    guard self.count > 0 else { return }
    PackedIntegers.append(self.offsets, to: &target)
    PackedIntegers.append(self.rows, to: &target)
    PackedIntegers.append(self.firstSeries.map { Int64(bitPattern: $0) }, to: &target)
    PackedIntegers.append(self.lastSeries.map { Int64(bitPattern: $0) }, to: &target)
    PackedIntegers.append(self.leastTimes, to: &target)
    PackedIntegers.append(self.greatestTimes, to: &target)
    for lengths in self.lengths { PackedIntegers.append(lengths, to: &target) }
    for (column, ranges) in zip(columns, self.ranges) where column.index != .none {
      PackedIntegers.append(ranges.map(\.least), to: &target)
      PackedIntegers.append(ranges.map(\.greatest), to: &target)
    }
  }

  init(_ reader: inout DirectoryReader, indexed columns: [ColumnSchema]) throws(ColumnError) {
    self.init(columnCount: columns.count)
    let count = try reader.count(upTo: 1 << 26)
    guard count > 0 else { return }
    self.offsets = try reader.integers(count)
    self.rows = try reader.integers(count)
    self.firstSeries = try reader.integers(count).map { UInt64(bitPattern: $0) }
    self.lastSeries = try reader.integers(count).map { UInt64(bitPattern: $0) }
    self.leastTimes = try reader.integers(count)
    self.greatestTimes = try reader.integers(count)
    for page in self.lengths.indices {
      self.lengths[page] = try reader.integers(count)
      for length in self.lengths[page] where length < 0 || length > 1 << 31 {
        throw ColumnError("a page of \(length) bytes")
      }
    }
    for (index, column) in columns.enumerated() where column.index != .none {
      let least = try reader.integers(count)
      let greatest = try reader.integers(count)
      self.ranges[index] = zip(least, greatest).map { PageRange(least: $0, greatest: $1) }
    }
  }
}
