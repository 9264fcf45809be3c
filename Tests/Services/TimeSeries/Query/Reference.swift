import SeriesColumns
import SeriesModel
import SeriesSchema
import SeriesStorage
import SeriesWire

/// What queries should answer, in the plainest words: rows as dictionaries, conditions by the table of
/// operators, everything sorted and cut at the end.
struct Reference {
  struct Row {
    var id: UInt64 = 0
    var series: UInt64 = 0
    var time: Int64
    var version: Int64 = 0
    var tags: [String: SeriesValue]
    var fields: [String: SeriesValue] = [:]
  }

  var rows: [Row] = []
  /// Tags with an analyzer.
  var analyzers: [String: Analyzer] = [:]

  // MARK: Conditions

  func holds(_ criteria: ModelWire.Criteria?, _ row: Row) -> Bool {
    switch criteria?.exp {
    case nil: return true
    case .condition(let condition)?: return self.holds(condition, row)
    case .le(let expression)?:
      guard let left = expression.left else { return self.holds(expression.right, row) }
      guard let right = expression.right else { return self.holds(left, row) }
      return expression.op == .and
        ? self.holds(left, row) && self.holds(right, row)
        : self.holds(left, row) || self.holds(right, row)
    }
  }

  private func holds(_ condition: ModelWire.Condition, _ row: Row) -> Bool {
    let value = row.tags[condition.name] ?? .null
    let literal = SeriesValue(condition.value ?? ModelWire.TagValue())
    switch condition.op {
    case .eq: return Self.equal(value, literal)
    case .ne: return !Self.equal(value, literal)
    case .lt: return Self.compare(value, literal).map { $0 < 0 } ?? false
    case .le: return Self.compare(value, literal).map { $0 <= 0 } ?? false
    case .gt: return Self.compare(value, literal).map { $0 > 0 } ?? false
    case .ge: return Self.compare(value, literal).map { $0 >= 0 } ?? false
    case .in: return Self.among(value, literal)
    case .notIn: return !Self.among(value, literal)
    case .having: return Self.having(value, literal)
    case .notHaving: return !Self.having(value, literal)
    case .match:
      guard case .string(let text) = value, case .string(let words) = literal,
        let analyzer = self.analyzers[condition.name]
      else { return false }
      let found = analyzer.tokens(of: text)
      let wanted = analyzer.tokens(of: words)
      return condition.matchOption?.operator == .and
        ? !wanted.isEmpty && wanted.allSatisfy(found.contains)
        : wanted.contains(where: found.contains)
    default: return false
    }
  }

  private static func elements(_ value: SeriesValue) -> [SeriesValue] {
    switch value {
    case .strings(let texts): texts.map { .string($0) }
    case .ints(let numbers): numbers.map { .int($0) }
    case .null: []
    default: [value]
    }
  }

  private static func equal(_ value: SeriesValue, _ literal: SeriesValue) -> Bool {
    if value.isNull || literal.isNull { return false }
    switch (value, literal) {
    case (.strings, .string), (.ints, .int): return self.elements(value).contains(literal)
    case (.timestamp(let time), .int(let number)): return time == number
    default: return value == literal
    }
  }

  private static func compare(_ value: SeriesValue, _ literal: SeriesValue) -> Int? {
    switch (value, literal) {
    case (.int(let a), .int(let b)), (.timestamp(let a), .int(let b)),
      (.timestamp(let a), .timestamp(let b)):
      return a < b ? -1 : a == b ? 0 : 1
    case (.string(let a), .string(let b)):
      if a.utf8.lexicographicallyPrecedes(b.utf8) { return -1 }
      return b.utf8.lexicographicallyPrecedes(a.utf8) ? 1 : 0
    default: return nil
    }
  }

  private static func among(_ value: SeriesValue, _ literal: SeriesValue) -> Bool {
    !value.isNull && self.elements(literal).contains(value)
  }

  private static func having(_ value: SeriesValue, _ literal: SeriesValue) -> Bool {
    guard !value.isNull, !literal.isNull else { return false }
    let held = self.elements(value)
    return self.elements(literal).allSatisfy(held.contains)
  }

  // MARK: Streams

