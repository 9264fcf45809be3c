import Bytes
import SeriesColumns
import SeriesModel
import SeriesSchema
import SeriesStorage
import SeriesWire

/// The figures of one group over one field.
struct Aggregation: Sendable {
  private(set) var count: Int64 = 0
  /// The sum is `sum + carry * 2^64`: one that leaves 64 bits on its way may come back.
  private var sum: Int64 = 0
  private var carry: Int64 = 0
  private var least = Int64.max
  private var greatest = Int64.min
  private var floatSum = 0.0
  /// NaN until there is a number: what is none is left out where there are others.
  private var floatLeast = Double.nan
  private var floatGreatest = Double.nan

  mutating func add(_ value: SeriesValue) {
    switch value {
    case .int(let number): self.add(number)
    case .float(let number): self.add(number)
    case .null, .string, .binary, .strings, .ints, .timestamp: break
    }
  }

  @inline(__always) private mutating func add(_ number: Int64) {
    self.add(toSum: number)
    self.least = min(self.least, number)
    self.greatest = max(self.greatest, number)
    self.count += 1
  }

  @inline(__always) private mutating func add(toSum number: Int64) {
    let (sum, overflow) = self.sum.addingReportingOverflow(number)
    self.sum = sum
    if overflow { self.carry += number > 0 ? 1 : -1 }
  }

  @inline(__always) private mutating func add(_ number: Double) {
    self.floatSum += number
    self.add(least: number, greatest: number)
    self.count += 1
  }

  @inline(__always) private mutating func add(least: Double, greatest: Double) {
    if !(self.floatLeast <= least), !least.isNaN { self.floatLeast = least }
    if !(self.floatGreatest >= greatest), !greatest.isNaN { self.floatGreatest = greatest }
  }

  /// Rows of a column; nulls are left out.
  mutating func add(_ column: Column, _ rows: Range<Int>) {
    if column.hasNulls {
      for row in rows where !column.isNull(row) { self.add(column.value(row)) }
      return
    }
    switch column.type {
    case .integer:
      column.integers.withUnsafeBufferPointer { values in
        for row in rows { self.add(values[row]) }
      }
    case .float:
      column.floats.withUnsafeBufferPointer { values in
        for row in rows { self.add(values[row]) }
      }
    case .string, .binary, .strings, .integers, .timestamp: break
    }
  }

  /// The result in the type of the field.
  func value(
    _ function: ModelWire.AggregationFunction, isFloat: Bool, field: String
  ) throws(SeriesFault) -> SeriesValue {
    guard self.count > 0 else { return isFloat ? .float(0) : .int(0) }
    if isFloat {
      switch function {
      case .mean:
        let mean = self.floatSum / Double(self.count)
        return .float(mean < 1 ? 1 : mean)
      case .max: return .float(self.floatGreatest)
      case .min: return .float(self.floatLeast)
      case .count: return .float(Double(self.count))
      default: return .float(self.floatSum)
      }
    }
    switch function {
    case .max: return .int(self.greatest)
    case .min: return .int(self.least)
    case .count: return .int(self.count)
    case .mean:
      // A mean below one is told as one: clients rely on it.
      let sum = Int128(self.carry) << 64 + Int128(self.sum)
      return .int(max(1, Int64(sum / Int128(self.count))))
    default: return .int(try self.exactSum(field))
    }
  }

  private func exactSum(_ field: String) throws(SeriesFault) -> Int64 {
    guard self.carry == 0 else {
      throw .query("the sum of field \(field) is an overflow of 64 bits")
    }
    return self.sum
  }
}

/// The figures of several nodes, each of rows of its own. As bytes: count, sum, carry, least, greatest, and sum,
/// least and greatest of floats: 8 bytes each, little-endian.
extension Aggregation {
  mutating func add(_ other: Aggregation) {
    self.add(toSum: other.sum)
    self.carry += other.carry
    self.least = min(self.least, other.least)
    self.greatest = max(self.greatest, other.greatest)
    self.floatSum += other.floatSum
    self.add(least: other.floatLeast, greatest: other.floatGreatest)
    self.count += other.count
  }

  func append(to writer: inout ByteWriter) {
    writer.append(littleEndian: self.count)
    writer.append(littleEndian: self.sum)
    writer.append(littleEndian: self.carry)
    writer.append(littleEndian: self.least)
    writer.append(littleEndian: self.greatest)
    for number in [self.floatSum, self.floatLeast, self.floatGreatest] {
      writer.append(littleEndian: number.bitPattern)
    }
  }

  init(_ reader: inout DirectoryReader) throws(ColumnError) {
    self.count = try reader.number()
    self.sum = try reader.number()
    self.carry = try reader.number()
    self.least = try reader.number()
    self.greatest = try reader.number()
    self.floatSum = Double(bitPattern: try reader.number())
    self.floatLeast = Double(bitPattern: try reader.number())
    self.floatGreatest = Double(bitPattern: try reader.number())
  }
}
