/// `host [":" port]`, as the Host field and the absolute form have it. No user information: nobody may
/// put `trusted@` before the host that is meant.
enum Authority {
  /// An empty authority is valid: RFC 9112 has clients send it where a target has none.
  static func isValid(_ window: Window, _ range: Range<Int>) -> Bool {
    guard !range.isEmpty else { return true }
    var at = range.lowerBound
    if window[at] == UInt8(ascii: "[") {
      guard let close = window.first(UInt8(ascii: "]"), in: range),
        isAddress(window, at + 1..<close)
      else { return false }
      at = close + 1
    } else {
      while at < range.upperBound, Grammar.isRegisteredName(window[at]) { at += 1 }
    }
    guard at < range.upperBound else { return true }
    guard window[at] == UInt8(ascii: ":") else { return false }
    let port = at + 1..<range.upperBound
    return port.count <= 5 && port.allSatisfy { Grammar.isDigit(window[$0]) }
  }

  /// Hexadecimal groups, colons and a dotted tail: whether they make an address is for who connects.
  private static func isAddress(_ window: Window, _ range: Range<Int>) -> Bool {
    range.count >= 2
      && range.allSatisfy { index in
        let byte = window[index]
        return Grammar.hexadecimal(byte) != nil || byte == UInt8(ascii: ":")
          || byte == UInt8(ascii: ".")
      }
  }
}
