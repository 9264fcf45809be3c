/// The clauses, in the order in which they must stand.
extension Parser {
  mutating func select() throws(BydbQLError) {
    self.statement.projection = try self.projection()
    try self.from()
    self.statement.times = try self.times()
    if self.take(.where) { try self.criteria(allowsOr: true) }
    if self.take(.group) {
      try self.expect(.by)
      repeat {
        let path = try self.path()
        self.statement.grouping.append(Statement.Column(path: path, scope: try self.scope()))
      } while self.take(.comma)
    }
    if self.take(.order) {
      try self.expect(.by)
      self.statement.order = try self.order()
    }
    try self.queryTrace()
    if self.take(.limit) { self.statement.limit = try self.count(Statement.counts) }
    if self.take(.offset) { self.statement.offset = try self.count(Statement.counts) }
  }

  mutating func showTop() throws(BydbQLError) {
    try self.expect(.top)
    self.statement.isTop = true
    self.statement.topCount = try self.count(1...Statement.topCounts.upperBound)
    try self.from()
    guard self.statement.kind == .measure else {
      throw .parse("SHOW TOP is for measures only, and stops at byte \(self.token.offset)")
    }
    self.statement.times = try self.times()
    if self.take(.where) { try self.criteria(allowsOr: false) }
    if self.take(.aggregate) {
      try self.expect(.by)
      guard case .keyword(let keyword) = self.token.kind, keyword.isFunction else {
        throw self.unexpected("a function")
      }
      self.at += 1
      self.statement.aggregate = keyword
    }
    if self.take(.order) {
      try self.expect(.by)
      let isDescending = self.take(.desc)
      if !isDescending { _ = self.take(.asc) }
      self.statement.order = Statement.Order(path: nil, isDescending: isDescending)
    }
    try self.queryTrace()
  }

  private mutating func queryTrace() throws(BydbQLError) {
    guard self.take(.with) else { return }
    try self.expect(.queryTrace)
    self.statement.isTraced = true
  }

  private mutating func projection() throws(BydbQLError) -> Statement.Projection {
    if self.take(.star) { return .all }
    if self.isSymbol(.open) {
      self.at += 1
      try self.expect(.close)
      return .none
    }
    if self.isKeyword(.top), !self.isSymbol(.dot, ahead: 1), !self.isSymbol(.scope, ahead: 1) {
      self.at += 1
      let count = try self.count(Statement.topCounts)
      let field = try self.path()
      let isDescending = self.take(.desc)
      if !isDescending { _ = self.take(.asc) }
      var items: [Statement.Item] = []
      while self.take(.comma) { items.append(try self.item()) }
      return .top(count, field: field, isDescending: isDescending, items)
    }
    var items = [try self.item()]
    while self.take(.comma) { items.append(try self.item()) }
    return .columns(items)
  }

  private mutating func item() throws(BydbQLError) -> Statement.Item {
    if case .keyword(let keyword) = self.token.kind, keyword.isFunction,
      self.isSymbol(.open, ahead: 1)
    {
      self.at += 2
      let path = try self.path(isAlone: true)
      try self.expect(.close)
      return .aggregate(keyword, path)
    }
    let path = try self.path()
    return .column(Statement.Column(path: path, scope: try self.scope()))
  }

  private mutating func from() throws(BydbQLError) {
    try self.expect(.from)
    guard case .keyword(let keyword) = self.token.kind,
      let kind = Statement.Kind(rawValue: keyword.rawValue)
    else { throw self.unexpected("STREAM, MEASURE, TRACE or PROPERTY") }
    self.at += 1
    self.statement.kind = kind
    self.statement.name = try self.identifier()
    try self.expect(.in)
    self.statement.groups = try self.names()
    guard self.take(.on) else { return }
    self.statement.stages = try self.names()
    try self.expect(.stages)
  }

  private mutating func names() throws(BydbQLError) -> [String] {
    let isOpen = self.take(.open)
    var names = [try self.identifier()]
    while self.take(.comma) { names.append(try self.identifier()) }
    if isOpen { try self.expect(.close) }
    return names
  }

  private mutating func times() throws(BydbQLError) -> Statement.Times? {
    guard self.take(.time) else { return nil }
    if self.take(.between) {
      let begin = try self.time()
      try self.expect(.and)
      return .between(begin, try self.time())
    }
    guard case .symbol(let symbol) = self.token.kind, symbol.isComparison, symbol != .notEqual
    else { throw self.unexpected("a comparison or BETWEEN") }
    self.at += 1
    return .compare(symbol, try self.time())
  }

  private mutating func time() throws(BydbQLError) -> Statement.Scalar {
    guard !self.isKeyword(.null) else { throw self.unexpected("a time") }
    return try self.scalar()
  }

  private mutating func order() throws(BydbQLError) -> Statement.Order {
    guard self.token.kind != .placeholder else { throw self.unexpected("a name or a direction") }
    for keyword in [Keyword.asc, .desc]
    where self.isKeyword(keyword) && !self.isSymbol(.dot, ahead: 1) {
      self.at += 1
      return Statement.Order(path: nil, isDescending: keyword == .desc)
    }
    // TIME is a keyword, and yet what rows are ordered by most.
    var path: String?
    if self.isKeyword(.time), !self.isSymbol(.dot, ahead: 1) {
      self.at += 1
    } else {
      path = try self.path()
      if path?.lowercased() == "time" { path = nil }
    }
    let isDescending = self.take(.desc)
    if !isDescending { _ = self.take(.asc) }
    return Statement.Order(path: path, isDescending: isDescending)
  }
}

extension Keyword {
  var isFunction: Bool {
    switch self {
    case .sum, .mean, .avg, .count, .max, .min: true
    default: false
    }
  }
}

extension Symbol {
  var isComparison: Bool {
    switch self {
    case .equal, .notEqual, .atLeast, .atMost, .greater, .less: true
    case .scope, .open, .close, .comma, .dot, .star: false
    }
  }
}
