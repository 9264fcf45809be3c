/// The files of a journal's folder.
///
/// ```
/// 0000000000000001.segment   segments that are, or are about to be, written
/// spare-0000000000000007     space kept for later; what it holds has no meaning
/// lock                       held by whoever has the journal open
/// ```
enum SegmentName {
  static let lock = "lock"

  static func segment(_ number: UInt64) -> String { padded(number) + ".segment" }
  static func spare(_ number: UInt64) -> String { "spare-" + padded(number) }

  /// The number in a segment's name; nil for any other name.
  static func segmentNumber(_ name: String) -> UInt64? {
    guard name.hasSuffix(".segment"), name.utf8.count == 24 else { return nil }
    let digits = name.utf8.prefix(16)
    guard digits.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }) else {
      return nil
    }
    guard let number = UInt64(name.prefix(16), radix: 16), number > 0, number < 1 << 32 else {
      return nil
    }
    return number
  }

  static func spareNumber(_ name: String) -> UInt64? {
    name.hasPrefix("spare-") ? UInt64(name.dropFirst(6), radix: 16) : nil
  }

  static func isSpare(_ name: String) -> Bool { self.spareNumber(name) != nil }

  private static func padded(_ number: UInt64) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }
}
