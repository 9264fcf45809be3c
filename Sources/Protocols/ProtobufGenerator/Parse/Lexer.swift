struct Token {
  enum Kind { case identifier, integer, real, text, symbol, end }
  var kind: Kind
  /// Unescaped for texts.
  var text: String
  var line: Int
  /// The comment lines right above it.
  var comment: [String]
}

/// Splits a .proto text into tokens.
struct Lexer {
  private let path: String
  private let bytes: [UInt8]
  private var at = 0
  private var line = 1
  private var comment: [String] = []

  init(path: String, text: [UInt8]) {
    self.path = path
    self.bytes = text
  }

  static func tokens(path: String, text: [UInt8]) throws(SchemaError) -> [Token] {
    var lexer = Lexer(path: path, text: text)
    var tokens: [Token] = []
    while true {
      let token = try lexer.next()
      tokens.append(token)
      if token.kind == .end { return tokens }
    }
  }

  private func peek(_ ahead: Int = 0) -> UInt8 {
    self.at + ahead < self.bytes.count ? self.bytes[self.at + ahead] : 0
  }

  private mutating func next() throws(SchemaError) -> Token {
    try self.skipBlanks()
    defer { self.comment = [] }
    let start = self.at
    guard start < self.bytes.count else { return self.token(.end, "end of file") }
    let first = self.peek()
    if isLetter(first) {
      while isLetter(self.peek()) || isDigit(self.peek()) { self.at += 1 }
      return self.token(.identifier, self.text(from: start))
    }
    if isDigit(first) || (first == UInt8(ascii: ".") && isDigit(self.peek(1))) {
      return self.number(from: start)
    }
    if first == UInt8(ascii: "\"") || first == UInt8(ascii: "'") { return try self.quoted() }
    self.at += 1
    return self.token(.symbol, self.text(from: start))
  }

  private func token(_ kind: Token.Kind, _ text: String) -> Token {
    Token(kind: kind, text: text, line: self.line, comment: self.comment)
  }

  private func text(from start: Int) -> String {
    String(decoding: self.bytes[start..<self.at], as: UTF8.self)
  }

  private mutating func number(from start: Int) -> Token {
    var isReal = false
    let isHexadecimal = self.peek() == UInt8(ascii: "0") && (self.peek(1) | 0x20) == 0x78
    while isLetter(self.peek()) || isDigit(self.peek()) || self.peek() == UInt8(ascii: ".") {
      let byte = self.peek()
      self.at += 1
      if isHexadecimal { continue }
      if byte == UInt8(ascii: ".") { isReal = true }
      if byte | 0x20 == 0x65 {
        isReal = true
        if self.peek() == UInt8(ascii: "-") || self.peek() == UInt8(ascii: "+") { self.at += 1 }
      }
    }
    return self.token(isReal ? .real : .integer, self.text(from: start))
  }

  private mutating func quoted() throws(SchemaError) -> Token {
    let quote = self.peek()
    self.at += 1
    var content: [UInt8] = []
    while self.peek() != quote {
      guard self.at < self.bytes.count, self.peek() != 10 else {
        throw SchemaError(path: self.path, line: self.line, message: "a text has no end")
      }
      var byte = self.peek()
      self.at += 1
      if byte == UInt8(ascii: "\\") {
        byte = self.peek()
        self.at += 1
        switch byte {
        case UInt8(ascii: "n"): byte = 10
        case UInt8(ascii: "t"): byte = 9
        case UInt8(ascii: "r"): byte = 13
        case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "'"): break
        default:
          throw SchemaError(
            path: self.path, line: self.line,
            message: "the escape \\\(Character(Unicode.Scalar(byte))) is not supported")
        }
      }
      content.append(byte)
    }
    self.at += 1
    return self.token(.text, String(decoding: content, as: UTF8.self))
  }

  private mutating func skipBlanks() throws(SchemaError) {
    var lineOfComment = self.line
    while self.at < self.bytes.count {
      switch (self.peek(), self.peek(1)) {
      case (UInt8(ascii: "\n"), _):
        self.line += 1
        self.at += 1
        // An empty line parts a comment from what follows.
        if self.line > lineOfComment + 1 { self.comment = [] }
      case (UInt8(ascii: " "), _), (UInt8(ascii: "\t"), _), (UInt8(ascii: "\r"), _):
        self.at += 1
      case (UInt8(ascii: "/"), UInt8(ascii: "/")):
        self.lineComment()
        lineOfComment = self.line
      case (UInt8(ascii: "/"), UInt8(ascii: "*")):
        try self.blockComment()
        lineOfComment = self.line
      default: return
      }
    }
  }

  private mutating func lineComment() {
    let isTrailing = self.followsCode
    self.at += 2
    if self.peek() == UInt8(ascii: " ") { self.at += 1 }
    let start = self.at
    while self.at < self.bytes.count, self.peek() != 10 { self.at += 1 }
    // A comment behind code is about that code.
    if !isTrailing { self.comment.append(self.text(from: start)) }
  }

  /// Whether something other than blanks stands before this place on its line.
  private var followsCode: Bool {
    var place = self.at - 1
    while place >= 0, self.bytes[place] != 10 {
      if self.bytes[place] != UInt8(ascii: " "), self.bytes[place] != 9 { return true }
      place -= 1
    }
    return false
  }

  private mutating func blockComment() throws(SchemaError) {
    self.at += 2
    while !(self.peek() == UInt8(ascii: "*") && self.peek(1) == UInt8(ascii: "/")) {
      guard self.at < self.bytes.count else {
        throw SchemaError(path: self.path, line: self.line, message: "a comment has no end")
      }
      if self.peek() == 10 { self.line += 1 }
      self.at += 1
    }
    self.at += 2
    self.comment = []
  }
}

private func isLetter(_ byte: UInt8) -> Bool {
  byte == UInt8(ascii: "_") || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A)
}

private func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