  /// Ids of elements, in the order of the answer.
  func stream(
    _ criteria: ModelWire.Criteria?, _ times: ClosedRange<Int64>, orderTag: String?,
    isDescending: Bool, offset: Int, limit: Int
  ) -> [UInt64] {
    var found = self.rows.filter { times.contains($0.time) && self.holds(criteria, $0) }
    found.sort { left, right in
      if let orderTag {
        let (a, b) = (left.tags[orderTag] ?? .null, right.tags[orderTag] ?? .null)
        if a.isNull != b.isNull { return b.isNull }
        if let order = Self.compare(a, b), order != 0 { return (order < 0) != isDescending }
        if left.time != right.time { return left.time < right.time }
      } else if left.time != right.time {
        return (left.time < right.time) != isDescending
      }
      return left.id < right.id
    }
    var seen: Set<UInt64> = []
    found = found.filter { seen.insert($0.id).inserted }
    return found.dropFirst(offset).prefix(limit).map(\.id)
  }

  // MARK: Measures

  /// The points that count: of one series and time the highest version, the last to arrive.
  var points: [Row] {
    var kept: [String: Row] = [:]
    for row in self.rows {
      let key = "\(row.series) \(row.time)"
      if let known = kept[key], known.version > row.version { continue }
      kept[key] = row
    }
    return kept.values.sorted { ($0.time, $0.series) < ($1.time, $1.series) }
  }

  struct Figure: Equatable {
    var tags: [SeriesValue]
    var value: SeriesValue
  }

  func measure(
    _ criteria: ModelWire.Criteria?, _ times: ClosedRange<Int64>
  ) -> [Row] {
    self.points.filter { times.contains($0.time) && self.holds(criteria, $0) }
  }

  /// Groups in the order of their first points.
  func figures(
    _ criteria: ModelWire.Criteria?, _ times: ClosedRange<Int64>, by tags: [String],
    _ function: ModelWire.AggregationFunction, _ field: String
  ) -> [Figure] {
    var order: [[SeriesValue]] = []
    var groups: [[SeriesValue]: [Int64]] = [:]
    for row in self.measure(criteria, times) {
      let key = tags.map { row.tags[$0] ?? .null }
      if groups[key] == nil { order.append(key) }
      guard case .int(let number)? = row.fields[field] else {
        groups[key, default: []] += []
        continue
      }
      groups[key, default: []].append(number)
    }
    return order.map { key in
      let numbers = groups[key] ?? []
      guard !numbers.isEmpty else { return Figure(tags: key, value: .int(0)) }
      let sum = numbers.reduce(0, +)
      let value =
        switch function {
        case .mean: max(1, sum / Int64(numbers.count))
        case .max: numbers.max() ?? 0
        case .min: numbers.min() ?? 0
        case .count: Int64(numbers.count)
        default: sum
        }
      return Figure(tags: key, value: .int(value))
    }
  }

  // MARK: Rankings

  /// The best values with the starts of their windows.
  func ranking(
    _ times: ClosedRange<Int64>, interval: Int64, isAscending: Bool, count: Int,
    _ passes: (Row) -> Bool
  ) -> [String] {
    var windows: [String: (series: UInt64, start: Int64, version: Int64, value: Int64)] = [:]
    for row in self.points where passes(row) {
      let start = row.time - row.time % interval
      guard times.contains(start), case .int(let value)? = row.fields["value"] else { continue }
      let key = "\(row.series) \(start)"
      if let known = windows[key], known.version > row.version { continue }
      windows[key] = (row.series, start, row.version, value)
    }
    var best: [UInt64: (start: Int64, value: Int64)] = [:]
    for window in windows.values.sorted(by: { $0.start < $1.start }) {
      if let known = best[window.series] {
        guard isAscending ? window.value < known.value : window.value > known.value else {
          continue
        }
      }
      best[window.series] = (window.start, window.value)
    }
    // Equal values stand in the order of their entities, which is that of their names.
    let names = Dictionary(
      self.rows.map { ($0.series, "\($0.tags["entity_id"] ?? .null)") },
      uniquingKeysWith: { first, _ in first })
    return best.sorted { left, right in
      guard left.value.value == right.value.value else {
        return (left.value.value < right.value.value) == isAscending
      }
      return (names[left.key] ?? "") < (names[right.key] ?? "")
    }.prefix(count).map { "int(\($0.value.value)) \($0.value.start)" }
  }
}
