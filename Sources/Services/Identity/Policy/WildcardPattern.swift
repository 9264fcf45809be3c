/// A pattern in which `*` stands for any text and `?` for one character. Matching allocates nothing and
/// takes at most text × pattern steps.
package struct WildcardPattern: Hashable, Sendable {
  package static let byteCountMax = 2048

  private enum Form { case everything, exact, prefix, general }

  /// As it was written.
  package let text: String
  private let bytes: [UInt8]
  private let form: Form
  /// What lies below a resource belongs to it: `catalog/lake` covers `catalog/lake/sales`.
  private let coversBelow: Bool

  package init(_ text: String, coversBelow: Bool = false) {
    let star = UInt8(ascii: "*")
    let bytes = Array(text.utf8)
    self.text = text
    let wild = bytes.firstIndex { $0 == star || $0 == UInt8(ascii: "?") }
    if let wild {
      if bytes[wild...].allSatisfy({ $0 == star }) {
        self.form = wild == 0 ? .everything : .prefix
        self.bytes = Array(bytes[..<wild])
      } else {
        self.form = .general
        self.bytes = bytes
      }
      self.coversBelow = false
    } else {
      self.form = .exact
      self.bytes = bytes
      self.coversBelow = coversBelow
    }
  }

  package func matches(_ text: String) -> Bool {
    if self.form == .everything { return true }
    let matched = text.utf8.withContiguousStorageIfAvailable { self.matches($0) }
    if let matched { return matched }
    return Array(text.utf8).withUnsafeBufferPointer { self.matches($0) }
  }

  private func matches(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    self.bytes.withUnsafeBufferPointer { pattern in
      switch self.form {
      case .everything: true
      case .exact:
        text.count == pattern.count
          ? Self.begins(text, with: pattern)
          : self.coversBelow && text.count > pattern.count
            && text[pattern.count] == UInt8(ascii: "/") && Self.begins(text, with: pattern)
      case .prefix: text.count >= pattern.count && Self.begins(text, with: pattern)
      case .general: Self.general(text, pattern)
      }
    }
  }

  /// - Precondition: `text` is at least as long.
  private static func begins(
    _ text: UnsafeBufferPointer<UInt8>, with start: UnsafeBufferPointer<UInt8>
  ) -> Bool {
    // From the end: names of one kind begin alike.
    var index = start.count - 1
    while index >= 0 {
      if text[index] != start[index] { return false }
      index -= 1
    }
    return true
  }

  /// Greedy, going back to the last star only: an earlier one never needs to take more.
  private static func general(
    _ text: UnsafeBufferPointer<UInt8>, _ pattern: UnsafeBufferPointer<UInt8>
  ) -> Bool {
    var textAt = 0
    var at = 0
    var afterStar = -1
    var retryAt = 0
    while textAt < text.count {
      if at < pattern.count, pattern[at] == UInt8(ascii: "*") {
        at += 1
        afterStar = at
        retryAt = textAt
      } else if at < pattern.count, pattern[at] == UInt8(ascii: "?") {
        at += 1
        textAt = Self.nextCharacter(text, after: textAt)
      } else if at < pattern.count, pattern[at] == text[textAt] {
        at += 1
        textAt += 1
      } else if afterStar >= 0 {
        retryAt = Self.nextCharacter(text, after: retryAt)
        textAt = retryAt
        at = afterStar
      } else {
        return false
      }
    }
    while at < pattern.count, pattern[at] == UInt8(ascii: "*") { at += 1 }
    return at == pattern.count
  }

  private static func nextCharacter(_ text: UnsafeBufferPointer<UInt8>, after index: Int) -> Int {
    var next = index + 1
    while next < text.count, text[next] & 0xC0 == 0x80 { next += 1 }
    return next
  }
}
