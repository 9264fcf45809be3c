/// A problem and where it is, before lines are counted.
struct JSONProblem {
  var code: JSONError.Code
  var message: String
  var offset: Int

  func error(in text: RawSpan) -> JSONError {
    JSONError(
      self.code, self.message, position: JSONError.Position(offset: self.offset, in: text))
  }
}

extension JSONParser {
  /// Sets the problem at the current byte, or at `place`.
  @inline(never)
  mutating func fail(
    _ code: JSONError.Code, _ message: String, at place: UnsafeMutablePointer<UInt8>? = nil
  ) -> Bool {
    self.problem = JSONProblem(
      code: code, message: message, offset: min(place ?? self.at, self.end) - self.start)
    return false
  }

  @inline(never)
  mutating func unexpected(_ expected: String) -> Bool {
    self.fail(.malformed, "expected \(expected), found \(self.found(at: self.at))")
  }

  /// The byte at `place` in words.
  func found(at place: UnsafeMutablePointer<UInt8>) -> String {
    guard place < self.end else { return "the end of the text" }
    switch place.pointee {
    case 0x21...0x7E: return "\"\(Character(Unicode.Scalar(place.pointee)))\""
    case UInt8(ascii: " "): return "a blank"
    case UInt8(ascii: "\n"), UInt8(ascii: "\r"): return "the end of the line"
    case 0xEF
    where self.end - place >= 3 && place[1] == 0xBB && place[2] == 0xBF:
      return "a byte order mark"
    case let byte: return "byte 0x" + String(byte, radix: 16)
    }
  }
}
