/// Conditions, by precedence: what AND joins is one side of an OR. Both join from the left.
extension Parser {
  private enum Waiting {
    case and
    case or
    case open
  }

  mutating func criteria(allowsOr: Bool) throws(BydbQLError) {
    var waiting: [Waiting] = []
    while true {
      while self.take(.open) {
        waiting.append(.open)
        guard waiting.count <= Self.depthMax else {
          throw .parse(
            "parentheses are nested deeper than \(Self.depthMax) at byte \(self.token.offset)")
        }
      }
      try self.condition()
      while self.isSymbol(.close), self.closes(&waiting) { self.at += 1 }
      if self.take(.and) {
        // An AND that waits is done first: it stands to the left.
        while waiting.last == .and { self.join(&waiting) }
        waiting.append(.and)
      } else if self.isKeyword(.or) {
        guard allowsOr else { throw self.unexpected("AND or the end of WHERE") }
        self.at += 1
        while let last = waiting.last, last != .open { self.join(&waiting) }
        waiting.append(.or)
      } else {
        break
      }
    }
    while let last = waiting.last {
      guard last != .open else { throw self.unexpected(")") }
      self.join(&waiting)
    }
  }

  private mutating func join(_ waiting: inout [Waiting]) {
    self.statement.criteria.append(waiting.removeLast() == .and ? .and : .or)
  }

  /// Ends what stands inside the innermost parenthesis. False when there is none.
  private mutating func closes(_ waiting: inout [Waiting]) -> Bool {
    guard waiting.contains(.open) else { return false }
    while let last = waiting.last, last != .open { self.join(&waiting) }
    waiting.removeLast()
    return true
  }

  private mutating func condition() throws(BydbQLError) {
    guard self.statement.criteria.count < 2 * Self.conditionsMax else {
      throw .parse(
        "more than \(Self.conditionsMax) conditions: the next is at byte \(self.token.offset)")
    }
    let path = try self.path()
    self.statement.criteria.append(.condition(path: path, try self.test()))
  }

  private mutating func test() throws(BydbQLError) -> Statement.Test {
    if case .symbol(let symbol) = self.token.kind, symbol.isComparison {
      self.at += 1
      return .compare(symbol, try self.scalar())
    }
    if self.take(.match) { return .match(try self.match()) }
    let isNegated = self.take(.not)
    if self.take(.in) {
      try self.expect(.open)
      if self.take(.close) { return .among([], isNegated: isNegated) }
      let values = try self.values()
      try self.expect(.close)
      return .among(values, isNegated: isNegated)
    }
    if self.take(.having) {
      guard self.take(.open) else {
        return .having([try self.scalar()], isList: false, isNegated: isNegated)
      }
      let values = try self.values()
      try self.expect(.close)
      return .having(values, isList: true, isNegated: isNegated)
    }
    throw self.unexpected(isNegated ? "IN or HAVING" : "a comparison, MATCH, IN or HAVING")
  }

  private mutating func values() throws(BydbQLError) -> [Statement.Scalar] {
    var values = [try self.scalar()]
    while self.take(.comma) { values.append(try self.scalar()) }
    return values
  }

  private mutating func match() throws(BydbQLError) -> Statement.Match {
    try self.expect(.open)
    var match = Statement.Match(values: [])
    if self.take(.open) {
      match.values = try self.values()
      try self.expect(.close)
    } else {
      match.values = [try self.scalar()]
    }
    if self.take(.comma) {
      match.analyzer = try self.option()
      if self.take(.comma) { match.operator = try self.option() }
    }
    try self.expect(.close)
    return match
  }

  private mutating func option() throws(BydbQLError) -> String {
    guard case .string(let text) = self.token.kind else { throw self.unexpected("a text") }
    self.at += 1
    return text
  }
}
