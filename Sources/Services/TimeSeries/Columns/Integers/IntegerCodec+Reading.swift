internal import Bytes

/// Reading what `IntegerCodec` wrote.
extension IntegerCodec {
  static func read(_ reader: inout PayloadReader, _ count: Int) throws(ColumnError) -> [Int64] {
    var failure: ColumnError?
    let values = [Int64](unsafeUninitializedCapacity: count) { room, filled in
      guard let start = room.baseAddress, count > 0 else {
        do throws(ColumnError) { try self.skipEmpty(&reader) } catch { failure = error }
        return
      }
      do throws(ColumnError) {
        try self.read(&reader, count, into: start, depth: 0)
        filled = count
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return values
  }

  /// Of no values a constant is written.
  private static func skipEmpty(_ reader: inout PayloadReader) throws(ColumnError) {
    guard try reader.byte() == Form.constant.rawValue else {
      throw ColumnError("values where there are none")
    }
    _ = try reader.zigzag()
  }

  private static func read(
    _ reader: inout PayloadReader, _ count: Int, into target: UnsafeMutablePointer<Int64>,
    depth: Int
  ) throws(ColumnError) {
    let (form, scale) = try self.readHead(&reader, depth: depth)
    switch form {
    case .constant: target.update(repeating: try reader.zigzag(), count: count)
    case .plain: try self.readVectors(&reader, count, into: target)
    case .delta:
      var sum = try reader.zigzag()
      try self.readVectors(&reader, count, into: target)
      for index in 0..<count {
        sum &+= target[index]
        target[index] = sum
      }
    case .deltaOfDelta:
      var sum = try reader.zigzag()
      var difference = try reader.zigzag()
      try self.readVectors(&reader, count, into: target)
      for index in 0..<count {
        difference &+= target[index]
        sum &+= difference
        target[index] = sum
      }
    case .runs: try self.readRuns(&reader, count, into: target, depth: depth)
    case .dictionary: try self.readDictionary(&reader, count, into: target, depth: depth)
    }
    guard scale != 1 else { return }
    for index in 0..<count { target[index] &*= scale }
  }

  static func readHead(
    _ reader: inout PayloadReader, depth: Int
  ) throws(ColumnError) -> (Form, scale: Int64) {
    let head = try reader.byte()
    guard let form = Form(rawValue: head & 0x7F), depth < 4 else {
      throw ColumnError("integers of the unknown form \(head & 0x7F)")
    }
    return (form, head & 0x80 != 0 ? Int64(truncatingIfNeeded: try reader.varint()) : 1)
  }

  private static func readVectors(
    _ reader: inout PayloadReader, _ count: Int, into target: UnsafeMutablePointer<Int64>
  ) throws(ColumnError) {
    var start = 0
    while start < count {
      let length = min(BitPacking.vectorCount, count - start)
      try IntegerPacking.read(&reader, length, into: target + start)
      start += length
    }
  }

  private static func nested(
    _ reader: inout PayloadReader, _ count: Int, depth: Int
  ) throws(ColumnError) -> [Int64] {
    guard count > 0 else { throw ColumnError("a list of no entries") }
    let room = UnsafeMutablePointer<Int64>.allocate(capacity: count)
    defer { room.deallocate() }
    try self.read(&reader, count, into: room, depth: depth + 1)
    return Array(UnsafeBufferPointer(start: room, count: count))
  }

  private static func readRuns(
    _ reader: inout PayloadReader, _ count: Int, into target: UnsafeMutablePointer<Int64>,
    depth: Int
  ) throws(ColumnError) {
    let (heads, lengths) = try self.readRunLengths(&reader, count, depth: depth)
    var at = 0
    for (head, length) in zip(heads, lengths) {
      (target + at).update(repeating: head, count: length)
      at += length
    }
  }

  /// Values and lengths of runs that together have `count` values.
  static func readRunLengths(
    _ reader: inout PayloadReader, _ count: Int, depth: Int
  ) throws(ColumnError) -> (heads: [Int64], lengths: [Int]) {
    let runCount = try reader.count(upTo: count)
    let heads = try self.nested(&reader, runCount, depth: depth)
    let numbers = try self.nested(&reader, runCount, depth: depth)
    var lengths: [Int] = []
    lengths.reserveCapacity(runCount)
    var at = 0
    for number in numbers {
      guard number > 0, number <= Int64(count - at) else {
        throw ColumnError("a run of \(number) where \(count - at) values are left")
      }
      lengths.append(Int(number))
      at += Int(number)
    }
    guard at == count else { throw ColumnError("runs of \(at) values instead of \(count)") }
    return (heads, lengths)
  }

  private static func readDictionary(
    _ reader: inout PayloadReader, _ count: Int, into target: UnsafeMutablePointer<Int64>,
    depth: Int
  ) throws(ColumnError) {
    let entries = try self.readEntries(&reader, count, depth: depth)
    try self.read(&reader, count, into: target, depth: depth + 1)
    try self.replace(codesBy: entries, target, count)
  }

  static func readEntries(
    _ reader: inout PayloadReader, _ count: Int, depth: Int
  ) throws(ColumnError) -> [Int64] {
    let entryCount = try reader.count(upTo: count)
    return try self.nested(&reader, entryCount, depth: depth)
  }

  static func replace(
    codesBy entries: [Int64], _ target: UnsafeMutablePointer<Int64>, _ count: Int
  ) throws(ColumnError) {
    for index in 0..<count {
      let code = target[index]
      guard code >= 0, code < Int64(entries.count) else {
        throw ColumnError("entry \(code) of a dictionary of \(entries.count)")
      }
      target[index] = entries[Int(code)]
    }
  }
}
