internal import Bytes

/// How to take back what a batch has changed so far, the last change first.
struct UndoLog: ~Copyable {
  private enum Step {
    case putBack(key: Range<Int>, value: Range<Int>, weight: UInt64)
    case remove(key: Range<Int>)
    case rename(from: Range<Int>, to: Range<Int>)
  }

  private var steps: [Step] = []
  private var bytes = ByteWriter(capacity: 4096)

  struct Mark {
    fileprivate var steps: Int
    fileprivate var bytes: Int
  }

  var mark: Mark { Mark(steps: self.steps.count, bytes: self.bytes.count) }
  var isEmpty: Bool { self.steps.isEmpty }

  mutating func removeAll() {
    self.steps.removeAll(keepingCapacity: true)
    self.bytes.removeAll(keepingCapacityUpTo: 4 << 20)
  }

  /// The value's bytes, kept until it is known whether they are needed.
  mutating func stash(_ value: UnsafeRawBufferPointer) -> Range<Int> { self.add(value) }

  mutating func putBack(_ key: UnsafeRawBufferPointer, _ value: Range<Int>, weight: UInt64) {
    let key = self.add(key)
    self.steps.append(.putBack(key: key, value: value, weight: weight))
  }

  mutating func remove(_ key: UnsafeRawBufferPointer) {
    let key = self.add(key)
    self.steps.append(.remove(key: key))
  }

  mutating func rename(_ from: UnsafeRawBufferPointer, to: UnsafeRawBufferPointer) {
    let from = self.add(from)
    let to = self.add(to)
    self.steps.append(.rename(from: from, to: to))
  }

  private mutating func add(_ bytes: UnsafeRawBufferPointer) -> Range<Int> {
    let start = self.bytes.count
    self.bytes.append(copying: bytes)
    return start..<self.bytes.count
  }

  /// Takes everything behind `mark` back. Everything it needs is in memory, since it was a moment ago,
  /// and there is memory kept for it.
  mutating func takeBack(to mark: Mark, in tree: Tree) {
    tree.table.isTakingBack = true
    defer { tree.table.isTakingBack = false }
    while self.steps.count > mark.steps {
      let step = self.steps.removeLast()
      self.bytes.withUnsafeBytes { bytes in
        do throws(TreeInterruption) {
          try Self.take(step, back: bytes, in: tree)
        } catch {
          preconditionFailure("BUG: a change cannot be taken back: \(error)")
        }
      }
    }
    self.bytes.truncate(to: mark.bytes)
  }

  /// Takes the last change back, of a batch whose frames may have left memory meanwhile. False: there is
  /// none.
  mutating func takeBackOne(in tree: Tree) throws(TreeInterruption) -> Bool {
    guard let step = self.steps.last else { return false }
    tree.table.isTakingBack = true
    defer { tree.table.isTakingBack = false }
    try self.bytes.withUnsafeBytes { bytes throws(TreeInterruption) in
      try Self.take(step, back: bytes, in: tree)
    }
    self.steps.removeLast()
    return true
  }

  private static func take(
    _ step: Step, back bytes: UnsafeRawBufferPointer, in tree: Tree
  ) throws(TreeInterruption) {
    func slice(_ range: Range<Int>) -> UnsafeRawBufferPointer {
      UnsafeRawBufferPointer(rebasing: bytes[range])
    }
    switch step {
    case .putBack(let key, let value, let weight):
      _ = try tree.put(slice(key), .value(slice(value), weight: weight)) { _ in }
    case .remove(let key):
      _ = try tree.remove(slice(key)) { _ in }
    case .rename(let from, let to):
      _ = try tree.rename(slice(from), to: slice(to), keyBytesMax: tree.limits.keyBytesMax)
    }
  }
}
