private import Bytes

/// `type/subtype; name=value`, of a Content-Type field.
public struct MediaType: Hashable, Sendable {
  /// Lower case.
  public var type: String
  /// Lower case.
  public var subtype: String
  /// Names in lower case; values as they came, without quotes.
  public var parameters: [Parameter]

  public struct Parameter: Hashable, Sendable {
    public var name: String
    public var value: String
    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  /// Nil when the bytes are no media type. More than 16 parameters are not.
  public init?(_ bytes: RawSpan) {
    let parsed = bytes.withUnsafeBytes { buffer -> MediaType? in
      let window = Window(buffer)
      return MediaType(window, window.trimmed(0..<window.count))
    }
    guard let parsed else { return nil }
    self = parsed
  }

  init?(_ window: Window, _ range: Range<Int>) {
    var at = range.lowerBound
    guard let type = window.token(&at, range.upperBound), at < range.upperBound,
      window[at] == UInt8(ascii: "/")
    else { return nil }
    at += 1
    guard let subtype = window.token(&at, range.upperBound),
      let parameters = window.parameters(&at, range.upperBound)
    else { return nil }
    self.type = window.text(type).lowercased()
    self.subtype = window.text(subtype).lowercased()
    self.parameters = parameters
  }

  public func parameter(_ name: String) -> String? {
    self.parameters.first { $0.name == name }?.value
  }

  /// Whether it is this type, whatever its parameters.
  public func `is`(_ type: String, _ subtype: String) -> Bool {
    self.type == type && self.subtype == subtype
  }
}

extension Window {
  func text(_ range: Range<Int>) -> String {
    String(
      decoding: UnsafeRawBufferPointer(start: self.base + range.lowerBound, count: range.count),
      as: UTF8.self)
  }

  /// The token at `at`, which is moved behind it; nil when there is none.
  func token(_ at: inout Int, _ end: Int) -> Range<Int>? {
    let start = at
    while at < end, Grammar.isToken(self[at]) { at += 1 }
    return at > start ? start..<at : nil
  }

  func skipBlanks(_ at: inout Int, _ end: Int) {
    while at < end, Grammar.isBlank(self[at]) { at += 1 }
  }

  /// `; name=value` up to `end`; nil when something else is there.
  func parameters(_ at: inout Int, _ end: Int) -> [MediaType.Parameter]? {
    var parameters: [MediaType.Parameter] = []
    while true {
      self.skipBlanks(&at, end)
      guard at < end else { return parameters }
      guard self[at] == UInt8(ascii: ";"), parameters.count < 16 else { return nil }
      at += 1
      self.skipBlanks(&at, end)
      // `a/b;` and `a/b;;c=d` are seen in the wild.
      guard at < end, self[at] != UInt8(ascii: ";") else { continue }
      guard let name = self.token(&at, end), at < end, self[at] == UInt8(ascii: "=") else {
        return nil
      }
      at += 1
      guard let value = self.tokenOrQuoted(&at, end) else { return nil }
      parameters.append(.init(name: self.text(name).lowercased(), value: value))
    }
  }

  private func tokenOrQuoted(_ at: inout Int, _ end: Int) -> String? {
    guard at < end, self[at] == UInt8(ascii: "\"") else {
      return self.token(&at, end).map { self.text($0) }
    }
    at += 1
    var bytes: [UInt8] = []
    while at < end {
      let byte = self[at]
      at += 1
      if byte == UInt8(ascii: "\"") { return String(validating: bytes, as: UTF8.self) }
      if byte == UInt8(ascii: "\\") {
        guard at < end else { return nil }
        bytes.append(self[at])
        at += 1
      } else {
        bytes.append(byte)
      }
    }
    return nil
  }
}
