private import Synchronization

/// The metrics of a process. Registering and resolving labels takes a lock and happens at start or when
/// a thing is made; the handles are then used without one.
///
/// A name registered twice gives the same metric; with another kind, labels or scale it is our bug and
/// traps. Names and labels follow Prometheus: `lake_http_requests_total{service="s3"}`.
public final class MetricRegistry: Sendable {
  /// How many series a family may have unless it says otherwise; more are counted in one series whose
  /// labels all say `_other`.
  public static let seriesMaxDefault = 256
  static let overflowLabel = "_other"

  private struct State {
    var families: [MetricFamily] = []
    var byName: [String: Int] = [:]
    var derived: [Derived] = []
  }

  /// Families that say what others say, by other names, or what is too much to keep as a metric.
  public typealias Derived = @Sendable (MetricSnapshot) -> [MetricSnapshot.Family]

  private let state = Mutex(State())
  private let arena = CellArena()

  public init() {}

  // MARK: Single metrics

  /// - Precondition: `name` ends in `_total`.
  public func counter(_ name: String, _ help: String) -> Counter {
    Counter(cells: self.family(name, help, .counter, labels: []).cells(for: []))
  }

  public func level(_ name: String, _ help: String) -> Level {
    Level(cells: self.family(name, help, .level, labels: []).cells(for: []))
  }

  public func gauge(_ name: String, _ help: String) -> Gauge {
    Gauge(cells: self.family(name, help, .gauge, labels: []).cells(for: []))
  }

  public func histogram(_ name: String, _ help: String, scale: HistogramScale) -> Histogram {
    Histogram(
      scale: scale, cells: self.family(name, help, .histogram(scale), labels: []).cells(for: []))
  }

  /// A value that is asked for when a snapshot is taken; one for each combination of labels, and a later
  /// one takes the place of an earlier. `read` must not block and not touch this registry.
  public func observed(
    _ name: String, _ help: String, counts: Bool = false,
    labels: KeyValuePairs<String, String> = [:], read: @escaping @Sendable () -> Double
  ) {
    self.family(name, help, .observed(counts: counts), labels: labels.map(\.key))
      .observe(labels.map(\.value), read)
  }

  // MARK: Families

  /// - Precondition: at least one label.
  public func counters(
    _ name: String, _ help: String, labels: [String], seriesMax: Int = seriesMaxDefault
  ) -> CounterFamily {
    CounterFamily(family: self.family(name, help, .counter, labels: labels, seriesMax: seriesMax))
  }

  public func levels(
    _ name: String, _ help: String, labels: [String], seriesMax: Int = seriesMaxDefault
  ) -> LevelFamily {
    LevelFamily(family: self.family(name, help, .level, labels: labels, seriesMax: seriesMax))
  }

  public func gauges(
    _ name: String, _ help: String, labels: [String], seriesMax: Int = seriesMaxDefault
  ) -> GaugeFamily {
    GaugeFamily(family: self.family(name, help, .gauge, labels: labels, seriesMax: seriesMax))
  }

  public func histograms(
    _ name: String, _ help: String, labels: [String], scale: HistogramScale,
    seriesMax: Int = seriesMaxDefault
  ) -> HistogramFamily {
    HistogramFamily(
      scale: scale,
      family: self.family(name, help, .histogram(scale), labels: labels, seriesMax: seriesMax))
  }

  private func family(
    _ name: String, _ help: String, _ kind: MetricKind, labels: [String],
    seriesMax: Int = seriesMaxDefault
  ) -> MetricFamily {
    MetricFamily.check(name: name, kind: kind, labels: labels, seriesMax: seriesMax)
    return self.state.withLock { state in
      if let index = state.byName[name] {
        let family = state.families[index]
        precondition(
          family.kind == kind && family.labels == labels, "\(name) is registered as something else")
        return family
      }
      let family = MetricFamily(
        name: name, help: help, kind: kind, labels: labels, seriesMax: seriesMax, arena: self.arena)
      state.byName[name] = state.families.count
      state.families.append(family)
      return family
    }
  }

  /// Adds families to what is exposed to scrapers; snapshots do not have them, so that nothing is kept twice. The
  /// source must not block and not touch this registry.
  public func derive(_ source: @escaping Derived) {
    self.state.withLock { $0.derived.append(source) }
  }

  /// What scrapers get: the snapshot and what is derived from it.
  public func exposition() -> MetricSnapshot {
    var snapshot = self.snapshot()
    let derived = self.state.withLock { $0.derived }
    for source in derived { snapshot.families += source(snapshot) }
    return snapshot
  }

  /// All values, families in order of name, series in order of labels.
  public func snapshot() -> MetricSnapshot {
    let families = self.state.withLock { $0.families }
    return MetricSnapshot(
      families: families.map { $0.snapshot() }.sorted { $0.name < $1.name })
  }
}
