import Bytes
import SeriesColumns
import SeriesModel

// A point or an element as a field of its response, number 1 in both:
//
//   point    1 timestamp │ 2 families │ 3 fields: 1 name, 2 value │ 4 sid │ 5 version
//   element  1 id │ 2 timestamp │ 3 families
//   family   1 name │ 2 tags: 1 key, 2 value
//
// Zeros and empty texts are left out, but a value's member is written whatever it holds.

/// Writes rows in the binary form.
struct BinaryRows: ~Copyable {
  private enum Tag {
    static func delimited(_ number: UInt8) -> UInt8 { number << 3 | 2 }
    static func number(_ number: UInt8) -> UInt8 { number << 3 }
  }

  private let shape: AnswerShape
  private let blocks: [AnswerBlock]
  /// The first field of families, tags and fields: their names.
  private let familyNames: [[UInt8]]
  private let tagNames: [[UInt8]]
  private let fieldNames: [[UInt8]]
  private var pieces: RunPieces
  /// Of each block what its points are written from; nil where they cannot be written as `PlainPoint`.
  private let plain: [PlainRows?]
  private let plainBytesMax: Int
  /// The last time that was written: of rows in the order of time many have the same.
  private var timestamp: Int64?
  private var time = ShortBytes()

  init(_ shape: AnswerShape, _ blocks: [AnswerBlock]) {
    self.shape = shape
    self.blocks = blocks
    self.familyNames = shape.families.map { Self.name($0.name) }
    self.tagNames = shape.tags.map { Self.name($0) }
    self.fieldNames = shape.fields.map { Self.name($0) }
    self.pieces = RunPieces(shape, blocks)
    self.plain = blocks.map { PlainRows($0, shape) }
    self.plainBytesMax = PlainPoint.byteCountMax(fields: self.fieldNames)
  }

  private static func name(_ name: String) -> [UInt8] {
    var bytes = ByteWriter()
    bytes.append(field: 1, text: Array(name.utf8))
    return bytes.bytes.array
  }

  mutating func append(_ row: RowReference, to target: inout ByteWriter) {
    if let rows = self.plain[Int(row.block)], let tags = self.pieces.range(row) {
      return self.append(row, of: rows, tags, to: &target)
    }
    target.delimited(1) { target in
      switch self.shape.kind {
      case .points: self.point(row, to: &target)
      case .elements:
        target.append(Tag.delimited(1))
        target.append(16 as UInt8)
        target.append(hexadecimal: row.tie)
        target.append(field: 2, timestamp: row.timestamp)
        self.families(3, row, to: &target)
      }
    }
  }

  private mutating func append(
    _ row: RowReference, of rows: PlainRows, _ tags: Range<Int>, to target: inout ByteWriter
  ) {
    let number = Int(row.row)
    if row.timestamp != self.timestamp {
      self.timestamp = row.timestamp
      self.time = PlainPoint.time(row.timestamp)
    }
    _ = target.appendFilling(minimum: self.plainBytesMax + tags.count) { memory in
      guard let start = memory.baseAddress else { return 0 }
      var room = RoomWriter(start)
      room.message(1) { room in
        self.time.write(to: &room)
        self.pieces.copy(tags, to: &room)
        for (field, name) in self.fieldNames.enumerated() {
          let value = UInt64(bitPattern: rows.fields[field][number])
          name.withUnsafeBytes { PlainPoint.field($0, value, &room) }
        }
        rows.series[Int(row.run)].write(to: &room)
        PlainPoint.version(UInt64(bitPattern: rows.versions[number]), &room)
      }
      return room.at - start
    }
  }

  @inline(__always)
  private mutating func point(_ row: RowReference, to target: inout ByteWriter) {
    if !self.shape.isAggregated { target.append(field: 1, timestamp: row.timestamp) }
    self.families(2, row, to: &target)
    for field in self.fieldNames.indices {
      target.delimited(3) { target in
        target.append(self.fieldNames[field])
        target.delimited(2) { self.value(self.shape.tags.count + field, row, .field, to: &$0) }
      }
    }
    if self.shape.isAggregated { return }
    let series = self.blocks[Int(row.block)].seriesIDs[Int(row.run)]
    let version = self.blocks[Int(row.block)].versions[Int(row.row)]
    if series != 0 {
      target.append(Tag.number(4))
      target.append(varint: series)
    }
    if version != 0 {
      target.append(Tag.number(5))
      target.append(varint: UInt64(bitPattern: version))
    }
  }

