/// Reads a .proto text: proto3, and of proto2 what descriptors need (labels and defaults; no groups,
/// no extensions). Custom options are dropped, everything else unknown is an error.
struct Parser {
  let path: String
  private let tokens: [Token]
  private var place = 0
  var file = SchemaFile()

  static func parse(path: String, text: [UInt8]) throws(SchemaError) -> SchemaFile {
    var parser = Parser(path: path, tokens: try Lexer.tokens(path: path, text: text))
    try parser.parseFile()
    return parser.file
  }

  private init(path: String, tokens: [Token]) {
    self.path = path
    self.tokens = tokens
  }

  private mutating func parseFile() throws(SchemaError) {
    self.file.path = self.path
    self.file.isProto3 = false
    while self.peek.kind != .end {
      if self.take(symbol: ";") { continue }
      let comment = self.peek.comment
      let word = try self.identifier()
      switch word {
      case "syntax": try self.syntax()
      case "package":
        self.file.package = try self.dottedName()
        try self.expect(";")
      case "import": try self.parseImport()
      case "option": try self.option(into: &self.file.options)
      case "message": self.file.messages.append(try self.message(comment, scope: self.scope))
      case "enum": self.file.enums.append(try self.enumeration(comment, scope: self.scope))
      case "service": self.file.services.append(try self.service(comment))
      default: throw self.error("\(word) is not supported here")
      }
    }
    self.file.swiftPrefix = self.file.options["swift_prefix"] ?? ""
  }

  private var scope: String { self.file.package.isEmpty ? "" : ".\(self.file.package)" }

  private mutating func syntax() throws(SchemaError) {
    try self.expect("=")
    let name = try self.text()
    guard name == "proto3" || name == "proto2" else { throw self.error("syntax \(name)") }
    self.file.isProto3 = name == "proto3"
    try self.expect(";")
  }

  private mutating func parseImport() throws(SchemaError) {
    if self.take(word: "public") { self.file.publicImports.insert(self.file.imports.count) }
    self.file.imports.append(try self.text())
    try self.expect(";")
  }

  private mutating func service(_ comment: [String]) throws(SchemaError) -> SchemaService {
    let service = SchemaService()
    service.comment = comment
    service.name = try self.identifier()
    service.fullName = "\(self.scope).\(service.name)"
    try self.expect("{")
    while !self.take(symbol: "}") {
      if self.take(symbol: ";") { continue }
      let comment = self.peek.comment
      let word = try self.identifier()
      switch word {
      case "option": try self.option(into: &service.options)
      case "rpc": service.methods.append(try self.method(comment))
      default: throw self.error("\(word) is not supported in a service")
      }
    }
    return service
  }

  private mutating func method(_ comment: [String]) throws(SchemaError) -> SchemaService.Method {
    var method = SchemaService.Method()
    method.comment = comment
    method.name = try self.identifier()
    try self.expect("(")
    method.streamsRequests = self.takeStream()
    method.input = try self.dottedName()
    try self.expect(")")
    guard self.take(word: "returns") else { throw self.error("an rpc without returns") }
    try self.expect("(")
    method.streamsResponses = self.takeStream()
    method.output = try self.dottedName()
    try self.expect(")")
    if self.take(symbol: ";") { return method }
    try self.expect("{")
    while !self.take(symbol: "}") {
      if self.take(symbol: ";") { continue }
      guard self.take(word: "option") else { throw self.error("only options stand in an rpc") }
      try self.option(into: &method.options)
    }
    return method
  }

  /// `stream` before a type name; a type may itself be called stream.
  private mutating func takeStream() -> Bool {
    guard self.peek.text == "stream",
      self.tokens[self.place + 1].kind == .identifier
        || self.tokens[self.place + 1].text == "."
    else { return false }
    self.place += 1
    return true
  }
}

/// Single tokens.
extension Parser {
  var peek: Token { self.tokens[self.place] }

  func error(_ message: String) -> SchemaError {
    SchemaError(path: self.path, line: self.peek.line, message: message)
  }

  mutating func advance() -> Token {
    let token = self.tokens[self.place]
    if token.kind != .end { self.place += 1 }
    return token
  }

  mutating func take(symbol: String) -> Bool {
    guard self.peek.kind == .symbol, self.peek.text == symbol else { return false }
    self.place += 1
    return true
  }

  mutating func take(word: String) -> Bool {
    guard self.peek.kind == .identifier, self.peek.text == word else { return false }
    self.place += 1
    return true
  }

  mutating func expect(_ symbol: String) throws(SchemaError) {
    guard self.take(symbol: symbol) else {
      throw self.error("\(symbol) is expected, found \(self.peek.text)")
    }
  }

  mutating func identifier() throws(SchemaError) -> String {
    guard self.peek.kind == .identifier else {
      throw self.error("a name is expected, found \(self.peek.text)")
    }
    return self.advance().text
  }

  /// `a.b.C`, or `.a.b.C`.
  mutating func dottedName() throws(SchemaError) -> String {
    var name = self.take(symbol: ".") ? "." : ""
    name += try self.identifier()
    while self.take(symbol: ".") { name += "." + (try self.identifier()) }
    return name
  }

  mutating func text() throws(SchemaError) -> String {
    guard self.peek.kind == .text else {
      throw self.error("a quoted text is expected, found \(self.peek.text)")
    }
    var text = ""
    while self.peek.kind == .text { text += self.advance().text }
    return text
  }

  mutating func integer() throws(SchemaError) -> Int {
    let isNegative = self.take(symbol: "-")
    let token = self.advance()
    guard token.kind == .integer, let value = parsedInteger(token.text) else {
      throw self.error("a number is expected, found \(token.text)")
    }
    return isNegative ? -value : value
  }
}

private func parsedInteger(_ text: String) -> Int? {
  if text.hasPrefix("0x") || text.hasPrefix("0X") { return Int(text.dropFirst(2), radix: 16) }
  if text.count > 1, text.hasPrefix("0") { return Int(text.dropFirst(), radix: 8) }
  return Int(text)
}
