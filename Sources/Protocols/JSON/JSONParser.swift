/// One pass over a text that writes the tape. It stops at the first problem and names it: the steps
/// answer false once `problem` is set.
struct JSONParser {
  let start: UnsafeMutablePointer<UInt8>
  let end: UnsafeMutablePointer<UInt8>
  /// The next byte to look at. The bytes from `end` on are zeros, which no rule accepts.
  var at: UnsafeMutablePointer<UInt8>
  var tape: UnsafeMutablePointer<UInt64>
  var tapeCapacity: Int
  var tapeCount = 0
  var depth = 0
  /// The innermost open container, and how much is in it.
  var openIndex = 0
  var openCount = 0
  var inObject = false
  var problem: JSONProblem?
  let limits: JSONLimits

  init(
    start: UnsafeMutablePointer<UInt8>, byteCount: Int, tape: UnsafeMutablePointer<UInt64>,
    tapeCapacity: Int, limits: JSONLimits
  ) {
    self.start = start
    self.end = start + byteCount
    self.at = start
    self.tape = tape
    self.tapeCapacity = tapeCapacity
    self.limits = limits
  }

  /// Nil when the whole text is one value.
  mutating func run() -> JSONProblem? {
    repeat {
      self.skipBlanks()
      self.openCount &+= 1
      let done =
        switch self.at.pointee {
        case UInt8(ascii: "\""): self.string()
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): self.number()
        case UInt8(ascii: "{"): self.open(.object)
        case UInt8(ascii: "["): self.open(.array)
        case UInt8(ascii: "t"): self.literal("true", .yes)
        case UInt8(ascii: "f"): self.literal("false", .no)
        case UInt8(ascii: "n"): self.literal("null", .null)
        default: self.unexpected("a value")
        }
      guard done, self.afterValue() else { return self.problem }
    } while self.depth > 0
    self.skipBlanks()
    if self.at != self.end { _ = self.unexpected("the end of the text") }
    return self.problem
  }

  /// Starts a container. Until it is closed its entry holds what `close` needs to go back to the
  /// container around it.
  private mutating func open(_ kind: TapeEntry.Kind) -> Bool {
    guard self.depth < self.limits.depthMax else {
      return self.fail(.tooDeep, "more than \(self.limits.depthMax) levels of nesting")
    }
    self.at += 1
    let index = self.tapeCount
    self.append(
      TapeEntry(self.inObject ? .object : .array, low: self.openIndex, high: self.openCount))
    self.depth &+= 1
    self.openIndex = index
    self.openCount = 0
    self.inObject = kind == .object
    return true
  }

  /// After a value or an opening bracket: closes what ends here and goes to the next value.
  @inline(__always)
  private mutating func afterValue() -> Bool {
    while self.depth > 0 {
      self.skipBlanks()
      let byte = self.at.pointee
      if byte == UInt8(ascii: ","), self.openCount > 0 {
        self.at += 1
        guard self.inObject else { return true }
        self.skipBlanks()
        return self.memberName()
      }
      if self.inObject {
        if byte != UInt8(ascii: "}") {
          guard self.openCount == 0 else { return self.unexpected("\",\" or \"}\"") }
          return self.memberName()
        }
        guard self.close(.object) else { return false }
      } else {
        if byte != UInt8(ascii: "]") {
          guard self.openCount == 0 else { return self.unexpected("\",\" or \"]\"") }
          return true
        }
        guard self.close(.array) else { return false }
      }
    }
    return true
  }

  @inline(__always)
  private mutating func memberName() -> Bool {
    guard self.at.pointee == UInt8(ascii: "\"") else {
      return self.unexpected(
        self.openCount == 0 ? "a member name in quotes or \"}\"" : "a member name in quotes")
    }
    guard self.string() else { return false }
    self.skipBlanks()
    guard self.at.pointee == UInt8(ascii: ":") else {
      return self.unexpected("\":\" after the member name")
    }
    self.at += 1
    return true
  }

  @inline(__always)
  private mutating func close(_ kind: TapeEntry.Kind) -> Bool {
    if kind == .object, self.openCount > 1, self.limits.duplicates == .refuse,
      self.hasDuplicate()
    {
      return false
    }
    self.at += 1
    let outer = TapeEntry(raw: self.tape[self.openIndex])
    self.tape[self.openIndex] =
      TapeEntry(kind, low: self.tapeCount, high: self.openCount).raw
    self.openIndex = outer.low
    self.openCount = outer.high
    self.inObject = outer.kind == .object
    self.depth &-= 1
    return true
  }
}
