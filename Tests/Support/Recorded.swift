private import Runtime

/// A value that several tasks of a test change.
package final class Recorded<Value: Sendable>: Sendable {
  private let guarded: Guarded<Value>

  package init(_ value: Value) { self.guarded = Guarded(value) }

  package var value: Value { self.guarded.withLock { $0 } }

  package func change(_ body: @Sendable (inout Value) -> Void) {
    self.guarded.withLock { body(&$0) }
  }
}

extension Recorded where Value: RangeReplaceableCollection, Value.Element: Sendable {
  package func append(_ element: Value.Element) { self.change { $0.append(element) } }
}
