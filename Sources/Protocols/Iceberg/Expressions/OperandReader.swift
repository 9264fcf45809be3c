private import JSON

/// Reads constants as values of a column's type.
enum OperandReader {
  enum Outcome {
    case value(Literal)
    /// Above or below every value of the type: an integer of 64 bits for a column of 32.
    case above, below
  }

  static func read(
    _ operand: Expression.Operand, as type: PrimitiveType, column: String
  ) throws(IcebergError) -> Outcome {
    switch operand {
    case .literal(let literal):
      guard let outcome = self.convert(literal, to: type) else {
        throw self.mismatch(literal.description, type, column)
      }
      return try self.checked(outcome, column)
    case .json(let value, let given):
      if value.isNull {
        throw IcebergError(
          .badRequest, "column \(quoted(column)) is compared with null; is-null tests for it")
      }
      if let given {
        guard let literal = try? Literal(json: value, as: given),
          let outcome = self.convert(literal, to: type)
        else { throw self.mismatch(value.description, type, column) }
        return try self.checked(outcome, column)
      }
      guard let outcome = self.read(value, type) else {
        throw self.mismatch(value.description, type, column)
      }
      return try self.checked(outcome, column)
    }
  }

  private static func checked(_ outcome: Outcome, _ column: String) throws(IcebergError) -> Outcome
  {
    if case .value(let literal) = outcome, literal.isNaN {
      throw IcebergError(
        .badRequest, "column \(quoted(column)) is compared with NaN; is-nan tests for it")
    }
    return outcome
  }

  private static func mismatch(
    _ text: String, _ type: PrimitiveType, _ column: String
  ) -> IcebergError {
    IcebergError(
      .badRequest, "\(text.prefix(100)) is no value of column \(quoted(column)), which is \(type)")
  }

  private static func read(_ value: JSONValue, _ type: PrimitiveType) -> Outcome? {
    if let literal = try? Literal(json: value, as: type) { return .value(literal) }
    switch type {
    case .int, .long:
      // An integer beyond the column's type still compares.
      if let number = value.int64 { return self.narrowed(number, type) }
      if case .number(.unsigned) = value { return .above }
      return nil
    case .date:
      // Days or microseconds as numbers, as older clients write them.
      return value.int64.flatMap { Int32(exactly: $0) }.map { .value(.date($0)) }
    case .timestamptz, .timestamptzNanos:
      // Without its zone, as some clients write it, a time is taken as UTC.
      return value.string.flatMap { Literal.read($0 + "+00:00", type) }.map(Outcome.value)
    default: return nil
    }
  }

  private static func narrowed(_ number: Int64, _ type: PrimitiveType) -> Outcome {
    guard type == .int else { return .value(.long(number)) }
    if let narrow = Int32(exactly: number) { return .value(.int(narrow)) }
    return number > 0 ? .above : .below
  }

  /// A value of another type, where nothing is lost.
  static func convert(_ literal: Literal, to type: PrimitiveType) -> Outcome? {
    if let promoted = literal.promoted(to: type) { return .value(promoted) }
    switch (literal, type) {
    case (.long(let value), .int): return self.narrowed(value, .int)
    case (.int(let value), .float): return .value(.float(Float(value)))
    case (.int(let value), .double): return .value(.double(Double(value)))
    case (.long(let value), .double): return .value(.double(Double(value)))
    case (.double(let value), .float):
      return value.magnitude <= Double(Float.greatestFiniteMagnitude)
        ? .value(.float(Float(value))) : value > 0 ? .above : .below
    case (.int(let value), .decimal): return self.decimal(Int128(value), type)
    case (.long(let value), .decimal): return self.decimal(Int128(value), type)
    case (.timestamp(let value), .date): return self.day(value, CalendarText.microsecondsPerDay)
    case (.timestamp(let value), .timestampNanos):
      return Literal.nanoseconds(fromMicroseconds: value).map { .value(.timestampNanos($0)) }
        ?? (value > 0 ? .above : .below)
    case (.timestamptz(let value), .timestamptzNanos):
      return Literal.nanoseconds(fromMicroseconds: value).map { .value(.timestamptzNanos($0)) }
        ?? (value > 0 ? .above : .below)
    case (.string(let text), _):
      return Literal.read(text, type).map(Outcome.value)
    default: return nil
    }
  }

  private static func decimal(_ value: Int128, _ type: PrimitiveType) -> Outcome? {
    guard case .decimal(let precision, let scale) = type else { return nil }
    guard let number = DecimalNumber(unscaled: value, scale: 0).rescaled(to: scale),
      number.fits(precision: precision)
    else { return value > 0 ? .above : .below }
    return .value(.decimal(number))
  }

  /// A moment that is no midnight is no date.
  private static func day(_ value: Int64, _ unit: Int64) -> Outcome? {
    guard value % unit == 0 else { return nil }
    return Int32(exactly: value / unit).map { .value(.date($0)) }
  }
}
