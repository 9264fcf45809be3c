/// One line of a header or trailer section.
///
/// ```
/// name ":" blanks value blanks CR LF
/// ```
///
/// Refused, because two readers may disagree about it: a line that begins with a blank (folding), a
/// blank before the colon, a line end that is not CR LF, a control character anywhere.
enum FieldLine {
  case field(FieldName, name: Range<Int>, value: Range<Int>, next: Int)
  /// The empty line: the section ends before `next`.
  case end(next: Int)
  case incomplete

  @inline(__always)
  static func parse(_ window: Window, at start: Int, _ names: FieldNameTable) throws(HTTPError)
    -> FieldLine
  {
    guard start < window.count else { return .incomplete }
    var at = start
    while at < window.count, Grammar.isToken(window[at]) { at &+= 1 }
    try Self.checkNameLength(at &- start)
    guard at < window.count else { return .incomplete }
    guard at > start, window[at] == UInt8(ascii: ":") else {
      return try Self.lineWithoutName(window, start, at)
    }
    let name = start..<at
    at &+= 1
    while at < window.count, Grammar.isBlank(window[at]) { at &+= 1 }
    let valueStart = at
    at = window.firstControl(from: at)
    guard at < window.count else { return .incomplete }
    guard window[at] == 0x0D else { throw Self.badControl(window[at]) }
    guard at &+ 1 < window.count else { return .incomplete }
    guard window[at &+ 1] == 0x0A else { throw Self.bareCarriageReturn }
    var valueEnd = at
    while valueEnd > valueStart, Grammar.isBlank(window[valueEnd &- 1]) { valueEnd &-= 1 }
    return .field(
      names.name(in: window, name), name: name, value: valueStart..<valueEnd, next: at &+ 2)
  }

  @inline(never)
  private static func lineWithoutName(_ window: Window, _ start: Int, _ at: Int) throws(HTTPError)
    -> FieldLine
  {
    let byte = window[at]
    if at == start, byte == 0x0D {
      guard at + 1 < window.count else { return .incomplete }
      guard window[at + 1] == 0x0A else { throw Self.bareCarriageReturn }
      return .end(next: at + 2)
    }
    switch byte {
    case 0x0A:
      throw HTTPError(.badRequest, .badField, "a field line ends in LF without CR")
    case 0x20, 0x09:
      throw HTTPError(
        .badRequest, .badField,
        at == start
          ? "a field line begins with a blank: folded fields are refused"
          : "a field name has a blank before its colon")
    case UInt8(ascii: ":"):
      throw HTTPError(.badRequest, .badField, "a field line has no name before its colon")
    case 0x0D:
      throw HTTPError(.badRequest, .badField, "a field line has no colon")
    default:
      throw HTTPError(
        .badRequest, .badField, "a field name holds byte \(byte), which is no token character")
    }
  }

  private static func checkNameLength(_ count: Int) throws(HTTPError) {
    guard count > MessageLimits.fieldNameBytes else { return }
    throw HTTPError(
      .headerTooLarge, .headerTooLarge,
      "a field name has more than \(MessageLimits.fieldNameBytes) bytes")
  }

  private static var bareCarriageReturn: HTTPError {
    HTTPError(.badRequest, .badField, "a field line holds CR without LF")
  }

  @inline(never) private static func badControl(_ byte: UInt8) -> HTTPError {
    byte == 0x0A
      ? HTTPError(.badRequest, .badField, "a field line ends in LF without CR")
      : HTTPError(.badRequest, .badField, "a field value holds control character \(byte)")
  }
}
