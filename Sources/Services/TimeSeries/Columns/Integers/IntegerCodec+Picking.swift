/// Reading only some rows of what `IntegerCodec` wrote. Vectors without such a row are not unpacked where
/// the form allows it; differences are summed up to the last of them.
extension IntegerCodec {
  /// - Parameter picks: nil for all.
  static func read(
    _ reader: inout PayloadReader, _ count: Int, only picks: RowPicks?
  ) throws(ColumnError) -> [Int64] {
    guard let picks else { return try self.read(&reader, count) }
    return try self.read(&reader, count, picking: picks)
  }

  /// - Precondition: no row is picked behind `count`.
  static func read(
    _ reader: inout PayloadReader, _ count: Int, picking picks: RowPicks
  ) throws(ColumnError) -> [Int64] {
    precondition(picks.end <= count, "row \(picks.end) of \(count)")
    guard count > 0 else { return try self.read(&reader, 0) }
    var failure: ColumnError?
    let values = [Int64](unsafeUninitializedCapacity: max(1, picks.count)) { room, filled in
      guard let start = room.baseAddress else { return }
      do throws(ColumnError) {
        try self.pick(&reader, count, picks, into: start, depth: 0)
        filled = picks.count
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return values
  }

  private static func pick(
    _ reader: inout PayloadReader, _ count: Int, _ picks: RowPicks,
    into target: UnsafeMutablePointer<Int64>, depth: Int
  ) throws(ColumnError) {
    let (form, scale) = try self.readHead(&reader, depth: depth)
    switch form {
    case .constant: target.update(repeating: try reader.zigzag(), count: picks.count)
    case .plain: try self.pickVectors(&reader, count, picks, into: target)
    case .delta, .deltaOfDelta:
      let start = try reader.zigzag()
      let difference = form == .delta ? nil : try reader.zigzag()
      try self.pickSums(&reader, count, picks, from: start, difference, into: target)
    case .runs: try self.pickRuns(&reader, count, picks, into: target, depth: depth)
    case .dictionary: try self.pickEntries(&reader, count, picks, into: target, depth: depth)
    }
    guard scale != 1 else { return }
    for index in 0..<picks.count { target[index] &*= scale }
  }

  private static func pickVectors(
    _ reader: inout PayloadReader, _ count: Int, _ picks: RowPicks,
    into target: UnsafeMutablePointer<Int64>
  ) throws(ColumnError) {
    var walk = PickWalk(picks)
    let room = UnsafeMutablePointer<Int64>.allocate(capacity: BitPacking.vectorCount)
    defer { room.deallocate() }
    var start = 0
    while start < count {
      let end = min(start + BitPacking.vectorCount, count)
      if walk.wants(before: end) {
        try IntegerPacking.read(&reader, end - start, into: room)
        walk.take(start..<end) { piece, place in
          (target + place).update(from: room + piece.lowerBound, count: piece.count)
        }
      } else {
        try IntegerPacking.skip(&reader, end - start)
      }
      start = end
    }
  }

  /// - Parameter difference: the one before the first row, where differences of differences are written.
  private static func pickSums(
    _ reader: inout PayloadReader, _ count: Int, _ picks: RowPicks, from first: Int64,
    _ difference: Int64?, into target: UnsafeMutablePointer<Int64>
  ) throws(ColumnError) {
    var walk = PickWalk(picks)
    let room = UnsafeMutablePointer<Int64>.allocate(capacity: BitPacking.vectorCount)
    defer { room.deallocate() }
    var (sum, step) = (first, difference ?? 0)
    var start = 0
    while start < count {
      let end = min(start + BitPacking.vectorCount, count)
      if walk.isDone {
        try IntegerPacking.skip(&reader, end - start)
      } else {
        try IntegerPacking.read(&reader, end - start, into: room)
        if difference == nil, !walk.wants(before: end) {
          for index in 0..<(end - start) { sum &+= room[index] }
        } else if difference != nil {
          for index in 0..<(end - start) {
            step &+= room[index]
            sum &+= step
            room[index] = sum
          }
        } else {
          for index in 0..<(end - start) {
            sum &+= room[index]
            room[index] = sum
          }
        }
        walk.take(start..<end) { piece, place in
          (target + place).update(from: room + piece.lowerBound, count: piece.count)
        }
      }
      start = end
    }
  }

  private static func pickRuns(
    _ reader: inout PayloadReader, _ count: Int, _ picks: RowPicks,
    into target: UnsafeMutablePointer<Int64>, depth: Int
  ) throws(ColumnError) {
    let (heads, lengths) = try self.readRunLengths(&reader, count, depth: depth)
    var walk = PickWalk(picks)
    var at = 0
    for (head, length) in zip(heads, lengths) {
      walk.take(at..<(at + length)) { piece, place in
        (target + place).update(repeating: head, count: piece.count)
      }
      at += length
    }
  }

  private static func pickEntries(
    _ reader: inout PayloadReader, _ count: Int, _ picks: RowPicks,
    into target: UnsafeMutablePointer<Int64>, depth: Int
  ) throws(ColumnError) {
    let entries = try self.readEntries(&reader, count, depth: depth)
    try self.pick(&reader, count, picks, into: target, depth: depth + 1)
    try self.replace(codesBy: entries, target, picks.count)
  }
}
