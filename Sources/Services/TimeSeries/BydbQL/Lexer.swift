/// Takes a text apart. Keywords come before names, as long as they end where a word does.
struct Lexer {
  static let byteCountMax = 1 << 20
  /// A list of 100,000 ids has twice as many.
  static let tokensMax = 250_000

  private let bytes: [UInt8]
  private var at = 0

  static func tokens(of text: String) throws(BydbQLError) -> [Token] {
    var lexer = Lexer(bytes: Array(text.utf8))
    guard lexer.bytes.count <= self.byteCountMax else {
      throw .parse("a text of \(lexer.bytes.count) bytes: at most \(self.byteCountMax) fit")
    }
    var tokens: [Token] = []
    while true {
      let token = try lexer.next()
      tokens.append(token)
      if token.kind == .end { return tokens }
      guard tokens.count <= self.tokensMax else {
        throw .parse("more than \(self.tokensMax) words end at byte \(token.offset)")
      }
    }
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private mutating func next() throws(BydbQLError) -> Token {
    while self.at < self.bytes.count, Self.isSpace(self.bytes[self.at]) { self.at += 1 }
    let start = self.at
    guard start < self.bytes.count else { return Token(kind: .end, text: "", offset: start) }
    let byte = self.bytes[start]
    if Self.isNameStart(byte) { return self.word() }
    if Self.isDigit(byte) || self.isSignedNumber { return try self.integer() }
    if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") { return try self.string(byte) }
    if byte == UInt8(ascii: "?") {
      self.at += 1
      return Token(kind: .placeholder, text: "?", offset: start)
    }
    let following = start + 1 < self.bytes.count ? self.bytes[start + 1] : 0
    if let symbol = Symbol(byte, following) {
      self.at += symbol.rawValue.utf8.count
      return Token(kind: .symbol(symbol), text: symbol.rawValue, offset: start)
    }
    throw .parse("\(self.quoted(start)) at byte \(start) begins no word")
  }

  private func quoted(_ start: Int) -> String {
    String(decoding: self.bytes[start...].prefix(1), as: UTF8.self).debugDescription
  }

  private var isSignedNumber: Bool {
    (self.bytes[self.at] == UInt8(ascii: "-") || self.bytes[self.at] == UInt8(ascii: "+"))
      && self.at + 1 < self.bytes.count && Self.isDigit(self.bytes[self.at + 1])
  }

  private mutating func word() -> Token {
    let start = self.at
    // A keyword ends at a word boundary, where a name may go on with a dash or a star.
    var end = start
    while end < self.bytes.count, Self.isWord(self.bytes[end]) { end += 1 }
    if let keyword = Keyword(self.bytes[start..<end]) {
      self.at = end
      let word = String(decoding: self.bytes[start..<end], as: UTF8.self)
      return Token(kind: .keyword(keyword), text: word, offset: start)
    }
    while end < self.bytes.count, Self.isName(self.bytes[end]) { end += 1 }
    self.at = end
    let name = String(decoding: self.bytes[start..<end], as: UTF8.self)
    return Token(kind: .identifier, text: name, offset: start)
  }

  private mutating func integer() throws(BydbQLError) -> Token {
    let start = self.at
    self.at += 1
    while self.at < self.bytes.count, Self.isDigit(self.bytes[self.at]) { self.at += 1 }
    let text = String(decoding: self.bytes[start..<self.at], as: UTF8.self)
    // As it is told again: without a sign that says nothing, and without zeros before it.
    guard let number = Int64(text) else {
      throw .parse("the number at byte \(start) does not fit into 64 bits")
    }
    return Token(kind: .integer, text: String(number), offset: start)
  }

  private mutating func string(_ quote: UInt8) throws(BydbQLError) -> Token {
    let start = self.at
    self.at += 1
    var content: [UInt8] = []
    while self.at < self.bytes.count {
      let byte = self.bytes[self.at]
      self.at += 1
      if byte == quote {
        guard let text = String(validating: content, as: UTF8.self) else {
          throw .parse("the text at byte \(start) is not UTF-8")
        }
        return Token(kind: .string(text), text: text, offset: start)
      }
      guard byte == UInt8(ascii: "\\") else {
        content.append(byte)
        continue
      }
      guard self.at < self.bytes.count else { break }
      try self.escape(to: &content)
    }
    throw .parse("the text at byte \(start) has no end")
  }

  /// What stands behind a backslash: a letter for a control character, a quote, a backslash, or the number
  /// of a character in two, four or eight hexadecimal or in three octal digits.
  private mutating func escape(to content: inout [UInt8]) throws(BydbQLError) {
    let at = self.at - 1
    let byte = self.bytes[self.at]
    self.at += 1
    switch byte {
    case UInt8(ascii: "a"): content.append(7)
    case UInt8(ascii: "b"): content.append(8)
    case UInt8(ascii: "t"): content.append(9)
    case UInt8(ascii: "n"): content.append(10)
    case UInt8(ascii: "v"): content.append(11)
    case UInt8(ascii: "f"): content.append(12)
    case UInt8(ascii: "r"): content.append(13)
    case UInt8(ascii: "\\"), UInt8(ascii: "'"), UInt8(ascii: "\""): content.append(byte)
    case UInt8(ascii: "x"): try self.character(at, digits: 2, radix: 16, to: &content)
    case UInt8(ascii: "u"): try self.character(at, digits: 4, radix: 16, to: &content)
    case UInt8(ascii: "U"): try self.character(at, digits: 8, radix: 16, to: &content)
    case UInt8(ascii: "0")...UInt8(ascii: "7"):
      self.at -= 1
      try self.character(at, digits: 3, radix: 8, to: &content)
    default: throw .parse("the backslash at byte \(at) stands before nothing that it can change")
    }
  }

  private mutating func character(
    _ start: Int, digits: Int, radix: Int, to content: inout [UInt8]
  ) throws(BydbQLError) {
    let text = String(decoding: self.bytes[self.at...].prefix(digits), as: UTF8.self)
    guard text.utf8.count == digits, !text.hasPrefix("+"), !text.hasPrefix("-"),
      let number = UInt32(text, radix: radix), radix == 16 || number < 256,
      let scalar = Unicode.Scalar(number)
    else {
      throw .parse("the backslash at byte \(start) is not followed by the number of a character")
    }
    self.at += digits
    content += Array(String(Character(scalar)).utf8)
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }
  private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
  private static func isNameStart(_ byte: UInt8) -> Bool {
    (65...90).contains(byte) || (97...122).contains(byte) || byte == UInt8(ascii: "_")
  }
  private static func isWord(_ byte: UInt8) -> Bool {
    self.isNameStart(byte) || self.isDigit(byte)
  }
  private static func isName(_ byte: UInt8) -> Bool {
    self.isWord(byte) || byte == UInt8(ascii: "*") || byte == UInt8(ascii: "-")
  }
}
