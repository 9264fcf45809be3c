private import Bytes

/// A deciding commit of `TreeEngine`: it works on the tree itself, and every change leaves a way back and
/// a line for the journal.
package struct EngineTransaction: TreeTransaction {
  // Good inside the deciding closure only, on the thread that holds the tree's lock.
  private let state: EngineState

  init(_ state: EngineState) { self.state = state }

  package var milliseconds: UInt64 { self.state.milliseconds }

  package mutating func nextNumber() -> UInt64 {
    self.state.number += 1
    return self.state.number
  }

  package mutating func get(_ key: [UInt8]) throws -> [UInt8]? {
    var value = ByteWriter(capacity: 256)
    let result = key.withUnsafeBytes {
      self.state.memory.lookup($0, into: &value, isOwner: true)
    }
    switch result {
    case .found: return value.bytes.array
    case .absent: return nil
    case .missing(let id): throw TreeInterruption.missing(id)
    case .contended: preconditionFailure("the owner of the tree is in its own way")
    }
  }

  package mutating func scan(_ request: TreeScan) throws -> TreePage {
    var output = ByteWriter(capacity: 1024)
    let outcome = self.state.memory.scan(
      Scan.Request(request), into: &output, keyBytesMax: self.state.tree.limits.keyBytesMax,
      isOwner: true)
    switch outcome {
    case .page(let count, let isTruncated, _):
      return TreePage(packed: output.bytes.array, count: count, isTruncated: isTruncated)
    case .missing(let id): throw TreeInterruption.missing(id)
    case .contended: preconditionFailure("the owner of the tree is in its own way")
    }
  }

  package mutating func sums(under prefix: [UInt8]) throws -> TreeSums {
    let state = self.state
    let measure = try withBytes(prefix, []) { bytes, _ throws(TreeInterruption) in
      try state.tree.statistics(bytes)
    }
    return TreeSums(objects: measure.objects, weight: measure.weight)
  }

  package mutating func put(_ key: [UInt8], _ value: [UInt8], weight: UInt64) throws {
    let state = self.state
    try withBytes(key, value) { key, value throws(TreeInterruption) in
      try state.put(key, value, weight: weight)
    }
  }

  @discardableResult
  package mutating func remove(_ key: [UInt8]) throws -> Bool {
    let state = self.state
    return try withBytes(key, []) { key, _ throws(TreeInterruption) in try state.remove(key) }
  }

  package mutating func rename(
    _ source: [UInt8], to destination: [UInt8], keyBytesMax: Int
  ) throws -> UInt64 {
    let state = self.state
    return try withBytes(source, destination) { source, destination throws(TreeInterruption) in
      try state.rename(source, to: destination, keyBytesMax: keyBytesMax)
    }
  }
}

extension Scan.Request {
  init(_ request: TreeScan) {
    self.init(
      prefix: request.prefix, after: request.after, skipsBelow: request.skipsBelow,
      delimiter: request.delimiter, limit: request.limit)
  }
}

func withBytes<R>(
  _ first: [UInt8], _ second: [UInt8],
  _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws(TreeInterruption) -> R
) throws(TreeInterruption) -> R {
  try first.rawBytes.withUnsafeBytes { first throws(TreeInterruption) in
    try second.rawBytes.withUnsafeBytes { second throws(TreeInterruption) in
      try body(first, second)
    }
  }
}