  @inline(__always)
  private mutating func families(
    _ number: UInt8, _ row: RowReference, to target: inout ByteWriter
  ) {
    guard self.pieces.hasPieces(row.block) else {
      return Self.families(
        number, self.shape, self.blocks, self.familyNames, self.tagNames, row, to: &target)
    }
    let range = self.pieces.range(row) ?? self.makePiece(number, row)
    self.pieces.append(range, to: &target)
  }

  private mutating func makePiece(_ number: UInt8, _ row: RowReference) -> Range<Int> {
    let (shape, blocks) = (self.shape, self.blocks)
    let (familyNames, tagNames) = (self.familyNames, self.tagNames)
    return self.pieces.make(row) {
      Self.families(number, shape, blocks, familyNames, tagNames, row, to: &$0)
    }
  }

  private static func families(
    _ number: UInt8, _ shape: AnswerShape, _ blocks: [AnswerBlock], _ familyNames: [[UInt8]],
    _ tagNames: [[UInt8]], _ row: RowReference, to target: inout ByteWriter
  ) {
    var tag = 0
    for (family, name) in zip(shape.families, familyNames) {
      target.delimited(number) { target in
        target.append(name)
        for _ in 0..<family.count {
          target.delimited(2) { target in
            target.append(tagNames[tag])
            target.delimited(2) {
              blocks[Int(row.block)].cells[tag].append(row, .tag, to: &$0)
            }
          }
          tag += 1
        }
      }
    }
  }

  @inline(__always)
  private func value(
    _ cell: Int, _ row: RowReference, _ use: AnswerBlock.Cell.Use, to target: inout ByteWriter
  ) {
    self.blocks[Int(row.block)].cells[cell].append(row, use, to: &target)
  }
}

/// Rows of a block in plain arrays.
private final class PlainRows {
  /// Of each run.
  let series: [ShortBytes]
  let versions: [Int64]
  let fields: [[Int64]]

  init?(_ block: AnswerBlock, _ shape: AnswerShape) {
    guard shape.kind == .points, !shape.isAggregated, shape.isTagsPerRun(block) else { return nil }
    var fields: [[Int64]] = []
    for cell in block.cells.dropFirst(shape.tags.count) {
      guard case .row(let column) = cell, !column.integers.isEmpty else { return nil }
      fields.append(column.integers)
    }
    self.series = block.seriesIDs.map { PlainPoint.series($0) }
    self.versions = block.versions
    self.fields = fields
  }
}

extension AnswerBlock.Cell {
  /// The two messages of values number their members differently.
  enum Use {
    case tag
    case field
  }

  /// Appends the member that holds a row's value.
  @inline(__always)
  fileprivate func append(_ row: RowReference, _ use: Use, to target: inout ByteWriter) {
    switch self {
    case .null: target.appendNullMember()
    case .row(let column):
      guard column.integers.isEmpty else {
        let value = column.integers[Int(row.row)]
        return target.delimited(use == .tag ? 4 : 3) { $0.append(field: 1, nonZero: value) }
      }
      column.values.append(Int(row.row), use, to: &target)
    case .series(let column, let entries):
      let entry = entries[Int(row.run)]
      if entry < 0 { return target.appendNullMember() }
      column.values.append(entry, use, to: &target)
    }
  }
}

