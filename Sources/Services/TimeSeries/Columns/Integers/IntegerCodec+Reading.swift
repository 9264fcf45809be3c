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
    let head = try reader.byte()
    guard let form = Form(rawValue: head & 0x7F), depth < 4 else {
      throw ColumnError("integers of the unknown form \(head & 0x7F)")
    }
    let scale = head & 0x80 != 0 ? Int64(truncatingIfNeeded: try reader.varint()) : 1
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
    let runCount = try reader.count(upTo: count)
    let heads = try self.nested(&reader, runCount, depth: depth)
    let lengths = try self.nested(&reader, runCount, depth: depth)
    var at = 0
    for index in 0..<runCount {
      guard lengths[index] > 0, lengths[index] <= Int64(count - at) else {
        throw ColumnError("a run of \(lengths[index]) where \(count - at) values are left")
      }
      let length = Int(lengths[index])
      (target + at).update(repeating: heads[index], count: length)
      at += length
    }
    guard at == count else { throw ColumnError("runs of \(at) values instead of \(count)") }
  }

  private static func readDictionary(
    _ reader: inout PayloadReader, _ count: Int, into target: UnsafeMutablePointer<Int64>,
    depth: Int
  ) throws(ColumnError) {
    let entryCount = try reader.count(upTo: count)
    let entries = try self.nested(&reader, entryCount, depth: depth)
    try self.read(&reader, count, into: target, depth: depth + 1)
    for index in 0..<count {
      let code = target[index]
      guard code >= 0, code < Int64(entryCount) else {
        throw ColumnError("entry \(code) of a dictionary of \(entryCount)")
      }
      target[index] = entries[Int(code)]
    }
  }
}
