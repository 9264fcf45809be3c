package import Values

/// Rates of counters: their difference over the true interval. A counter that went back belongs to
/// a process that began anew, so there is no rate until its next sample.
package struct CounterRates: Sendable {
  private var last: [String: Double] = [:]
  private var lastAt: MonotonicTime?
  private var rates: [String: Double] = [:]

  package init() {}

  /// Two samples closer than this say nothing: the later one is passed over.
  static let intervalMin = Duration.milliseconds(200)

  package mutating func update(_ counters: [String: Double], at time: MonotonicTime) {
    if let lastAt, time - lastAt < Self.intervalMin { return }
    defer {
      self.last = counters
      self.lastAt = time
    }
    self.rates = [:]
    guard let lastAt else { return }
    let seconds = Double((time - lastAt).nanosecondsClamped) / 1e9
    for (key, value) in counters {
      guard let before = self.last[key], value >= before else { continue }
      self.rates[key] = (value - before) / seconds
    }
  }

  package subscript(name: String, key: String) -> Double? { self.rates[History.key(name, key)] }

  /// The counter is there, its rate not yet.
  package func isPending(_ name: String, _ key: String) -> Bool {
    let key = History.key(name, key)
    return self.last[key] != nil && self.rates[key] == nil
  }
}
