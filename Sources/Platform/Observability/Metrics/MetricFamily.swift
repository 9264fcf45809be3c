private import Synchronization

enum MetricKind: Hashable, Sendable {
  case counter
  case level
  case gauge
  case histogram(HistogramScale)
  case observed(counts: Bool)

  var cellCount: Int {
    switch self {
    case .counter, .level, .gauge: 1
    case .histogram(let scale): scale.bucketCount + 1
    case .observed: 0
    }
  }
}

/// One name with its series: a set of cells for each combination of label values that was asked for.
final class MetricFamily: Sendable {
  let name: String
  let help: String
  let kind: MetricKind
  let labels: [String]
  private let seriesMax: Int
  private let arena: CellArena

  private struct State {
    var series: [[String]: Cells] = [:]
    var reads: [[String]: @Sendable () -> Double] = [:]
  }

  private let state = Mutex(State())

  init(
    name: String, help: String, kind: MetricKind, labels: [String], seriesMax: Int,
    arena: CellArena
  ) {
    self.name = name
    self.help = help
    self.kind = kind
    self.labels = labels
    self.seriesMax = seriesMax
    self.arena = arena
  }

  /// The cells of one combination, made at first. Over the limit: those of the overflow series.
  func cells(for values: [String]) -> Cells {
    precondition(values.count == self.labels.count, "\(self.name) has labels \(self.labels)")
    return self.state.withLock { state in
      if let cells = state.series[values] { return cells }
      var values = values
      if state.series.count >= self.seriesMax {
        values = self.labels.map { _ in MetricRegistry.overflowLabel }
        if let cells = state.series[values] { return cells }
      }
      let cells = self.arena.take(self.kind.cellCount)
      state.series[values] = cells
      return cells
    }
  }

  func observe(_ values: [String], _ read: @escaping @Sendable () -> Double) {
    self.state.withLock { state in
      precondition(
        state.reads.count < self.seriesMax || state.reads[values] != nil,
        "\(self.name) is observed in more than \(self.seriesMax) series")
      state.reads[values] = read
    }
  }

  func snapshot() -> MetricSnapshot.Family {
    let (series, reads) = self.state.withLock { ($0.series, $0.reads) }
    var result = series.map {
      MetricSnapshot.Series(labelValues: $0.key, value: self.value(of: $0.value))
    }
    result += reads.map {
      MetricSnapshot.Series(labelValues: $0.key, value: .number($0.value()))
    }
    result.sort { $0.labelValues.lexicographicallyPrecedes($1.labelValues) }
    let isCounter =
      switch self.kind {
      case .counter, .observed(counts: true): true
      case .level, .gauge, .histogram, .observed(counts: false): false
      }
    return MetricSnapshot.Family(
      name: self.name, help: self.help, isCounter: isCounter, labels: self.labels, series: result)
  }

  private func value(of cells: Cells) -> MetricSnapshot.Value {
    switch self.kind {
    case .counter: .count(cells.sum())
    case .level: .number(Double(Int64(bitPattern: cells.sum())))
    case .gauge: .number(Double(bitPattern: cells.load()))
    case .histogram(let scale): .histogram(Histogram(scale: scale, cells: cells).snapshot())
    case .observed: .number(0)
    }
  }

  static func check(name: String, kind: MetricKind, labels: [String], seriesMax: Int) {
    func isName(_ text: String) -> Bool {
      !text.isEmpty && !text.utf8.first.unsafelyUnwrapped.isDigit  // Not empty.
        && text.utf8.allSatisfy { $0.isDigit || $0.isLowerLetter || $0 == UInt8(ascii: "_") }
    }
    precondition(isName(name), "\(name) is no name for a metric")
    precondition(seriesMax > 0, "\(name) may have \(seriesMax) series")
    switch kind {
    case .counter, .observed(counts: true):
      precondition(name.hasSuffix("_total"), "the counter \(name) does not end in _total")
    case .level, .gauge, .histogram, .observed(counts: false):
      precondition(!name.hasSuffix("_total"), "\(name) ends in _total and is no counter")
    }
    for label in labels {
      precondition(isName(label) && label != "le", "\(label) is no name for a label")
    }
    precondition(Set(labels).count == labels.count, "\(name) has a label twice")
  }
}

extension UInt8 {
  var isDigit: Bool { self >= 0x30 && self <= 0x39 }
  var isLowerLetter: Bool { self >= 0x61 && self <= 0x7A }
}

/// Counters of one name that labels tell apart. Ask once for each combination and keep the handle.
public struct CounterFamily: Sendable {
  let family: MetricFamily

  /// - Precondition: as many values as the family has labels, in their order.
  public func with(_ values: String...) -> Counter {
    Counter(cells: self.family.cells(for: values))
  }
}

/// Levels of one name that labels tell apart.
public struct LevelFamily: Sendable {
  let family: MetricFamily
  public func with(_ values: String...) -> Level { Level(cells: self.family.cells(for: values)) }
}

/// Gauges of one name that labels tell apart.
public struct GaugeFamily: Sendable {
  let family: MetricFamily
  public func with(_ values: String...) -> Gauge { Gauge(cells: self.family.cells(for: values)) }
}

/// Histograms of one name that labels tell apart.
public struct HistogramFamily: Sendable {
  let scale: HistogramScale
  let family: MetricFamily
  public func with(_ values: String...) -> Histogram {
    Histogram(scale: self.scale, cells: self.family.cells(for: values))
  }
}
