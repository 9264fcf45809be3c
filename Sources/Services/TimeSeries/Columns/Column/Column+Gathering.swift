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
      for row in rows { result.append(Int(row)..<(Int(row) + 1), of: self) }
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
    result.offsets.reserveCapacity(rows.count + 1)
    for row in rows {
      total += self.entryRange(Int(row)).count
      result.offsets.append(UInt32(total))
    }
    result.bytes = [UInt8](unsafeUninitializedCapacity: total) { target, filled in
      self.bytes.withUnsafeBufferPointer { source in
        for row in rows {
          let entry = self.entryRange(Int(row))
          guard !entry.isEmpty, let from = source.baseAddress, let to = target.baseAddress else {
            continue
          }
          (to + filled).initialize(from: from + entry.lowerBound, count: entry.count)
          filled += entry.count
        }
      }
    }
  }

  /// The rows of a range.
  public func slice(_ rows: Range<Int>) -> Column {
    if rows == 0..<self.count { return self }
    var result = Column(self.type)
    guard !self.codes.isEmpty, !rows.isEmpty else {
      result.append(rows, of: self)
      return result
    }
    result.codes = Array(self.codes[rows])
    result.offsets = self.offsets
    result.bytes = self.bytes
    result.appendNulls(rows, of: self)
    result.count = rows.count
    return result
  }

  /// Appends all rows of another column of the same type.
  public mutating func append(contentsOf other: Column) {
    precondition(self.type == other.type, "rows of type \(other.type) in a column of \(self.type)")
    if self.count == 0 {
      self = other
    } else {
      self.append(0..<other.count, of: other)
    }
  }

  /// Appends rows of another column of the same type.
  public mutating func append(_ rows: Range<Int>, of other: Column) {
    precondition(self.type == other.type, "rows of type \(other.type) in a column of \(self.type)")
    guard !rows.isEmpty else { return }
    switch self.type {
    case .integer, .timestamp: self.integers.append(contentsOf: other.integers[rows])
    case .float: self.floats.append(contentsOf: other.floats[rows])
    case .string, .binary:
      self.undictionary()
      if other.codes.isEmpty {
        self.appendEntries(rows, of: other)
      } else {
        for row in rows { self.appendEntries(other.entry(row)..<(other.entry(row) + 1), of: other) }
      }
    case .integers:
      let elements = other.elements(rows)
      self.appendLists(rows, of: other, from: self.integers.count)
      self.integers.append(contentsOf: other.integers[elements])
    case .strings:
      let elements = other.elements(rows)
      self.appendLists(rows, of: other, from: self.offsets.count - 1)
      self.appendEntries(elements, of: other)
    }
    self.appendNulls(rows, of: other)
    self.count += rows.count
  }

  /// The elements of the lists of `rows`.
  private func elements(_ rows: Range<Int>) -> Range<Int> {
    Int(self.lists[rows.lowerBound])..<Int(self.lists[rows.upperBound])
  }

  private mutating func appendLists(_ rows: Range<Int>, of other: Column, from base: Int) {
    let shift = UInt32(base) &- other.lists[rows.lowerBound]
    self.lists.append(
      contentsOf: other.lists[(rows.lowerBound + 1)...rows.upperBound].lazy.map { $0 &+ shift })
  }

  private mutating func appendEntries(_ entries: Range<Int>, of other: Column) {
    let first = other.offsets[entries.lowerBound]
    let content = Int(first)..<Int(other.offsets[entries.upperBound])
    let base = self.endOffset()
    self.bytes.append(contentsOf: other.bytes[content])
    _ = self.endOffset()
    let shift = base &- first
    self.offsets.append(
      contentsOf: other.offsets[(entries.lowerBound + 1)..<(entries.upperBound + 1)].lazy.map {
        $0 &+ shift
      })
  }

  private mutating func appendNulls(_ rows: Range<Int>, of other: Column) {
    if other.hasNulls { self.markNulls(of: other, rows, at: self.count) }
  }

  /// Marks rows from `place` on that are null where they come from.
  mutating func markNulls(of other: Column, _ rows: Range<Int>, at place: Int) {
    let base = place - rows.lowerBound
    for row in rows where other.isNull(row) { self.markNull(base + row) }
  }
}
