import Protobuf
import SeriesModel
import SeriesSchema
import SeriesWire
import Values

/// Puts parameters in the place of question marks.
struct Binder {
  private let parameters: [ModelWire.TagValue]

  static func bind(
    _ statement: Statement, _ parameters: [ModelWire.TagValue]
  ) throws(BydbQLError) -> Statement {
    guard parameters.count == statement.placeholderCount else {
      throw .bind(
        "the query has \(statement.placeholderCount) question marks, \(parameters.count) parameters"
          + " are given: position \(min(parameters.count, statement.placeholderCount) + 1)")
    }
    guard !parameters.isEmpty else { return statement }
    var bound = statement
    let binder = Binder(parameters: parameters)
    bound.topCount = try binder.count(
      statement.topCount, 1...Statement.topCounts.upperBound)
    bound.limit = try binder.count(statement.limit)
    bound.offset = try binder.count(statement.offset)
    if case .top(let count, let field, let isDescending, let items) = statement.projection {
      bound.projection = .top(
        try binder.count(count, Statement.topCounts), field: field, isDescending: isDescending,
        items)
    }
    switch statement.times {
    case nil: break
    case .compare(let symbol, let time)?: bound.times = .compare(symbol, try binder.time(time))
    case .between(let begin, let end)?:
      bound.times = .between(try binder.time(begin), try binder.time(end))
    }
    for (index, step) in statement.criteria.enumerated() {
      guard case .condition(let path, let test) = step else { continue }
      bound.criteria[index] = .condition(path: path, try binder.test(test))
    }
    return bound
  }

  private func test(_ test: Statement.Test) throws(BydbQLError) -> Statement.Test {
    switch test {
    case .compare(let symbol, let value): return .compare(symbol, try self.scalar(value))
    case .among(let values, let isNegated):
      return .among(try self.list(values), isNegated: isNegated)
    case .having(let values, let isList, let isNegated):
      let bound = try self.list(values)
      return .having(bound, isList: isList || bound.count != 1, isNegated: isNegated)
    case .match(var match):
      match.values = try self.list(match.values)
      return .match(match)
    }
  }

  private static func wrong(_ position: Int, _ wanted: String) -> BydbQLError {
    .bind("parameter \(position + 1): \(wanted) is needed")
  }

  private func count(_ value: Statement.Scalar?) throws(BydbQLError) -> Statement.Scalar? {
    guard let value else { return nil }
    return try self.count(value, Statement.counts)
  }

  private func count(
    _ value: Statement.Scalar, _ range: ClosedRange<Int64>
  ) throws(BydbQLError) -> Statement.Scalar {
    guard case .placeholder(let position) = value else { return value }
    guard case .int(let number)? = self.parameters[position].value, range.contains(number.value)
    else {
      throw Self.wrong(position, "an integer from \(range.lowerBound) to \(range.upperBound)")
    }
    return .integer(String(number.value))
  }

  private func time(_ value: Statement.Scalar) throws(BydbQLError) -> Statement.Scalar {
    guard case .placeholder(let position) = value else { return value }
    switch self.parameters[position].value {
    case .str(let text)?: return .string(text.value)
    case .timestamp(let time)?:
      guard let stamp = try? Timestamp(seconds: time.seconds, nanosecond: time.nanos) else {
        throw Self.wrong(position, "a time of the years 1 to 9999")
      }
      return .string(stamp.description)
    default: throw Self.wrong(position, "a text or a timestamp")
    }
  }

  private func scalar(_ value: Statement.Scalar) throws(BydbQLError) -> Statement.Scalar {
    guard case .placeholder(let position) = value else { return value }
    switch self.parameters[position].value {
    case .str(let text)?: return .string(text.value)
    case .int(let number)?: return .integer(String(number.value))
    case .null?: return .null
    default: throw Self.wrong(position, "a text, an integer or null")
    }
  }

  private func list(_ values: [Statement.Scalar]) throws(BydbQLError) -> [Statement.Scalar] {
    var bound: [Statement.Scalar] = []
    for value in values {
      guard case .placeholder(let position) = value else {
        bound.append(value)
        continue
      }
      switch self.parameters[position].value {
      case .strArray(let texts)?:
        guard !texts.value.isEmpty else { throw Self.wrong(position, "an array with elements") }
        bound += texts.value.map { .string($0) }
      case .intArray(let numbers)?:
        guard !numbers.value.isEmpty else { throw Self.wrong(position, "an array with elements") }
        bound += numbers.value.map { .integer(String($0)) }
      case .str?, .int?, .null?: bound.append(try self.scalar(value))
      case nil, .binaryData?, .timestamp?:
        throw Self.wrong(position, "a text, an integer, null or an array of them")
      }
    }
    return bound
  }
}
