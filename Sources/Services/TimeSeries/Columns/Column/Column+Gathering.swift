/// Whole columns at a time: what sorting, merging and filtering are made of.
extension Column {
  /// The rows of `rows`, in that order.
  public func gathering(_ rows: [UInt32]) -> Column {
    var result = Column(self.type)
    switch self.type {
    case .integer, .timestamp:
      result.integers = Self.gather(self.integers, rows)
      result.count = rows.count
    case .float:
      result.floats = Self.gather(self.floats, rows)
      result.count = rows.count
    case .string, .binary:
      if self.codes.isEmpty {
        self.gatherBytes(rows, into: &result)
      } else {
        result.codes = Self.gather(self.codes, rows)
        result.offsets = self.offsets
        result.bytes = self.bytes
        if rows.isEmpty { result = Column(self.type) }
      }
      result.count = rows.count
    case .strings, .integers:
      for row in rows { result.append(row: Int(row), of: self) }
      return result
    }
    if self.hasNulls {
      for (index, row) in rows.enumerated() where self.isNull(Int(row)) { result.markNull(index) }
    }
    return result
  }

  private static func gather<T: BitwiseCopyable>(_ values: [T], _ rows: [UInt32]) -> [T] {
    [T](unsafeUninitializedCapacity: rows.count) { target, count in
      values.withUnsafeBufferPointer { source in
        rows.withUnsafeBufferPointer { rows in
          for index in 0..<rows.count { target[index] = source[Int(rows[index])] }
        }
      }
      count = rows.count
    }
  }

  private func gatherBytes(_ rows: [UInt32], into result: inout Column) {
    var total = 0
    for row in rows { total += self.entryRange(Int(row)).count }
    result.bytes.reserveCapacity(total)
    result.offsets.reserveCapacity(rows.count + 1)
    self.bytes.withUnsafeBufferPointer { source in
      for row in rows {
        result.bytes.append(contentsOf: source[self.entryRange(Int(row))])
        result.offsets.append(UInt32(result.bytes.count))
      }
    }
  }

  /// The rows of a range.
  public func slice(_ range: Range<Int>) -> Column {
    if range == 0..<self.count { return self }
    var result = Column(self.type)
    switch self.type {
    case .integer, .timestamp: result.integers = Array(self.integers[range])
    case .float: result.floats = Array(self.floats[range])
    case .string, .binary:
      guard !range.isEmpty else { return result }
      if self.codes.isEmpty {
        let first = self.offsets[range.lowerBound]
        result.offsets = self.offsets[range.lowerBound...range.upperBound].map { $0 - first }
        result.bytes = Array(self.bytes[Int(first)..<Int(self.offsets[range.upperBound])])
      } else {
        result.codes = Array(self.codes[range])
        result.offsets = self.offsets
        result.bytes = self.bytes
      }
    case .strings, .integers:
      for row in range { result.append(row: row, of: self) }
      return result
    }
    result.count = range.count
    if self.hasNulls {
      for row in range where self.isNull(row) { result.markNull(row - range.lowerBound) }
    }
    return result
  }

  /// Appends all rows of another column of the same type.
  public mutating func append(contentsOf other: Column) {
    precondition(self.type == other.type, "rows of type \(other.type) in a column of \(self.type)")
    if self.count == 0 {
      self = other
      return
    }
    switch self.type {
    case .integer, .timestamp: self.integers.append(contentsOf: other.integers)
    case .float: self.floats.append(contentsOf: other.floats)
    case .string, .binary:
      self.undictionary()
      if !other.codes.isEmpty {
        var plain = other
        plain.undictionary()
        return self.append(contentsOf: plain)
      }
      let base = UInt32(self.bytes.count)
      precondition(self.bytes.count + other.bytes.count <= Int(UInt32.max), "a column above 4 GiB")
      self.bytes.append(contentsOf: other.bytes)
      self.offsets.append(contentsOf: other.offsets.dropFirst().lazy.map { $0 + base })
    case .integers:
      let base = UInt32(self.integers.count)
      self.integers.append(contentsOf: other.integers)
      self.lists.append(contentsOf: other.lists.dropFirst().lazy.map { $0 + base })
    case .strings:
      let (base, byteBase) = (UInt32(self.offsets.count - 1), UInt32(self.bytes.count))
      precondition(self.bytes.count + other.bytes.count <= Int(UInt32.max), "a column above 4 GiB")
      self.bytes.append(contentsOf: other.bytes)
      self.offsets.append(contentsOf: other.offsets.dropFirst().lazy.map { $0 + byteBase })
      self.lists.append(contentsOf: other.lists.dropFirst().lazy.map { $0 + base })
    }
    if other.hasNulls {
      for row in 0..<other.count where other.isNull(row) { self.markNull(self.count + row) }
    }
    self.count += other.count
  }
}
