/// The values of all metrics at one moment: what the admin API and the text form are made of.
public struct MetricSnapshot: Sendable, Hashable {
  public enum Value: Sendable, Hashable {
    case count(UInt64)
    case number(Double)
    case histogram(HistogramSnapshot)
  }

  public struct Series: Sendable, Hashable {
    /// In the order of the family's labels.
    public var labelValues: [String]
    public var value: Value

    public init(labelValues: [String], value: Value) {
      self.labelValues = labelValues
      self.value = value
    }
  }

  public struct Family: Sendable, Hashable {
    public var name: String
    public var help: String
    public var isCounter: Bool
    public var labels: [String]
    public var series: [Series]

    public init(
      name: String, help: String, isCounter: Bool, labels: [String], series: [Series]
    ) {
      self.name = name
      self.help = help
      self.isCounter = isCounter
      self.labels = labels
      self.series = series
    }
  }

  public var families: [Family]

  public subscript(name: String) -> Family? { self.families.first { $0.name == name } }

  /// The value of one series; nil when it was never asked for.
  public func value(_ name: String, _ labelValues: String...) -> Value? {
    self[name]?.series.first { $0.labelValues == labelValues }?.value
  }

  /// Adds another process's values: counts, numbers and histograms of the same series are summed.
  ///
  /// Families of one name with different labels, and values of different kinds, stay as they are here.
  public mutating func merge(_ other: MetricSnapshot) {
    for family in other.families {
      guard let index = self.families.firstIndex(where: { $0.name == family.name }) else {
        self.families.append(family)
        continue
      }
      guard self.families[index].labels == family.labels else { continue }
      for series in family.series { self.families[index].merge(series) }
    }
    self.families.sort { $0.name < $1.name }
  }
}

extension MetricSnapshot.Family {
  fileprivate mutating func merge(_ series: MetricSnapshot.Series) {
    guard let index = self.series.firstIndex(where: { $0.labelValues == series.labelValues }) else {
      self.series.append(series)
      self.series.sort { $0.labelValues.lexicographicallyPrecedes($1.labelValues) }
      return
    }
    switch (self.series[index].value, series.value) {
    case (.count(let left), .count(let right)): self.series[index].value = .count(left &+ right)
    case (.number(let left), .number(let right)): self.series[index].value = .number(left + right)
    case (.histogram(var left), .histogram(let right)) where left.scale == right.scale:
      left.merge(right)
      self.series[index].value = .histogram(left)
    case (.count, _), (.number, _), (.histogram, _): return
    }
  }
}
