package import Values

/// What can stand after a flag or as an argument. A type carries its placeholder, its range (in the
/// error) and where completion finds candidates.
package protocol ArgumentValue: Sendable {
  static var placeholder: String { get }
  static var source: ValueSource { get }
  init(argument: String) throws(ValueError)
}

extension ArgumentValue {
  package static var source: ValueSource { .anything }
}

extension String: ArgumentValue {
  package static var placeholder: String { "TEXT" }
  package init(argument: String) throws(ValueError) { self = argument }
}

/// A name of something: not empty, no blank at its ends, at most 512 bytes.
package struct PlainName: ArgumentValue, Hashable, CustomStringConvertible {
  package var text: String
  package static let placeholder = "NAME"
  package static let byteCountMax = 512

  package init(argument: String) throws(ValueError) {
    guard !argument.isEmpty else { throw ValueError(.malformed, "a name has at least one letter") }
    guard argument.utf8.count <= Self.byteCountMax else {
      throw ValueError(
        .outOfRange,
        "the name has \(argument.utf8.count) bytes; names have 1 to \(Self.byteCountMax)")
    }
    self.text = argument
  }

  package var description: String { self.text }
}

/// One word that can stand in the head of a request: 1 to 128 printed ASCII letters.
package struct PrintedWord: ArgumentValue, Hashable {
  package var text: String
  package static let placeholder = "ID"
  package static let byteCountMax = 128

  package init(argument: String) throws(ValueError) {
    guard (1...Self.byteCountMax).contains(argument.utf8.count),
      argument.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
    else {
      throw ValueError(
        .malformed, "it has 1 to \(Self.byteCountMax) letters, digits and signs, without blanks")
    }
    self.text = argument
  }
}

/// A path of a file; `-` is standard input or output.
package struct FilePath: ArgumentValue, Hashable {
  package var text: String
  package static let placeholder = "FILE"
  package static var source: ValueSource { .files }

  package init(argument: String) throws(ValueError) {
    guard !argument.isEmpty else { throw ValueError(.malformed, "a path has at least one letter") }
    self.text = argument
  }

  package var isStandardStream: Bool { self.text == "-" }
}

extension Int: ArgumentValue {
  package static var placeholder: String { "N" }

  /// Counts: 0 and up.
  package init(argument: String) throws(ValueError) {
    guard !argument.isEmpty, argument.utf8.allSatisfy({ $0 &- 0x30 < 10 }) else {
      throw ValueError(.malformed, "\(argument.visible.quoted) is not a number such as 20")
    }
    guard let value = Int(argument) else {
      throw ValueError(
        .outOfRange, "\(argument.visible.quoted) is not in the range 0 to \(Int.max)")
    }
    self = value
  }
}

extension Duration: ArgumentValue {
  package static var placeholder: String { "DURATION" }
  package init(argument: String) throws(ValueError) { self = try DurationText.parse(argument) }
}

extension ByteCount: ArgumentValue {
  package static var placeholder: String { "SIZE" }
  package init(argument: String) throws(ValueError) { try self.init(parsing: argument) }
}

extension ByteRate: ArgumentValue {
  package static var placeholder: String { "RATE" }
  package init(argument: String) throws(ValueError) { try self.init(parsing: argument) }
}

extension Ratio: ArgumentValue {
  package static var placeholder: String { "RATIO" }
  package init(argument: String) throws(ValueError) { try self.init(parsing: argument) }
}

/// One of a fixed list of words.
package protocol WordValue: ArgumentValue, CaseIterable, RawRepresentable where RawValue == String {
}

extension WordValue {
  package static var words: [String] { self.allCases.map(\.rawValue) }
  package static var source: ValueSource { .words(self.words) }

  package init(argument: String) throws(ValueError) {
    guard let value = Self(rawValue: argument) else {
      let nearest = Suggestions.nearest(to: argument, in: Self.words)
      let hint = nearest.isEmpty ? "" : "; did you mean \(nearest.joined(separator: " or "))?"
      throw ValueError(
        .malformed,
        "\(argument.visible.quoted) is not one of \(Self.words.joined(separator: ", "))\(hint)")
    }
    self = value
  }
}

/// `http://HOST:PORT` or `https://HOST:PORT`, without a path.
package struct EndpointURL: ArgumentValue, Hashable, CustomStringConvertible {
  package var text: String
  package static let placeholder = "URL"

  package init(argument: String) throws(ValueError) {
    let rest =
      argument.hasPrefix("https://")
      ? argument.dropFirst(8) : argument.hasPrefix("http://") ? argument.dropFirst(7) : nil
    guard var rest, argument.utf8.count <= 2048 else { throw Self.malformed(argument) }
    if rest.hasSuffix("/") { rest.removeLast() }
    let isClean = rest.unicodeScalars.allSatisfy {
      $0.isASCII
        && ($0.properties.isAlphabetic || ("0"..."9").contains($0)
          || "-._:[]".unicodeScalars.contains($0))
    }
    guard isClean, !rest.isEmpty, Self.hasGoodPort(rest) else { throw Self.malformed(argument) }
    self.text = argument.hasSuffix("/") ? String(argument.dropLast()) : argument
  }

  private static func hasGoodPort(_ host: Substring) -> Bool {
    let afterBracket = host.lastIndex(of: "]").map { host[$0...].dropFirst() }
    if host.hasPrefix("[") != (afterBracket != nil) { return false }
    let tail = afterBracket ?? host
    guard let colon = tail.lastIndex(of: ":") else { return afterBracket?.isEmpty ?? true }
    if afterBracket == nil, tail[..<colon].contains(":") || tail[..<colon].isEmpty { return false }
    if afterBracket != nil, colon != tail.startIndex { return false }
    guard let port = UInt16(tail[tail.index(after: colon)...]) else { return false }
    return port > 0
  }

  private static func malformed(_ text: String) -> ValueError {
    ValueError(
      .malformed,
      "\(text.visible.quoted) is not an address such as http://127.0.0.1:7300 or https://lake.example:7300"
    )
  }

  package var description: String { self.text }
}
