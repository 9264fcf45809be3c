import Admin
import Protobuf
import SeriesSchema
import SeriesWire

/// `7d` and `12h`: how long, in the units that a schema has.
enum IntervalText {
  static func rule(_ text: String, of what: String) throws(AdminError) -> CommonWire.IntervalRule {
    guard let number = UInt32(text.dropLast()), number > 0,
      text.hasSuffix("d") || text.hasSuffix("h")
    else {
      throw .badSeriesValue(
        "\(what) cannot be \(text.prefix(40).debugDescription)",
        why: "it is a whole number above 0 and d for days or h for hours, such as 7d or 12h")
    }
    return CommonWire.IntervalRule {
      $0.unit = text.hasSuffix("d") ? .day : .hour
      $0.num = number
    }
  }

  static func text(_ rule: CommonWire.IntervalRule?) -> String? {
    guard let rule, rule.num > 0 else { return nil }
    return "\(rule.num)\(rule.unit == .hour ? "h" : "d")"
  }

  static func nanoseconds(_ rule: CommonWire.IntervalRule?) -> Int64 { rule?.nanoseconds ?? 0 }

  /// `NAME:TTL:SELECTOR`; the rest is as the group has it.
  static func stage(
    _ text: String, in options: CommonWire.ResourceOpts
  ) throws(AdminError) -> CommonWire.LifecycleStage {
    let parts = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, !parts[0].isEmpty, !parts[2].isEmpty else {
      throw .badSeriesValue(
        "there is no stage \(text.prefix(80).debugDescription)",
        why: "a stage is NAME:TTL:SELECTOR, such as warm:30d:type=warm")
    }
    let ttl = try self.rule(String(parts[1]), of: "the ttl of a stage")
    let before = options.stages.first { $0.name == parts[0] }
    return CommonWire.LifecycleStage {
      $0.name = String(parts[0])
      $0.ttl = ttl
      $0.nodeSelector = String(parts[2])
      $0.shardNum = before?.shardNum ?? options.shardNum
      $0.segmentInterval = before?.segmentInterval ?? options.segmentInterval
      $0.close = before?.close ?? false
      $0.replicas = before?.replicas ?? options.replicas
    }
  }
}
