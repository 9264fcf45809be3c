import Bytes
import JSON
import Protobuf
import SeriesColumns
import SeriesModel

/// Writes rows in the JSON form, every member of them.
struct JSONRows: ~Copyable {
  private let shape: AnswerShape
  private let blocks: [AnswerBlock]
  /// What stands before the value of a tag, and of a field, with what ends the one before.
  private let tagHeads: [[UInt8]]
  private let fieldHeads: [[UInt8]]
  private var pieces: RunPieces
  private var clock = ClockText()
  private var isFirst = true

  init(_ shape: AnswerShape, _ blocks: [AnswerBlock]) {
    self.shape = shape
    self.blocks = blocks
    var heads: [[UInt8]] = []
    var names = shape.tags[...]
    for (number, family) in shape.families.enumerated() {
      let start = (number == 0 ? "" : "]},") + #"{"name":"# + Self.quoted(family.name)
      for index in 0..<family.count {
        let tag = Self.quoted(names.removeFirst())
        let before = index == 0 ? start + #","tags":["# : ","
        heads.append(Array((before + #"{"key":"# + tag + #","value":{"#).utf8))
      }
    }
    self.tagHeads = heads
    self.fieldHeads = shape.fields.enumerated().map { index, name in
      Array(((index == 0 ? "" : ",") + #"{"name":"# + Self.quoted(name) + #","value":{"#).utf8)
    }
    self.pieces = RunPieces(shape, blocks)
  }

  private static func quoted(_ text: String) -> String { JSONValue.string(text).text() }

  mutating func append(_ row: RowReference, to target: inout ByteWriter) {
    if !self.isFirst { target.append(UInt8(ascii: ",")) }
    self.isFirst = false
    switch self.shape.kind {
    case .points: self.point(row, to: &target)
    case .elements:
      target.append(#"{"elementId":""#)
      target.append(hexadecimal: row.tie)
      target.append(#"","timestamp":"#)
      self.clock.append(row.timestamp, to: &target)
      self.families(row, to: &target)
      target.append(UInt8(ascii: "}"))
    }
  }

  @inline(__always)
  private mutating func point(_ row: RowReference, to target: inout ByteWriter) {
    target.append(#"{"timestamp":"#)
    if self.shape.isAggregated {
      target.append("null")
    } else {
      self.clock.append(row.timestamp, to: &target)
    }
    self.families(row, to: &target)
    target.append(#","fields":["#)
    for field in self.fieldHeads.indices {
      target.append(self.fieldHeads[field])
      self.blocks[Int(row.block)].cells[self.shape.tags.count + field].append(
        row, .field, &self.clock, to: &target)
      target.append("}}")
    }
    guard !self.shape.isAggregated else {
      target.append(#"],"sid":"0","version":"0"}"#)
      return
    }
    target.append(#"],"sid":""#)
    target.append(digits: self.blocks[Int(row.block)].seriesIDs[Int(row.run)])
    target.append(#"","version":""#)
    target.append(decimal: self.blocks[Int(row.block)].versions[Int(row.row)])
    target.append(#""}"#)
  }

  @inline(__always)
  private mutating func families(_ row: RowReference, to target: inout ByteWriter) {
    guard self.pieces.hasPieces(row.block) else {
      return Self.families(
        self.blocks[Int(row.block)], self.tagHeads, self.shape, row, &self.clock, to: &target)
    }
    let range = self.pieces.range(row) ?? self.makePiece(row)
    self.pieces.append(range, to: &target)
  }

  private mutating func makePiece(_ row: RowReference) -> Range<Int> {
    let (heads, shape) = (self.tagHeads, self.shape)
    let block = self.blocks[Int(row.block)]
    var clock = ClockText()
    return self.pieces.make(row) {
      Self.families(block, heads, shape, row, &clock, to: &$0)
    }
  }

  private static func families(
    _ block: AnswerBlock, _ heads: [[UInt8]], _ shape: AnswerShape, _ row: RowReference,
    _ clock: inout ClockText, to target: inout ByteWriter
  ) {
    target.append(#","tagFamilies":["#)
    var tag = 0
    for (number, family) in shape.families.enumerated() {
      if family.count == 0 {
        // No tag's head begins it.
        target.append(number == 0 ? #"{"name":"# : #"]},{"name":"#)
        target.append(Self.quoted(family.name))
        target.append(#","tags":["#)
      }
      for _ in 0..<family.count {
        target.append(heads[tag])
        block.cells[tag].append(row, .tag, &clock, to: &target)
        target.append("}}")
        tag += 1
      }
    }
    target.append(shape.families.isEmpty ? "]" : "]}]")
  }
}

extension AnswerBlock.Cell {
  /// Appends the member that holds a row's value.
  @inline(__always)
  fileprivate func append(
    _ row: RowReference, _ use: Use, _ clock: inout ClockText, to target: inout ByteWriter
  ) {
    switch self {
    case .null: target.append(#""null":null"#)
    case .row(let column):
      guard column.integers.isEmpty else {
        return target.append(int: column.integers[Int(row.row)])
      }
      column.values.append(Int(row.row), use, &clock, to: &target)
    case .series(let column, let entries):
      let entry = entries[Int(row.run)]
      if entry < 0 {
        target.append(#""null":null"#)
      } else {
        column.values.append(entry, use, &clock, to: &target)
      }
    }
  }
}

extension Column {
  fileprivate func append(
    _ row: Int, _ use: AnswerBlock.Cell.Use, _ clock: inout ClockText, to target: inout ByteWriter
  ) {
    guard !self.isNull(row) else { return target.append(#""null":null"#) }
    switch (self.type, use) {
    case (.integer, _):
      target.append(int: self.integers[row])
    case (.string, _):
      target.append(#""str":{"value":"#)
      target.appendJSON { json in self.withBytes(row) { json.value(utf8: $0.bytes) } }
      target.append("}")
    case (.binary, _):
      target.append(#""binaryData":""#)
      target.append(Base64.text(of: self.byteArray(row).rawBytes))
      target.append(#"""#)
    case (.float, .field):
      target.append(#""float":{"value":"#)
      let value = self.floats[row]
      if value.isFinite {
        target.appendJSON { $0.value(value) }
      } else {
        target.append(value.isNaN ? #""NaN""# : value < 0 ? #""-Infinity""# : #""Infinity""#)
      }
      target.append("}")
    case (.timestamp, .tag):
      target.append(#""timestamp":"#)
      clock.append(self.integers[row], to: &target)
    case (.strings, .tag):
      target.append(#""strArray":{"value":"#)
      target.appendJSON { json in
        json.array { json in for text in self.stringList(row) { json.value(text) } }
      }
      target.append("}")
    case (.integers, .tag):
      target.append(#""intArray":{"value":"#)
      target.appendJSON { json in
        json.array { json in for number in self.integerList(row) { json.value(String(number)) } }
      }
      target.append("}")
    case (.float, .tag), (.timestamp, .field), (.strings, .field), (.integers, .field):
      target.append(#""null":null"#)
    }
  }
}

extension ByteWriter {
  @inline(__always) fileprivate mutating func append(int value: Int64) {
    self.append(#""int":{"value":""#)
    self.append(decimal: value)
    self.append(#""}"#)
  }
}

/// Writes moments, of which most are of the same day as the one before.
struct ClockText {
  private static let dayNanoseconds: Int64 = 86_400_000_000_000
  private var day: Int64?
  /// The opening quote, the date and the T.
  private var date: [UInt8] = []

  mutating func append(_ moment: Int64, to target: inout ByteWriter) {
    var (day, rest) = moment.quotientAndRemainder(dividingBy: Self.dayNanoseconds)
    if rest < 0 {
      day -= 1
      rest += Self.dayNanoseconds
    }
    if day != self.day {
      self.day = day
      let midnight = ProtoTimestamp {
        $0.seconds = day * 86_400
      }
      // All moments of 64 bits lie in the years that have a text.
      self.date = [UInt8(ascii: "\"")] + Array((midnight.text ?? "").utf8.prefix(11))
    }
    target.append(self.date)
    let seconds = Int(rest / 1_000_000_000)
    let nanoseconds = Int(rest % 1_000_000_000)
    Self.append(seconds / 3600, 2, to: &target)
    target.append(UInt8(ascii: ":"))
    Self.append(seconds / 60 % 60, 2, to: &target)
    target.append(UInt8(ascii: ":"))
    Self.append(seconds % 60, 2, to: &target)
    if nanoseconds != 0 {
      target.append(UInt8(ascii: "."))
      if nanoseconds % 1_000_000 == 0 {
        Self.append(nanoseconds / 1_000_000, 3, to: &target)
      } else if nanoseconds % 1000 == 0 {
        Self.append(nanoseconds / 1000, 6, to: &target)
      } else {
        Self.append(nanoseconds, 9, to: &target)
      }
    }
    target.append("Z\"")
  }

  @inline(__always)
  private static func append(_ number: Int, _ digits: Int, to target: inout ByteWriter) {
    var unit = 1
    for _ in 1..<digits { unit *= 10 }
    while unit > 0 {
      target.append(UInt8(truncatingIfNeeded: number / unit % 10) + 0x30)
      unit /= 10
    }
  }
}
