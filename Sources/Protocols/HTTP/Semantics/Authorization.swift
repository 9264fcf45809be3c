private import Bytes

/// What an Authorization field says. Secrets: never log one.
public enum Authorization: Equatable, Sendable {
  case basic(user: String, password: String)
  case bearer(token: String)
  /// Another scheme, in lower case, with what follows it as it came: `AWS4-HMAC-SHA256 Credential=…`.
  case other(scheme: String, credentials: String)

  /// Nil when the bytes are no credentials: no scheme, Basic that is not Base64 of UTF-8 with a colon or
  /// holds control characters, a bearer token with characters that no token has.
  public init?(_ field: RawSpan) {
    let parsed = field.withUnsafeBytes { Self.parse(Window($0)) }
    guard let parsed else { return nil }
    self = parsed
  }

  private static func parse(_ window: Window) -> Authorization? {
    var at = 0
    guard let scheme = window.token(&at, window.count), at < window.count, window[at] == 0x20 else {
      return nil
    }
    let rest = window.trimmed(at..<window.count)
    guard !rest.isEmpty else { return nil }
    if window.matches("basic", scheme) { return Self.basic(window.text(rest)) }
    if window.matches("bearer", scheme) {
      var end = rest.upperBound
      while end > rest.lowerBound, window[end - 1] == UInt8(ascii: "=") { end -= 1 }
      guard end > rest.lowerBound,
        (rest.lowerBound..<end).allSatisfy({ Grammar.isToken68(window[$0]) })
      else { return nil }
      return .bearer(token: window.text(rest))
    }
    let credentials = UnsafeRawBufferPointer(
      start: window.base + rest.lowerBound, count: rest.count)
    guard let text = String(validating: credentials, as: UTF8.self) else { return nil }
    return .other(scheme: window.text(scheme).lowercased(), credentials: text)
  }

  private static func basic(_ text: String) -> Authorization? {
    guard let bytes = Base64.bytes(of: text, lenient: true),
      bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }),
      let pair = String(validating: bytes, as: UTF8.self), let colon = pair.firstIndex(of: ":")
    else { return nil }
    return .basic(
      user: String(pair[..<colon]), password: String(pair[pair.index(after: colon)...]))
  }
}
