/// Appending.
extension Column {
  public mutating func appendNull() { self.appendNulls(1) }

  public mutating func appendNulls(_ count: Int) {
    for row in self.count..<(self.count + count) { self.markNull(row) }
    switch self.type {
    case .integer, .timestamp:
      self.integers.append(contentsOf: repeatElement(0, count: count))
    case .float:
      self.floats.append(contentsOf: repeatElement(0, count: count))
    case .string, .binary:
      self.undictionary()
      self.offsets.append(contentsOf: repeatElement(UInt32(self.bytes.count), count: count))
    case .integers:
      self.lists.append(contentsOf: repeatElement(UInt32(self.integers.count), count: count))
    case .strings:
      self.lists.append(contentsOf: repeatElement(UInt32(self.offsets.count - 1), count: count))
    }
    self.count += count
  }

  @inline(__always) public mutating func append(integer: Int64) {
    precondition(self.type.isInteger, "an integer in a column of type \(self.type)")
    self.integers.append(integer)
    self.count += 1
  }

  @inline(__always) public mutating func append(float: Double) {
    precondition(self.type == .float, "a float in a column of type \(self.type)")
    self.floats.append(float)
    self.count += 1
  }

  public mutating func append(bytes: UnsafeRawBufferPointer) {
    precondition(self.type.isBytes, "bytes in a column of type \(self.type)")
    self.undictionary()
    self.appendEntry(bytes)
    self.count += 1
  }

  public mutating func append(bytes: [UInt8]) {
    bytes.withUnsafeBytes { self.append(bytes: $0) }
  }

  public mutating func append(text: String) {
    var text = text
    text.withUTF8 { self.append(bytes: UnsafeRawBufferPointer($0)) }
  }

  public mutating func append(integers: [Int64]) {
    precondition(self.type == .integers, "integers in a column of type \(self.type)")
    self.integers.append(contentsOf: integers)
    self.lists.append(UInt32(self.integers.count))
    self.count += 1
  }

  public mutating func append(strings: [String]) {
    precondition(self.type == .strings, "strings in a column of type \(self.type)")
    for string in strings {
      var string = string
      string.withUTF8 { self.appendEntry(UnsafeRawBufferPointer($0)) }
    }
    self.lists.append(UInt32(self.offsets.count - 1))
    self.count += 1
  }

  /// Appends one of its own rows again. Lists are not repeated: null stands for one.
  public mutating func append(again row: Int) {
    if self.isNull(row) { return self.appendNull() }
    switch self.type {
    case .integer, .timestamp: self.append(integer: self.integers[row])
    case .float: self.append(float: self.floats[row])
    case .string, .binary: self.append(bytes: self.byteArray(row))
    case .integers, .strings: self.appendNull()
    }
  }

  private mutating func appendEntry(_ content: UnsafeRawBufferPointer) {
    self.bytes.append(contentsOf: content)
    self.offsets.append(self.endOffset())
  }

  func endOffset() -> UInt32 {
    precondition(self.bytes.count <= Int(UInt32.max), "a column of \(self.bytes.count) bytes")
    return UInt32(self.bytes.count)
  }

  /// Gives each row an entry of its own, so that rows can be appended.
  mutating func undictionary() {
    guard !self.codes.isEmpty else { return }
    var bytes: [UInt8] = []
    var offsets: [UInt32] = [0]
    offsets.reserveCapacity(self.count + 1)
    for code in self.codes {
      bytes.append(contentsOf: self.bytes[self.entryRange(Int(code))])
      offsets.append(UInt32(bytes.count))
    }
    self.bytes = bytes
    self.offsets = offsets
    self.codes = []
  }
}
