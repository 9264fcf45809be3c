/// Blanks, words and numbers.
extension JSONParser {
  @inline(__always)
  mutating func append(_ entry: TapeEntry) {
    if _slowPath(self.tapeCount == self.tapeCapacity) { self.growTape() }
    self.tape[self.tapeCount] = entry.raw
    self.tapeCount &+= 1
  }

  @inline(never)
  private mutating func growTape() {
    let capacity = self.tapeCapacity * 2
    let moved = UnsafeMutablePointer<UInt64>.allocate(capacity: capacity)
    moved.update(from: self.tape, count: self.tapeCount)
    self.tape.deallocate()
    self.tape = moved
    self.tapeCapacity = capacity
  }

  @inline(__always)
  mutating func skipBlanks() {
    guard self.at.pointee <= 0x20 else { return }
    self.skipManyBlanks()
  }

  @inline(__always)
  private mutating func skipManyBlanks() {
    var at = self.at
    while true {
      switch at.pointee {
      case 0x20:
        // Indentation: eight blanks at once.
        if UnsafeRawPointer(at).loadUnaligned(as: UInt64.self) == 0x2020_2020_2020_2020 {
          at += 8
        } else {
          at += 1
        }
      case 0x0A, 0x0D, 0x09: at += 1
      default:
        self.at = at
        return
      }
    }
  }

  mutating func literal(_ word: StaticString, _ kind: TapeEntry.Kind) -> Bool {
    let text = word.utf8Start
    for index in 0..<word.utf8CodeUnitCount where self.at[index] != text[index] {
      return self.fail(
        .malformed, "expected \"\(word)\", found \(self.found(at: self.at + index))",
        at: self.at + index)
    }
    self.append(TapeEntry(kind, low: self.at - self.start, high: 0))
    self.at += word.utf8CodeUnitCount
    return true
  }

  /// Checks the grammar only; the value is computed when somebody asks for it.
  @inline(__always)
  mutating func number() -> Bool {
    let first = self.at
    var at = first
    var kind = TapeEntry.Kind.integer
    if at.pointee == UInt8(ascii: "-") { at += 1 }
    if at.pointee == UInt8(ascii: "0") {
      at += 1
      if isDigit(at.pointee) {
        return self.fail(.malformed, "a number does not start with a zero", at: first)
      }
    } else {
      guard skipDigits(&at) else { return self.noDigit(at) }
    }
    if at.pointee == UInt8(ascii: ".") {
      kind = .real
      at += 1
      guard skipDigits(&at) else { return self.noDigit(at) }
    }
    if at.pointee | 0x20 == UInt8(ascii: "e") {
      kind = .real
      at += 1
      if at.pointee == UInt8(ascii: "+") || at.pointee == UInt8(ascii: "-") { at += 1 }
      guard skipDigits(&at) else { return self.noDigit(at) }
    }
    self.append(TapeEntry(kind, low: first - self.start, high: at - first))
    self.at = at
    return true
  }

  @inline(never)
  private mutating func noDigit(_ place: UnsafeMutablePointer<UInt8>) -> Bool {
    self.fail(.malformed, "expected a digit, found \(self.found(at: place))", at: place)
  }
}

@inline(__always) func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

/// False when there is not one digit.
@inline(__always)
private func skipDigits(_ at: inout UnsafeMutablePointer<UInt8>) -> Bool {
  let first = at
  while isDigit(at.pointee) { at += 1 }
  return at != first
}
