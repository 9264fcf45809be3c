/// Options: standard ones are kept by name, custom ones (in parentheses) are skipped.
extension Parser {
  /// What follows the word `option`.
  mutating func option(into options: inout SchemaOptions) throws(SchemaError) {
    let name = try self.optionName()
    try self.expect("=")
    let value = try self.optionValue()
    try self.expect(";")
    if let name { options.entries.append((name, value)) }
  }

  /// Nil for a custom option.
  mutating func optionName() throws(SchemaError) -> String? {
    var isCustom = false
    var name = ""
    repeat {
      if self.take(symbol: "(") {
        isCustom = true
        _ = try self.dottedName()
        try self.expect(")")
      } else {
        name += (name.isEmpty ? "" : ".") + (try self.identifier())
      }
    } while self.take(symbol: ".")
    return isCustom ? nil : name
  }

  mutating func optionValue() throws(SchemaError) -> String {
    if self.peek.kind == .text { return try self.text() }
    if self.peek.kind == .symbol, self.peek.text == "{" {
      try self.skipBraces()
      return ""
    }
    let sign = self.take(symbol: "-") ? "-" : ""
    _ = self.take(symbol: "+")
    return sign + self.advance().text
  }

  /// An aggregate value of a custom option.
  private mutating func skipBraces() throws(SchemaError) {
    var depth = 0
    repeat {
      let token = self.advance()
      guard token.kind != .end else { throw self.error("an option's value has no end") }
      if token.kind == .symbol, token.text == "{" { depth += 1 }
      if token.kind == .symbol, token.text == "}" { depth -= 1 }
    } while depth > 0
  }
}
