import ObjectModel
import S3

/// When the rules of a bucket end an object: plain functions over records.
enum Lifecycle {
  /// Milliseconds since 1970: the creation, so many days on, up to the next midnight UTC.
  static func due(
    _ due: LifecycleConfiguration.Due, created: UInt64, daySeconds: Int64
  ) -> UInt64 {
    if let date = due.date { return date }
    let day = UInt64(clamping: daySeconds) * 1000
    let moment = created &+ UInt64(clamping: due.days ?? 0) &* day
    return (moment + day - 1) / day * day
  }

  /// The value of `x-amz-expiration`; nil when no rule ends the object.
  static func expiration(
    _ configuration: LifecycleConfiguration, key: String, _ record: ObjectRecord,
    created: UInt64, daySeconds: Int64
  ) -> String? {
    let tags = record.tags.map { TagSet.Tag($0.name, $0.value) }
    var best: (end: UInt64, id: String)?
    for rule in configuration.rules where rule.isEnabled {
      guard let due = rule.expiration,
        rule.filter.matches(key: key, size: record.size, tags: tags)
      else { continue }
      let end = Self.due(due, created: created, daySeconds: daySeconds)
      if best.map({ end < $0.end }) ?? true { best = (end, rule.id) }
    }
    guard let best else { return nil }
    return "expiry-date=\"\(HTTPText.date(milliseconds: best.end))\", rule-id=\"\(best.id)\""
  }
}
