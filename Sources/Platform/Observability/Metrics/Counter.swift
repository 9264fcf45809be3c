/// A number that only grows: requests, bytes, errors. A handle, good for ever; adding to it takes no
/// lock and no memory, about 5 ns.
public struct Counter: Sendable {
  let cells: Cells

  public func add(_ amount: UInt64 = 1) { self.cells.add(amount) }

  /// The sum so far.
  public var value: UInt64 { self.cells.sum() }
}

/// A number that goes up and down by steps: connections, bytes held, queue lengths. As cheap as a
/// counter; its value is the sum of all steps.
public struct Level: Sendable {
  let cells: Cells

  public func add(_ amount: Int64) { self.cells.add(UInt64(bitPattern: amount)) }
  public func increment() { self.cells.add(1) }
  public func decrement() { self.cells.add(.max) }

  public var value: Int64 { Int64(bitPattern: self.cells.sum()) }
}

/// A number that is set: a limit, a ratio, a position.
public struct Gauge: Sendable {
  let cells: Cells

  public func set(_ value: Double) { self.cells.store(value.bitPattern) }
  public var value: Double { Double(bitPattern: self.cells.load()) }
}
