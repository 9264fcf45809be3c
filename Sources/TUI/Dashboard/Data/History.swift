package import Values

/// The last quarter of an hour of some numbers, in memory. All series of an answer share one line
/// of times; a value that was not there is a gap.
package struct History: Sendable {
  package static let span = Duration.seconds(15 * 60)
  package static let sampleCountMax = 2048
  /// More series than this are not followed.
  package static let seriesCountMax = 1000

  private(set) var times: [MonotonicTime] = []
  /// By row and key.
  private var series: [String: [Float]] = [:]

  package init() {}

  package static func key(_ name: String, _ key: String) -> String { name + "\u{0}" + key }

  package mutating func append(_ values: [String: Double], at time: MonotonicTime) {
    if let last = self.times.last, time <= last { return }
    self.trim(before: time)
    let count = self.times.count
    self.times.append(time)
    for (key, value) in values {
      if self.series[key] == nil {
        guard self.series.count < Self.seriesCountMax else { continue }
        self.series[key] = Array(repeating: .nan, count: count)
      }
      self.series[key]?.append(Float(value))
    }
    for key in self.series.keys where values[key] == nil { self.series[key]?.append(.nan) }
  }

  private mutating func trim(before now: MonotonicTime) {
    let old = self.times.prefix { now - $0 > Self.span }.count
    let excess = max(old, self.times.count - Self.sampleCountMax)
    // A block at a time, so that most appends move nothing.
    guard excess >= 64 else { return }
    self.times.removeFirst(excess)
    for key in self.series.keys { self.series[key]?.removeFirst(excess) }
    self.series = self.series.filter { $0.value.contains { !$0.isNaN } }
  }

  /// The window that ends at `now` in `count` parts of equal length: the mean of each, nil where
  /// there was no sample. A part that is shorter than the time between two samples holds the one
  /// before it.
  package func values(
    _ name: String, _ key: String, window: Duration, until now: MonotonicTime, count: Int
  ) -> [Double?] {
    var sums = [Double](repeating: 0, count: max(0, count))
    var counts = [Int](repeating: 0, count: max(0, count))
    guard count > 0, let samples = self.series[Self.key(name, key)] else {
      return Array(repeating: nil, count: max(0, count))
    }
    let step = max(1, window.nanosecondsClamped / Int64(count))
    var before: (part: Int, value: Double)?
    for (time, sample) in zip(self.times, samples).reversed() {
      let age = (now - time).nanosecondsClamped
      guard age >= 0 else { continue }
      let part = count - 1 - Int(clamping: age / step)
      guard part >= 0 else { break }
      guard !sample.isNaN else {
        before = nil
        continue
      }
      sums[part] += Double(sample)
      counts[part] += 1
      // Two samples next to each other with empty parts between them: the earlier one lasted.
      if let (later, _) = before, later - part <= Int(clamping: 6_000_000_000 / step) + 1 {
        for gap in (part + 1)..<max(part + 1, later) where counts[gap] == 0 {
          sums[gap] = Double(sample)
          counts[gap] = 1
        }
      }
      before = (part, Double(sample))
    }
    return zip(sums, counts).map { $1 == 0 ? nil : $0 / Double($1) }
  }

  package func last(_ name: String, _ key: String) -> Double? {
    guard let value = self.series[Self.key(name, key)]?.last, !value.isNaN else { return nil }
    return Double(value)
  }
}
