/// Finds the number of a field name: one hash of the length and four bytes, one slot, one comparison.
///
/// Slots are chained by open addressing, so a name added to `FieldName` can only make the table a little
/// slower, never wrong.
final class FieldNameTable: Sendable {
  static let shared = FieldNameTable()

  private struct Slot {
    var name: FieldName
    /// The name in lower case.
    var text: UnsafePointer<UInt8>
    var count: Int
  }

  private static let mask = 511
  // Written before `init` returns, never after; lives as long as the process.
  private nonisolated(unsafe) let slots: UnsafeMutablePointer<Slot>

  private init() {
    let empty = UnsafePointer(UnsafeMutablePointer<UInt8>.allocate(capacity: 1))
    self.slots = .allocate(capacity: Self.mask + 1)
    self.slots.initialize(
      repeating: Slot(name: .other, text: empty, count: 0), count: Self.mask + 1)
    for name in FieldName.allCases where name != .other {
      let text = name.text
      let lower = UnsafeMutablePointer<UInt8>.allocate(capacity: text.utf8CodeUnitCount)
      for index in 0..<text.utf8CodeUnitCount {
        let byte = text.utf8Start[index]
        lower[index] = byte &- 0x41 < 26 ? byte | 0x20 : byte
      }
      var at = Self.hash(UnsafeRawPointer(lower), text.utf8CodeUnitCount)
      while self.slots[at].name != .other { at = (at + 1) & Self.mask }
      self.slots[at] = Slot(name: name, text: lower, count: text.utf8CodeUnitCount)
    }
  }

  // The factors were searched for: with today's names no two share a slot.
  @inline(__always) private static func hash(_ start: UnsafeRawPointer, _ count: Int) -> Int {
    @inline(__always) func fold(_ index: Int) -> Int {
      Int(start.load(fromByteOffset: index, as: UInt8.self) | 0x20)
    }
    return
      (count &* 395 &+ fold(0) &* 65 &+ fold(count &- 1) &* 378
      &+ fold(count / 2) &* 208 &+ fold(count &* 3 / 4) &* 241) & Self.mask
  }

  /// The number of the name in `range`, whose bytes are all token characters.
  @inline(__always) func name(in window: Window, _ range: Range<Int>) -> FieldName {
    let count = range.count
    var at = Self.hash(window.base + range.lowerBound, count)
    while true {
      let slot = self.slots[at]
      if slot.name == .other { return .other }
      if slot.count == count,
        Self.isEqual(window.base + range.lowerBound, UnsafeRawPointer(slot.text), count)
      {
        return slot.name
      }
      at = (at &+ 1) & Self.mask
    }
  }

  /// Compares token characters with a lower-case name of letters, digits and hyphens. Setting bit 5
  /// folds letters; the other token characters that it changes become none of those.
  @inline(__always) private static func isEqual(
    _ start: UnsafeRawPointer, _ lower: UnsafeRawPointer, _ count: Int
  ) -> Bool {
    guard count >= 8 else {
      for index in 0..<count {
        let byte = start.load(fromByteOffset: index, as: UInt8.self) | 0x20
        if byte != lower.load(fromByteOffset: index, as: UInt8.self) { return false }
      }
      return true
    }
    @inline(__always) func differ(_ index: Int) -> Bool {
      start.loadUnaligned(fromByteOffset: index, as: UInt64.self) | 0x2020_2020_2020_2020
        != lower.loadUnaligned(fromByteOffset: index, as: UInt64.self)
    }
    var index = 0
    while index &+ 8 <= count {
      if differ(index) { return false }
      index &+= 8
    }
    return !differ(count &- 8)
  }
}
