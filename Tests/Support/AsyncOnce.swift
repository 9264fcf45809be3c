/// A value made once, by the first test that asks.
package actor AsyncOnce<Value: Sendable> {
  // Guards `made`; two that ask at the same time may both make one, and the first stays.
  private let make: @Sendable () async throws -> Value
  private var made: Value?

  package init(_ make: @escaping @Sendable () async throws -> Value) { self.make = make }

  package func value() async throws -> Value {
    if let made = self.made { return made }
    let fresh = try await self.make()
    if let made = self.made { return made }
    self.made = fresh
    return fresh
  }
}
