public import Bytes

// The text exposition format of Prometheus, version 0.0.4:
//
//    # HELP name text          \ and line ends escaped
//    # TYPE name counter | gauge | histogram
//    name{label="value",…} 12  \ " and line ends escaped
//
// A histogram is name_bucket{le="bound"} (how many are at most that), name_sum and name_count.

extension MetricSnapshot {
  public static let prometheusContentType = "text/plain; version=0.0.4; charset=utf-8"

  public func appendPrometheusText(to target: inout ByteWriter) {
    for family in self.families where !family.series.isEmpty {
      target.append("# HELP \(family.name) ")
      Self.append(escaping: family.help, quotes: false, to: &target)
      target.append("\n# TYPE \(family.name) \(family.typeName)\n")
      for series in family.series {
        Self.append(series, of: family, to: &target)
      }
    }
  }

  private static func append(_ series: Series, of family: Family, to target: inout ByteWriter) {
    switch series.value {
    case .count(let count):
      self.append(name: family.name, series, of: family, to: &target)
      target.append(digits: count)
      target.append(UInt8(ascii: "\n"))
    case .number(let number):
      self.append(name: family.name, series, of: family, to: &target)
      self.append(number, to: &target)
      target.append(UInt8(ascii: "\n"))
    case .histogram(let histogram):
      self.append(histogram, series, of: family, to: &target)
    }
  }

  private static func append(
    _ histogram: HistogramSnapshot, _ series: Series, of family: Family,
    to target: inout ByteWriter
  ) {
    for exponent in histogram.scale.printedExponents {
      // A bucket is exact up to the power of two, which itself belongs to the next.
      let bound = Double(UInt64(1) << UInt64(exponent)) * histogram.scale.factor
      self.append(
        name: family.name + "_bucket", series, of: family, bound: "\(bound)", to: &target)
      target.append(digits: histogram.count(belowPowerOfTwo: exponent))
      target.append(UInt8(ascii: "\n"))
    }
    let count = histogram.count
    self.append(name: family.name + "_bucket", series, of: family, bound: "+Inf", to: &target)
    target.append(digits: count)
    target.append(UInt8(ascii: "\n"))
    self.append(name: family.name + "_sum", series, of: family, to: &target)
    self.append(Double(histogram.sum) * histogram.scale.factor, to: &target)
    target.append(UInt8(ascii: "\n"))
    self.append(name: family.name + "_count", series, of: family, to: &target)
    target.append(digits: count)
    target.append(UInt8(ascii: "\n"))
  }

  private static func append(
    name: String, _ series: Series, of family: Family, bound: String? = nil,
    to target: inout ByteWriter
  ) {
    target.append(name)
    var separator = UInt8(ascii: "{")
    for (label, value) in zip(family.labels, series.labelValues) {
      target.append(separator)
      separator = UInt8(ascii: ",")
      target.append(label)
      target.append("=\"" as StaticString)
      self.append(escaping: value, quotes: true, to: &target)
      target.append(UInt8(ascii: "\""))
    }
    if let bound {
      target.append(separator)
      separator = UInt8(ascii: ",")
      target.append("le=\"\(bound)\"")
    }
    if separator == UInt8(ascii: ",") { target.append(UInt8(ascii: "}")) }
    target.append(UInt8(ascii: " "))
  }

  private static func append(escaping text: String, quotes: Bool, to target: inout ByteWriter) {
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\\"): target.append("\\\\" as StaticString)
      case UInt8(ascii: "\n"): target.append("\\n" as StaticString)
      case UInt8(ascii: "\"") where quotes: target.append("\\\"" as StaticString)
      default: target.append(byte)
      }
    }
  }

  private static func append(_ number: Double, to target: inout ByteWriter) {
    if number.isNaN {
      target.append("NaN" as StaticString)
    } else if number.isInfinite {
      target.append(number < 0 ? "-Inf" : "+Inf" as StaticString)
    } else if number.rounded() == number, abs(number) < 1e15 {
      target.append(decimal: Int64(number))
    } else {
      target.append("\(number)")
    }
  }
}

extension MetricSnapshot.Family {
  /// `counter`, `gauge` or `histogram`.
  public var typeName: String {
    if self.isCounter { return "counter" }
    if case .histogram? = self.series.first?.value { return "histogram" }
    return "gauge"
  }
}
