/// Makes a statement of words. Nesting is kept on a stack of its own: a text can be as deep as it likes
/// up to a limit, and as long.
struct Parser {
  static let depthMax = 100
  static let conditionsMax = 10_000

  var tokens: [Token]
  var at = 0
  var statement = Statement()

  static func parse(_ text: String) throws(BydbQLError) -> Statement {
    var parser = Parser(tokens: try Lexer.tokens(of: text))
    try parser.parse()
    return parser.statement
  }

  private init(tokens: [Token]) { self.tokens = tokens }

  var token: Token { self.tokens[self.at] }

  private mutating func parse() throws(BydbQLError) {
    if self.take(.select) {
      try self.select()
    } else if self.take(.show) {
      try self.showTop()
    } else {
      throw self.unexpected("SELECT or SHOW TOP")
    }
    guard self.token.kind == .end else { throw self.unexpected("the end") }
  }

  // MARK: Words

  /// Letters of a text of the client that an error repeats: it goes into a header.
  private static let shownMax = 60

  func unexpected(_ wanted: String) -> BydbQLError {
    let token = self.token
    return token.kind == .end
      ? .parse("\(wanted) is expected at the end")
      : .parse(
        "\(wanted) is expected at byte \(token.offset), found "
          + String(token.text.prefix(Self.shownMax)).debugDescription)
  }

  func isKeyword(_ keyword: Keyword, ahead: Int = 0) -> Bool {
    let index = self.at + ahead
    return index < self.tokens.count && self.tokens[index].kind == .keyword(keyword)
  }

  func isSymbol(_ symbol: Symbol, ahead: Int = 0) -> Bool {
    let index = self.at + ahead
    return index < self.tokens.count && self.tokens[index].kind == .symbol(symbol)
  }

  mutating func take(_ keyword: Keyword) -> Bool {
    guard self.isKeyword(keyword) else { return false }
    self.at += 1
    return true
  }

  mutating func take(_ symbol: Symbol) -> Bool {
    guard self.isSymbol(symbol) else { return false }
    self.at += 1
    return true
  }

  mutating func expect(_ keyword: Keyword) throws(BydbQLError) {
    guard self.take(keyword) else { throw self.unexpected(keyword.rawValue.uppercased()) }
  }

  mutating func expect(_ symbol: Symbol) throws(BydbQLError) {
    guard self.take(symbol) else { throw self.unexpected(symbol.rawValue) }
  }

  mutating func identifier() throws(BydbQLError) -> String {
    guard self.token.kind == .identifier else { throw self.unexpected("a name") }
    let text = self.token.text
    self.at += 1
    return text
  }

  /// A name of a tag or field: words with dots between them, or one in quotes. A bare keyword is none,
  /// unless a dot or a scope follows, or it stands where nothing else can (`isAlone`).
  mutating func path(isAlone: Bool = false) throws(BydbQLError) -> String {
    if case .string(let text) = self.token.kind {
      guard Self.isQuotedPath(text) else {
        throw .parse("\(text.debugDescription) at byte \(self.token.offset) is no name")
      }
      self.at += 1
      return text
    }
    var path = ""
    while true {
      switch self.token.kind {
      case .identifier: break
      case .keyword:
        guard
          isAlone || !path.isEmpty || self.isSymbol(.dot, ahead: 1)
            || self.isSymbol(.scope, ahead: 1)
        else { throw self.unexpected("a name") }
      default: throw self.unexpected("a name")
      }
      path += self.token.text
      self.at += 1
      guard self.take(.dot) else { return path }
      path += "."
    }
  }

  private static func isQuotedPath(_ text: String) -> Bool {
    guard let first = text.utf8.first, first == 95 || Self.isLetter(first) else { return false }
    return text.utf8.allSatisfy {
      Self.isLetter($0) || (48...57).contains($0) || $0 == 95 || $0 == 46
    }
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (65...90).contains(byte) || (97...122).contains(byte)
  }

  mutating func scope() throws(BydbQLError) -> Statement.Column.Scope? {
    guard self.take(.scope) else { return nil }
    if self.take(.tag) { return .tag }
    if self.take(.field) { return .field }
    throw self.unexpected("TAG or FIELD")
  }

  mutating func placeholder() -> Statement.Scalar? {
    guard self.token.kind == .placeholder else { return nil }
    self.at += 1
    self.statement.placeholderCount += 1
    return .placeholder(self.statement.placeholderCount - 1)
  }

  mutating func scalar() throws(BydbQLError) -> Statement.Scalar {
    if let placeholder = self.placeholder() { return placeholder }
    switch self.token.kind {
    case .string(let text):
      self.at += 1
      return .string(text)
    case .integer:
      let text = self.token.text
      self.at += 1
      return .integer(text)
    case .keyword(.null):
      self.at += 1
      return .null
    default: throw self.unexpected("a value")
    }
  }

  /// A number of rows.
  mutating func count(_ range: ClosedRange<Int64>) throws(BydbQLError) -> Statement.Scalar {
    if let placeholder = self.placeholder() { return placeholder }
    let text = self.token.text
    guard self.token.kind == .integer, let number = Int64(text), range.contains(number) else {
      throw self.unexpected("a number from \(range.lowerBound) to \(range.upperBound)")
    }
    self.at += 1
    return .integer(text)
  }
}
