private import Bytes

/// An IPv4 or IPv6 address. An IPv4 address that came mapped into IPv6 is the IPv4 address.
package struct NetworkAddress: Hashable, Sendable {
  let bits: UInt128
  let isVersion4: Bool

  private init(bits: UInt128, isVersion4: Bool) {
    self.bits = bits
    self.isVersion4 = isVersion4
  }

  /// Nil when the text is no address.
  package init?(_ text: some StringProtocol) {
    guard text.utf8.count <= 64 else { return nil }
    if text.utf8.contains(UInt8(ascii: ":")) {
      guard let bits = Self.version6(Substring(text)) else { return nil }
      let isMapped = bits >> 32 == 0xFFFF
      self.init(bits: isMapped ? bits & 0xFFFF_FFFF : bits, isVersion4: isMapped)
    } else {
      guard let bits = Self.version4(Substring(text)) else { return nil }
      self.init(bits: UInt128(bits), isVersion4: true)
    }
  }

  private static func version4(_ text: Substring) -> UInt32? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var bits: UInt32 = 0
    for part in parts {
      guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
        part == "0" || !part.hasPrefix("0"), let byte = UInt8(part)
      else { return nil }
      bits = bits << 8 | UInt32(byte)
    }
    return bits
  }

  private static func version6(_ text: Substring) -> UInt128? {
    let halves = Self.halves(of: text)
    guard (1...2).contains(halves.count), let head = Self.groups(halves[0]) else { return nil }
    guard halves.count == 2 else { return head.count == 8 ? Self.joined(head) : nil }
    guard let tail = Self.groups(halves[1]), head.count + tail.count <= 7 else { return nil }
    let zeros = [UInt16](repeating: 0, count: 8 - head.count - tail.count)
    return Self.joined(head + zeros + tail)
  }

  /// What stands before and after `::`.
  private static func halves(of text: Substring) -> [Substring] {
    var halves: [Substring] = []
    var start = text.startIndex
    var at = start
    while at < text.endIndex {
      if text[at...].hasPrefix("::") {
        halves.append(text[start..<at])
        at = text.index(at, offsetBy: 2)
        start = at
      } else {
        at = text.index(after: at)
      }
    }
    return halves + [text[start...]]
  }

  private static func groups(_ text: Substring) -> [UInt16]? {
    guard !text.isEmpty else { return [] }
    var groups: [UInt16] = []
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count <= 8 else { return nil }
    for (index, part) in parts.enumerated() {
      if index == parts.count - 1, part.utf8.contains(UInt8(ascii: ".")) {
        guard let bits = Self.version4(part) else { return nil }
        groups += [UInt16(bits >> 16), UInt16(truncatingIfNeeded: bits)]
      } else {
        guard (1...4).contains(part.utf8.count),
          part.utf8.allSatisfy({ Hexadecimal.value(ofDigit: $0) != nil }),
          let group = UInt16(part, radix: 16)
        else { return nil }
        groups.append(group)
      }
    }
    return groups.count <= 8 ? groups : nil
  }

  private static func joined(_ groups: [UInt16]) -> UInt128 {
    groups.reduce(0) { $0 << 16 | UInt128($1) }
  }
}

/// A block of addresses: `203.0.113.0/24`, `2001:db8::/32`, or one address.
package struct NetworkBlock: Hashable, Sendable {
  let start: NetworkAddress
  let mask: UInt128

  /// Nil when the text is no block. Bits behind the prefix do not matter.
  package init?(_ text: String) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let address = NetworkAddress(parts[0]) else { return nil }
    let width = address.isVersion4 ? 32 : 128
    var length = width
    if parts.count == 2 {
      guard (1...3).contains(parts[1].utf8.count), let given = Int(parts[1]),
        (0...width).contains(given), String(given) == parts[1]
      else { return nil }
      length = given
    }
    let full: UInt128 = address.isVersion4 ? 0xFFFF_FFFF : .max
    self.mask = length == 0 ? 0 : full << UInt128(width - length) & full
    self.start = address
  }

  package func contains(_ address: NetworkAddress) -> Bool {
    address.isVersion4 == self.start.isVersion4
      && address.bits & self.mask == self.start.bits & self.mask
  }

  var isEverything: Bool { self.mask == 0 }
}
