import Columnar
private import Synchronization

/// Ten columns made from the row's number: 4 integers, 1 timestamp, 3 doubles, 2 texts.
struct OrderTable: TableSource, Table {
  let rows: Int
  let columns = [
    ColumnField("id", .int64), ColumnField("customer", .int32), ColumnField("quantity", .int32),
    ColumnField("token", .int64), ColumnField("placed", .timestamp),
    ColumnField("price", .double), ColumnField("discount", .double),
    ColumnField("weight", .double), ColumnField("name", .text), ColumnField("note", .text),
  ]
  var rowCount: Int? { self.rows }
  let threadsMax = 16

  func open(_ arguments: TableArguments) throws -> any Table { self }
  func scan(_ projection: [Int]) throws -> any TableScan { OrderScan(rows: self.rows) }
}

final class OrderScan: TableScan {
  let rows: Int
  private let next = Atomic<Int>(0)

  init(rows: Int) { self.rows = rows }

  func part() throws -> any TablePart { OrderPart(self) }

  /// A row group for one thread.
  func takeRange() -> Range<Int> {
    let start = min(self.next.add(122_880, ordering: .relaxed).oldValue, self.rows)
    return start..<min(start + 122_880, self.rows)
  }
}

final class OrderPart: TablePart {
  private let scan: OrderScan
  private var range = 0..<0
  private let text: [UInt8] = Array("customer-0000000 order line ".utf8)

  init(_ scan: OrderScan) { self.scan = scan }

  func fill(_ chunk: borrowing ChunkWriter) throws -> Int {
    if self.range.isEmpty { self.range = self.scan.takeRange() }
    let start = self.range.lowerBound
    let count = min(self.range.count, ChunkWriter.capacity)
    for position in chunk.projection.indices {
      self.fill(chunk.column(position), chunk.projection[position], start, count)
    }
    self.range = (start + count)..<self.range.upperBound
    return count
  }

  private func fill(_ column: borrowing ColumnWriter, _ index: Int, _ start: Int, _ count: Int) {
    switch index {
    case 0: column.withValues(count: count) { v in for i in 0..<count { v[i] = Int64(start &+ i) } }
    case 1:
      column.withValues(count: count) { v in
        for i in 0..<count { v[i] = Int32(truncatingIfNeeded: mixed(start &+ i) % 50_000) }
      }
    case 2:
      column.withValues(count: count) { v in
        for i in 0..<count { v[i] = Int32(truncatingIfNeeded: mixed(start &+ i, 2) % 1_000) }
      }
    case 3:
      column.withValues(count: count) { v in
        for i in 0..<count { v[i] = Int64(truncatingIfNeeded: mixed(start &+ i, 3)) }
      }
    case 4:
      column.withValues(count: count) { v in
        for i in 0..<count {
          let jitter = Int64(truncatingIfNeeded: mixed(start &+ i, 4) % 1_000_000)
          v[i] = 1_700_000_000_000_000 &+ Int64(start &+ i) &* 1_000_000 &+ jitter
        }
      }
    case 5:
      column.withValues(count: count) { v in
        for i in 0..<count { v[i] = Double(mixed(start &+ i, 5) % 1_000_000) / 100 }
      }
    case 6:
      column.withValues(count: count) { v in
        for i in 0..<count { v[i] = Double(mixed(start &+ i, 6) % 100) / 100 }
      }
      for i in 0..<count where (start + i) % 10 == 0 { column.setNull(at: i) }
    case 7:
      column.withValues(count: count) { v in
        for i in 0..<count { v[i] = Double(mixed(start &+ i, 7) >> 11) * 0x1p-53 }
      }
    case 8:
      var text = self.text
      for i in 0..<count {
        writeDigits(Int(mixed(start &+ i) % 50_000), to: &text, at: 9, count: 7)
        let span = text.span
        column.set(span.bytes.extracting(0..<16), at: i)
      }
    default:
      var text = self.text
      for i in 0..<count {
        writeDigits(Int(mixed(start &+ i, 8) % 10_000_000), to: &text, at: 9, count: 7)
        let span = text.span
        column.set(span.bytes.extracting(9..<28), at: i)
      }
    }
  }

  private func writeDigits(_ number: Int, to text: inout [UInt8], at offset: Int, count: Int) {
    var rest = number
    for position in stride(from: offset + count - 1, through: offset, by: -1) {
      text[position] = UInt8(0x30 + rest % 10)
      rest /= 10
    }
  }
}

/// splitmix64 of the row and a column's number.
@inline(__always) private func mixed(_ row: Int, _ stream: UInt64 = 1) -> UInt64 {
  var z =
    UInt64(truncatingIfNeeded: row) &* 0x9E37_79B9_7F4A_7C15 &+ stream &* 0xD1B5_4A32_D192_ED03
  z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
  z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
  return z ^ (z >> 31)
}
