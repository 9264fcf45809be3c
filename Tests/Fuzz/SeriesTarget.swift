import Bytes
import Fuzzing
import SeriesColumns

extension FuzzTarget {
  /// Columns as a journal's records have them, and integers as the directory of a part has them.
  static let series = FuzzTarget("series", seeds: seriesSeeds) { input in
    try input.withUnsafeBytes { bytes in
      if let read = try? Column.read(raw: bytes) {
        try Fuzzer.require(read.byteCount <= bytes.count, "more was read than there is")
        try Fuzzer.require(read.column.problem == nil, "a column that does not fit itself")
        var rows = Column(read.column.type)
        for row in 0..<min(read.column.count, 1000) {
          rows.append(row..<(row + 1), of: read.column)
        }
        try Fuzzer.require(rows.count == min(read.column.count, 1000), "rows are missing")
      }
      for count in [0, 1, 70, 1024, 2000] {
        guard let read = try? PackedIntegers.read(bytes, count: count) else { continue }
        try Fuzzer.require(read.values.count == count, "\(read.values.count) integers of \(count)")
      }
    }
  }

  private static var seriesSeeds: [[UInt8]] {
    var seeds: [[UInt8]] = []
    for type in ColumnType.allCases {
      var column = Column(type)
      for row in 0..<9 as Range<Int64> {
        switch type {
        case .integer, .timestamp: column.append(integer: row * row)
        case .float: column.append(float: Double(row) / 3)
        case .string, .binary: column.append(bytes: Array("value \(row % 3)".utf8))
        case .strings: column.append(strings: ["a", "\(row)"])
        case .integers: column.append(integers: [row, -row])
        }
        if row % 4 == 1 { column.appendNull() }
      }
      var writer = ByteWriter()
      column.append(rawTo: &writer)
      seeds.append(writer.bytes.array)
    }
    for values in [
      (0..<70).map { $0 * 10_000 }, (0..<1024).map { $0 / 200 }, (0..<2000).map { $0 * $0 % 977 },
    ] as [[Int64]] {
      var writer = ByteWriter()
      PackedIntegers.append(values, to: &writer)
      seeds.append(writer.bytes.array)
    }
    return seeds
  }
}
