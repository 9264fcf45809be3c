import Bytes
import Testing

@testable import SeriesColumns

/// A generator of its own: the same pages on every run.
struct TestRandom: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    self.state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = self.state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

func roundTrip(_ column: Column, _ effort: PageEncoder.Effort) throws -> (Column, Int) {
  var bytes = ByteWriter()
  PageEncoder(effort).append(column, to: &bytes)
  let count = bytes.count
  let read = try bytes.withUnsafeBytes { try PageDecoder().column($0, column.type) }
  return (read, count)
}

@Suite("pages give back what was put in")
struct PageRoundTripTests {
  static let efforts: [PageEncoder.Effort] = [.fast, .small(level: 3)]

  static func integerShapes() -> [(String, [Int64])] {
    var random = TestRandom(state: 1)
    var walk: Int64 = 50
    let few: [Int64] = [7, 1 << 40, -9, 12_345_678]
    return [
      ("one", [42]), ("two", [1, .min]), ("extremes", [.min, .max, 0, -1, 1, .min, .max]),
      ("constant", Array(repeating: -7, count: 3000)),
      ("steps", (0..<2500).map { 1_700_000_000_000_000_000 + $0 * 10_000_000_000 }),
      ("squares", (0..<2500).map { $0 * $0 }),
      ("runs", (0..<3000).map { $0 / 500 }),
      ("few values", (0..<2000).map { _ in few.randomElement(using: &random) ?? 0 }),
      ("noise", (0..<2048).map { _ in Int64(bitPattern: random.next()) }),
      ("small noise", (0..<1024).map { _ in Int64.random(in: -3...100, using: &random) }),
      ("codes", (0..<4000).map { _ in Int64.random(in: 0..<40, using: &random) }),
      (
        "walk",
        (0..<8192).map { _ in
          walk = min(100, max(0, walk + Int64.random(in: -2...2, using: &random)))
          return walk
        }
      ),
      (
        "outliers",
        (0..<1500).map { $0 % 300 == 7 ? Int64(bitPattern: random.next()) : Int64($0 % 13) }
      ),
    ]
  }

  @Test("integers of every shape and every short length")
  func integers() throws {
    for effort in Self.efforts {
      for (name, values) in Self.integerShapes() {
        let (read, _) = try roundTrip(Column(integers: values), effort)
        #expect(read.integers == values, "\(name)")
        #expect(read.count == values.count)
      }
      var random = TestRandom(state: 2)
      for count in 1...70 {
        let bits = UInt64.random(in: 0...63, using: &random)
        let values = (0..<count).map { _ in Int64(bitPattern: random.next() >> bits) }
        #expect(try roundTrip(Column(integers: values), effort).0.integers == values)
      }
    }
  }

  @Test("every width of bits, in a full vector and in a short one")
  func widths() {
    var random = TestRandom(state: 3)
    for width in 0...64 {
      for count in [1024, 1023, 17, 1] {
        let mask: UInt64 = width == 0 ? 0 : .max >> UInt64(64 - width)
        let values = (0..<count).map { _ in random.next() & mask }
        let byteCount = BitPacking.byteCount(count, width: width)
        let room = UnsafeMutableRawPointer.allocate(byteCount: byteCount + 8, alignment: 8)
        defer { room.deallocate() }
        BitPacking.pack(values, count, width: width, into: room)
        var read = [UInt64](repeating: 1, count: count)
        BitPacking.unpack(room, count, width: width, into: &read)
        #expect(read == values, "\(count) of \(width) bits")
      }
    }
  }

  static func floatShapes() -> [(String, [Double])] {
    var random = TestRandom(state: 4)
    var walk = 20.0
    let special: [Double] = [
      .nan, .infinity, -.infinity, -0.0, 0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude,
      -.leastNormalMagnitude, Double(bitPattern: 0x7FF8_0000_0000_1234), .pi, 1e300, -1e-300, 0.1,
    ]
    var shapes: [(String, [Double])] = [("special", special)]
    let mixed = (0..<2000).map { row -> Double in
      row % 97 == 3 ? special[row % 13] : Double(row) / 4
    }
    shapes.append(("special among decimals", mixed))
    shapes.append(("not a number only", [Double](repeating: .nan, count: 1100)))
    shapes.append(("integers", (0..<3000).map { Double($0 % 101) }))
    let cents = (0..<2000).map { _ in Int.random(in: 0...9999, using: &random) }
    shapes.append(("two decimals", cents.map { Double($0) / 100 }))
    shapes.append(("large", (0..<1500).map { Double($0) * 1e12 + 0.5 }))
    shapes.append(("noise", (0..<2048).map { _ in Double.random(in: 0...1, using: &random) }))
    shapes.append(("any bits", (0..<1100).map { _ in Double(bitPattern: random.next()) }))
    let walked = (0..<1300).map { _ -> Double in
      walk += Double.random(in: -0.01...0.01, using: &random)
      return walk
    }
    shapes.append(("walk", walked))
    return shapes
  }

