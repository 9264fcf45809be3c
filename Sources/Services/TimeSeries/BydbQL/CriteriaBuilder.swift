import Protobuf
import SeriesModel
import SeriesWire

/// Criteria of a statement as the tree that native requests have. Chains of one operator join from the
/// left, `((a AND b) AND c)`; long ones are halved instead, so that no tree is deeper than it must be.
struct CriteriaBuilder {
  private static let chainMax = 64

  private enum Node {
    case one(ModelWire.Criteria)
    case chain(ModelWire.LogicalExpression.LogicalOp, [ModelWire.Criteria])
  }

  let catalog: ColumnCatalog

  func criteria(_ steps: [Statement.Step]) throws(BydbQLError) -> ModelWire.Criteria? {
    var stack: [Node] = []
    for step in steps {
      switch step {
      case .condition(let path, let test):
        let condition = try self.condition(path, test)
        stack.append(.one(ModelWire.Criteria { $0.exp = .condition(condition) }))
      case .and: self.join(.and, &stack)
      case .or: self.join(.or, &stack)
      }
    }
    return stack.last.map(self.tree)
  }

  private func join(_ op: ModelWire.LogicalExpression.LogicalOp, _ stack: inout [Node]) {
    let right = self.tree(stack.removeLast())
    switch stack.removeLast() {
    case .chain(op, let members): stack.append(.chain(op, members + [right]))
    case let left: stack.append(.chain(op, [self.tree(left), right]))
    }
  }

  private func tree(_ node: Node) -> ModelWire.Criteria {
    switch node {
    case .one(let criteria): criteria
    case .chain(let op, let members): self.tree(op, members[...])
    }
  }

  private func tree(
    _ op: ModelWire.LogicalExpression.LogicalOp, _ members: ArraySlice<ModelWire.Criteria>
  ) -> ModelWire.Criteria {
    guard members.count > Self.chainMax else {
      return members.dropFirst().reduce(members[members.startIndex]) { self.pair(op, $0, $1) }
    }
    let middle = members.startIndex + members.count / 2
    return self.pair(op, self.tree(op, members[..<middle]), self.tree(op, members[middle...]))
  }

  private func pair(
    _ op: ModelWire.LogicalExpression.LogicalOp, _ left: ModelWire.Criteria,
    _ right: ModelWire.Criteria
  ) -> ModelWire.Criteria {
    ModelWire.Criteria {
      $0.exp = .le(
        ModelWire.LogicalExpression {
          $0.op = op
          $0.left = left
          $0.right = right
        })
    }
  }

  // MARK: Conditions

  func condition(
    _ path: String, _ test: Statement.Test
  ) throws(BydbQLError) -> ModelWire.Condition {
    guard let tag = self.catalog.tag(path) else {
      throw self.catalog.hasField(path)
        ? .transform("\(path) is a field: conditions are on tags")
        : .transform("there is no column \(path)")
    }
    var condition = ModelWire.Condition { $0.name = tag.name }
    if case .match(let match) = test {
      condition.op = .match
      condition.value = try Self.words(match.values, tag)
      condition.matchOption = try Self.option(match)
      return condition
    }
    guard tag.type != .binary, tag.type != .timestamp else {
      throw .transform("tag \(path) has a type that cannot be compared")
    }
    switch test {
    case .match: break
    case .compare(let symbol, let value):
      condition.op = Self.op(symbol)
      condition.value = try self.scalar(value, tag, allowsNull: true)
    case .among(let values, let isNegated):
      condition.op = isNegated ? .notIn : .in
      condition.value = try self.list(values, tag)
    case .having(let values, let isList, let isNegated):
      condition.op = isNegated ? .notHaving : .having
      condition.value =
        isList ? try self.list(values, tag) : try self.scalar(values[0], tag, allowsNull: false)
    }
    return condition
  }

  /// Whatever the tag's type: whether it has words is for the query to say.
  private static func words(
    _ values: [Statement.Scalar], _ tag: ColumnCatalog.Tag
  ) throws(BydbQLError) -> ModelWire.TagValue {
    guard !values.contains(.null) else {
      throw .transform("tag \(tag.name): NULL stands in comparisons only")
    }
    let texts = values.map(self.text)
    return ModelWire.TagValue {
      $0.value =
        texts.count == 1
        ? .str(ModelWire.Str { $0.value = texts[0] })
        : .strArray(ModelWire.StrArray { $0.value = texts })
    }
  }

  private static func op(_ symbol: Symbol) -> ModelWire.Condition.BinaryOp {
    switch symbol {
    case .notEqual: .ne
    case .less: .lt
    case .greater: .gt
    case .atMost: .le
    case .atLeast: .ge
    default: .eq
    }
  }

  private static func option(
    _ match: Statement.Match
  ) throws(BydbQLError) -> ModelWire.Condition.MatchOption? {
    guard match.analyzer != nil || match.operator != nil else { return nil }
    var option = ModelWire.Condition.MatchOption { $0.analyzer = match.analyzer ?? "" }
    switch match.operator?.uppercased() {
    case nil: break
    case "AND": option.operator = .and
    case "OR": option.operator = .or
    case let name?: throw .transform("MATCH joins words with AND or OR, not \(name)")
    }
    return option
  }

  private func scalar(
    _ value: Statement.Scalar, _ tag: ColumnCatalog.Tag, allowsNull: Bool
  ) throws(BydbQLError) -> ModelWire.TagValue {
    switch value {
    case .null:
      guard allowsNull else { throw .transform("tag \(tag.name): NULL stands in comparisons only") }
      return ModelWire.TagValue { $0.value = .null(ProtoNullValue()) }
    case .string, .integer:
      if tag.type == .int || tag.type == .ints {
        let number = try self.integer(value, tag)
        return ModelWire.TagValue { $0.value = .int(ModelWire.Int { $0.value = number }) }
      }
      let text = Self.text(value)
      return ModelWire.TagValue { $0.value = .str(ModelWire.Str { $0.value = text }) }
    case .placeholder: preconditionFailure("BUG: a question mark without a value")
    }
  }

  private func list(
    _ values: [Statement.Scalar], _ tag: ColumnCatalog.Tag
  ) throws(BydbQLError) -> ModelWire.TagValue {
    guard !values.contains(.null) else {
      throw .transform("tag \(tag.name): NULL stands in comparisons only")
    }
    if tag.type == .int || tag.type == .ints {
      var numbers: [Int64] = []
      for value in values { numbers.append(try self.integer(value, tag)) }
      return ModelWire.TagValue { $0.value = .intArray(ModelWire.IntArray { $0.value = numbers }) }
    }
    let texts = values.map(Self.text)
    return ModelWire.TagValue { $0.value = .strArray(ModelWire.StrArray { $0.value = texts }) }
  }

  private static func text(_ value: Statement.Scalar) -> String {
    switch value {
    case .string(let text), .integer(let text): text
    case .null, .placeholder: ""
    }
  }

  private func integer(
    _ value: Statement.Scalar, _ tag: ColumnCatalog.Tag
  ) throws(BydbQLError) -> Int64 {
    let text = Self.text(value)
    guard let number = Int64(text) else {
      throw .transform("tag \(tag.name) is an integer, \(text.debugDescription) is none")
    }
    return number
  }
}