extension Column {
  fileprivate func append(
    _ row: Int, _ use: AnswerBlock.Cell.Use, to target: inout ByteWriter
  ) {
    guard !self.isNull(row) else { return target.appendNullMember() }
    switch (self.type, use) {
    case (.integer, _):
      let value = self.integers[row]
      target.delimited(use == .tag ? 4 : 3) { $0.append(field: 1, nonZero: value) }
    case (.string, _):
      target.delimited(2) { target in
        self.withBytes(row) { target.append(field: 1, text: $0) }
      }
    case (.binary, _):
      let bytes = self.entryRange(self.entry(row))
      target.append((use == .tag ? 6 : 4) << 3 | 2 as UInt8)
      target.append(varint: UInt64(bytes.count))
      target.append(self.bytes[bytes])
    case (.float, .field):
      let bits = self.floats[row].bitPattern
      target.delimited(5) { target in
        guard bits != 0 else { return }
        target.append(1 << 3 | 1 as UInt8)
        target.append(littleEndian: bits)
      }
    case (.timestamp, .tag): target.append(field: 7, timestamp: self.integers[row])
    case (.strings, .tag):
      target.delimited(3) { target in
        for element in self.listRange(row) {
          let bytes = self.entryRange(element)
          target.append(1 << 3 | 2 as UInt8)
          target.append(varint: UInt64(bytes.count))
          target.append(self.bytes[bytes])
        }
      }
    case (.integers, .tag):
      target.delimited(5) { target in
        guard !self.listRange(row).isEmpty else { return }
        target.delimited(1) { target in
          for value in self.integers[self.listRange(row)] {
            target.append(varint: UInt64(bitPattern: value))
          }
        }
      }
    case (.float, .tag), (.timestamp, .field), (.strings, .field), (.integers, .field):
      target.appendNullMember()
    }
  }
}

extension ByteWriter {
  /// Writes a message inside a message. Its length has one byte until it turns out to need more.
  @inline(__always)
  fileprivate mutating func delimited(_ number: UInt8, _ body: (inout ByteWriter) -> Void) {
    self.append(number << 3 | 2)
    self.append(0 as UInt8)
    let start = self.count
    body(&self)
    let length = self.count &- start
    if length < 0x80 {
      self.overwrite(at: start &- 1, littleEndian: UInt8(truncatingIfNeeded: length))
    } else {
      self.widen(start, length)
    }
  }

  @inline(never) private mutating func widen(_ start: Int, _ length: Int) {
    let width = (70 - UInt64(length).leadingZeroBitCount) / 7
    self.openGap(at: start, count: width - 1)
    var rest = length
    for place in 0..<width {
      let mark: UInt8 = place == width - 1 ? 0 : 0x80
      self.overwrite(
        at: start - 1 + place, littleEndian: UInt8(truncatingIfNeeded: rest & 0x7F) | mark)
      rest >>= 7
    }
  }

  /// `null` is the member 1 of both messages of values, and zero.
  fileprivate mutating func appendNullMember() {
    self.append(0x08 as UInt8)
    self.append(0 as UInt8)
  }

  @inline(__always)
  fileprivate mutating func append(field number: UInt8, nonZero value: Int64) {
    guard value != 0 else { return }
    self.append(number << 3)
    self.append(varint: UInt64(bitPattern: value))
  }

  fileprivate mutating func append(field number: UInt8, text: [UInt8]) {
    text.withUnsafeBytes { self.append(field: number, text: $0) }
  }

  @inline(__always)
  fileprivate mutating func append(field number: UInt8, text: UnsafeRawBufferPointer) {
    guard !text.isEmpty else { return }
    self.append(number << 3 | 2)
    self.append(varint: UInt64(text.count))
    self.append(copying: text)
  }

  @inline(__always)
  fileprivate mutating func append(field number: UInt8, timestamp: Int64) {
    let (seconds, rest) = timestamp.quotientAndRemainder(dividingBy: 1_000_000_000)
    self.delimited(number) {
      $0.append(field: 1, nonZero: rest < 0 ? seconds - 1 : seconds)
      $0.append(field: 2, nonZero: rest < 0 ? rest + 1_000_000_000 : rest)
    }
  }

  /// Sixteen digits.
  mutating func append(hexadecimal number: UInt64) {
    for shift in stride(from: 60, through: 0, by: -4) {
      let nibble = UInt8(truncatingIfNeeded: number >> UInt64(shift) & 15)
      self.append(nibble < 10 ? 0x30 + nibble : 0x57 + nibble)
    }
  }
}