  /// Ranges of many kinds: ends, single rows, what crosses the borders of vectors, nothing, everything.
  static func picks(of count: Int) -> [RowPicks] {
    var random = TestRandom(state: UInt64(count))
    var all: [RowPicks] = [RowPicks()]
    for ranges in [[0..<count], [0..<1], [(count - 1)..<count], [1000..<1030], [1024..<2048]] {
      var picks = RowPicks()
      for range in ranges { picks.append(range.clamped(to: 0..<count)) }
      all.append(picks)
    }
    for share in [2, 20, 400] {
      let rows = (0..<UInt32(count)).filter { _ in Int.random(in: 0..<share, using: &random) == 0 }
      all.append(RowPicks(rows))
    }
    return all
  }

  @Test("some rows of a page are those of the whole page")
  func pickedRows() throws {
    var columns = Self.integerShapes().map { ($0.0, Column(integers: $0.1)) }
    columns += Self.floatShapes().map { ($0.0, Column(floats: $0.1)) }
    for type in ColumnType.allCases {
      var column = Column(type)
      for row in 0..<1500 {
        if row % 7 == 3 {
          column.appendNull()
          continue
        }
        switch type {
        case .integer, .timestamp: column.append(integer: Int64(row * row % 1000))
        case .float: column.append(float: Double(row) / 8)
        case .string, .binary: column.append(text: "value \(row % 40)")
        case .integers: column.append(integers: (0..<(row % 4)).map { Int64($0 + row) })
        case .strings: column.append(strings: (0..<(row % 3)).map { "\($0) of \(row)" })
        }
      }
      columns.append(("\(type) with nulls", column))
    }
    for effort in Self.efforts {
      for (name, column) in columns {
        var page = ByteWriter()
        PageEncoder(effort).append(column, to: &page)
        let decoder = PageDecoder()
        let whole = try page.withUnsafeBytes { try decoder.column($0, column.type) }
        let proven = try page.withUnsafeBytes { try decoder.prove($0) }
        for (number, picks) in Self.picks(of: column.count).enumerated() {
          let read = try page.withUnsafeBytes {
            try decoder.column(
              number % 2 == 0 ? .stored($0) : .proven(proven), column.type, picking: picks)
          }
          #expect(read.count == picks.count)
          #expect(read.nullCount == whole.gathering(picks.rows).nullCount, "\(name)")
          let isSame = picks.rows.enumerated().allSatisfy { place, row in
            read.sameCell(place, as: whole, Int(row))
          }
          #expect(isSame, "\(name), \(picks.ranges.prefix(3))")
        }
        var beyond = RowPicks()
        beyond.append(column.count..<(column.count + 1))
        #expect(throws: ColumnError.self) {
          try page.withUnsafeBytes { try decoder.column($0, column.type, picking: beyond) }
        }
      }
    }
  }

  @Test("floats to the bit")
  func floats() throws {
    for effort in Self.efforts {
      for (name, values) in Self.floatShapes() {
        let (read, _) = try roundTrip(Column(floats: values), effort)
        #expect(read.floats.map(\.bitPattern) == values.map(\.bitPattern), "\(name)")
      }
    }
  }

  @Test("each form of floats by itself")
  func floatForms() throws {
    for (name, values) in Self.floatShapes() {
      let bits = values.map(\.bitPattern)
      var split = ByteWriter()
      values.withUnsafeBufferPointer { SplitDoubles.append($0, .exact, to: &split) }
      let readSplit = try split.withUnsafeBytes { bytes in
        var reader = PayloadReader(bytes)
        return try SplitDoubles.read(&reader, bits.count)
      }
      #expect(readSplit.map(\.bitPattern) == bits, "\(name)")
      var chained = ByteWriter()
      values.withUnsafeBufferPointer { ChainedDoubles.append($0, to: &chained) }
      let readChained = try chained.withUnsafeBytes { bytes in
        var reader = PayloadReader(bytes)
        return try ChainedDoubles.read(&reader, bits.count)
      }
      #expect(readChained.map(\.bitPattern) == bits, "\(name)")
    }
  }

  @Test("strings, lists and nulls")
  func stringsAndLists() throws {
    var random = TestRandom(state: 5)
    var columns = ColumnType.allCases.map { Column($0) }
    for row in 0..<700 {
      for index in columns.indices {
        if Int.random(in: 0...5, using: &random) == 0 {
          columns[index].appendNull()
          continue
        }
        let number = Int64.random(in: -5...50, using: &random)
        switch columns[index].type {
        case .integer, .timestamp: columns[index].append(integer: number)
        case .float: columns[index].append(float: Double(number) / 8)
        case .string: columns[index].append(text: number < 0 ? "" : "wert-\(number) ü🦆")
        case .binary: columns[index].append(bytes: [UInt8(row & 255), 0, 255])
        case .strings:
          columns[index].append(strings: (0..<max(0, number % 4)).map { "t\($0 + number)" })
        case .integers: columns[index].append(integers: (0..<max(0, number % 4)).map { $0 * 9 })
        }
      }
    }
    for effort in Self.efforts {
      for column in columns {
        let (read, _) = try roundTrip(column, effort)
        #expect(read.count == 700)
        #expect(read.nullCount == column.nullCount)
        for row in 0..<700 { #expect(read.describes(row) == column.describes(row)) }
      }
    }
  }

  @Test("times of regular, irregular and single rows")
  func times() throws {
    var random = TestRandom(state: 6)
    for jitter in [0, 3, 4_000_000_000] as [Int64] {
      var (times, runs): ([Int64], [SeriesRun]) = ([], [])
      for series in 0..<40 {
        let count = series % 7 == 0 ? 1 : 2 + series * 3
        let start = times.count
        for row in 0..<count {
          let noise = jitter == 0 ? 0 : Int64.random(in: 0...jitter, using: &random)
          times.append(1_700_000_000_000_000_000 + Int64(row) * 10_000_000_000 + noise * 1_000_000)
        }
        runs.append(SeriesRun(seriesID: random.next(), rows: start..<times.count))
      }
      let encoder = PageEncoder(.small(level: 3))
      var runPage = ByteWriter()
      var timePage = ByteWriter()
      encoder.append(runs, to: &runPage)
      encoder.append(times: times, runs, to: &timePage)
      let decoder = PageDecoder()
      let readRuns = try runPage.withUnsafeBytes { try decoder.runs($0) }
      #expect(readRuns == runs)
      #expect(
        try timePage.withUnsafeBytes { try decoder.times(.stored($0), readRuns, of: nil) } == times)
      let proven = try timePage.withUnsafeBytes { try decoder.prove($0) }
      #expect(try decoder.times(.proven(proven), readRuns, of: nil) == times)
      for wanted in [[], [0], [39], [0, 7, 8, 21], Array(0..<40)] {
        let some = try timePage.withUnsafeBytes {
          try decoder.times(.stored($0), readRuns, of: wanted)
        }
        #expect(some == wanted.flatMap { times[runs[$0].rows] })
      }
      if jitter == 0 { #expect(timePage.count < 80) }
    }
  }

  @Test("what the encodings are for")
  func sizes() throws {
    var random = TestRandom(state: 7)
    var walk = 50.0
    let usage = (0..<8192).map { _ -> Double in
      walk = min(100, max(0, walk + Double.random(in: -1.7...1.7, using: &random)))
      return walk.rounded(.down)
    }
    #expect(try roundTrip(Column(floats: usage), .small(level: 3)).1 < 8192 * 30 / 100)
    let decimals = (0..<8192).map { _ in Double(Int.random(in: 0...9999, using: &random)) / 100 }
    #expect(try roundTrip(Column(floats: decimals), .fast).1 < 8192 * 19 / 10)
    let constant = [Double](repeating: 12.5, count: 8192)
    #expect(try roundTrip(Column(floats: constant), .fast).1 < 64)
    var hosts = Column(.string)
    for row in 0..<8192 { hosts.append(text: "host_\(row / 512)") }
    #expect(try roundTrip(hosts, .fast).1 < 400)
  }

  @Test("gathering, slicing and joining keep the rows")
  func reshaping() throws {
    var column = Column(.string)
    for row in 0..<100 {
      if row % 9 == 0 { column.appendNull() } else { column.append(text: "v\(row % 5)") }
    }
    let (coded, _) = try roundTrip(column, .fast)
    for source in [column, coded] {
      let rows = (0..<50).map { UInt32($0 * 2 % 99) }
      let gathered = source.gathering(rows)
      for (index, row) in rows.enumerated() {
        #expect(gathered.describes(index) == column.describes(Int(row)))
      }
      var joined = source.slice(10..<30)
      joined.append(contentsOf: source.slice(0..<10))
      joined.append(3..<4, of: source)
      joined.append(text: "last")
      #expect(joined.count == 32)
      for row in 0..<20 { #expect(joined.describes(row) == column.describes(row + 10)) }
      for row in 0..<10 { #expect(joined.describes(row + 20) == column.describes(row)) }
      #expect(joined.string(31) == "last")
    }
  }

  @Test("rows of several columns join in any order", arguments: ColumnType.allCases)
  func joining(_ type: ColumnType) {
    let sources = (0..<3).map { source in
      var column = Column(type)
      for row in 0..<40 { column.appendExample(source * 1000 + row) }
      return column
    }
    let spans = [
      RowSpan(2, 10..<20), RowSpan(0, 0..<1), RowSpan(0, 39..<40), RowSpan(1, 5..<5),
      RowSpan(1, 0..<40), RowSpan(2, 20..<23),
    ]
    let joined = Column(joining: spans, of: sources, type)
    let wanted = spans.flatMap { span in span.rows.map { sources[span.source].describes($0) } }
    #expect(joined.count == wanted.count)
    #expect((0..<joined.count).map { joined.describes($0) } == wanted)
    #expect(joined.nullCount == wanted.count { $0 == "null" })
  }

  @Test("dictionaries join to one, until a column without one comes")
  func joiningDictionaries() {
    func column(_ count: Int, of distinct: Int, nullEvery: Int = 0) -> Column {
      var column = Column(.string)
      for row in 0..<count {
        if nullEvery > 0, row % nullEvery == 0 {
          column.appendNull()
        } else {
          column.append(text: "value \(row % distinct)")
        }
      }
      return column
    }
    let coded = [column(64, of: 3), column(64, of: 5, nullEvery: 4)].map { $0.withDictionary() }
    #expect(coded.allSatisfy { !$0.codes.isEmpty })
    let distinct = column(64, of: 64)
    #expect(distinct.withDictionary().codes.isEmpty)
    let empty = Column(.string, nulls: 9)
    for (sources, entries) in [
      (coded, 6), (coded + [empty], 6), ([empty] + coded, 6), (coded + [distinct], nil),
      ([distinct] + coded, nil), ([empty, distinct], nil), ([empty, empty], 1),
    ] {
      let joined = Column(joining: sources, .string)
      #expect(joined.problem == nil)
      let wanted = sources.flatMap { source in (0..<source.count).map { source.describes($0) } }
      #expect((0..<joined.count).map { joined.describes($0) } == wanted)
      #expect(joined.nullCount == sources.reduce(0) { $0 + $1.nullCount })
      #expect(joined.codes.isEmpty == (entries == nil))
      if let entries { #expect(joined.offsets.count - 1 == entries) }
    }
    let spans = [RowSpan(1, 40..<60), RowSpan(0, 63..<64), RowSpan(1, 5..<9), RowSpan(0, 60..<62)]
    let pieces = Column(joining: spans, of: coded, .string)
    #expect(pieces.problem == nil && !pieces.codes.isEmpty)
    #expect(
      (0..<pieces.count).map { pieces.describes($0) }
        == spans.flatMap { span in span.rows.map { coded[span.source].describes($0) } })
  }

  @Test("a column that repeats itself gets a dictionary, whatever its first rows are")
  func withDictionary() {
    for (count, distinct) in [(31, 1), (32, 1), (32, 8), (32, 9), (4096, 900), (4096, 1200)] {
      var column = Column(.binary)
      for row in 0..<count { column.append(bytes: Array("\(row * 7919 % distinct)".utf8)) }
      let other = column.withDictionary()
      #expect(other.problem == nil)
      #expect((0..<count).allSatisfy { other.byteArray($0) == column.byteArray($0) })
      #expect(!other.codes.isEmpty == (count >= 32 && distinct <= count / 4))
    }
  }
}

extension Column {
  fileprivate mutating func appendExample(_ number: Int) {
    if number % 7 == 3 { return self.appendNull() }
    switch self.type {
    case .integer, .timestamp: self.append(integer: Int64(number))
    case .float: self.append(float: Double(number) / 8)
    case .string, .binary: self.append(text: String(repeating: "\(number) ", count: number % 4))
    case .integers: self.append(integers: (0..<(number % 4)).map { Int64($0 + number) })
    case .strings: self.append(strings: (0..<(number % 4)).map { "\(number)-\($0)" })
    }
  }
}

extension Column {
  func describes(_ row: Int) -> String {
    if self.isNull(row) { return "null" }
    return switch self.type {
    case .integer, .timestamp: "\(self.integer(row))"
    case .float: "\(self.float(row).bitPattern)"
    case .string: self.string(row)
    case .binary: "\(self.byteArray(row))"
    case .integers: "\(self.integerList(row))"
    case .strings: "\(self.stringList(row))"
    }
  }
}

extension Column {
  /// To the bit.
  fileprivate func sameCell(_ row: Int, as other: Column, _ otherRow: Int) -> Bool {
    guard self.isNull(row) == other.isNull(otherRow) else { return false }
    if self.isNull(row) { return true }
    switch self.type {
    case .integer, .timestamp: return self.integers[row] == other.integers[otherRow]
    case .float: return self.floats[row].bitPattern == other.floats[otherRow].bitPattern
    case .string, .binary: return self.byteArray(row) == other.byteArray(otherRow)
    case .integers: return self.integerList(row) == other.integerList(otherRow)
    case .strings: return self.stringList(row) == other.stringList(otherRow)
    }
  }
}
