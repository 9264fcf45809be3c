public import JSON

extension Expression: JSONEncodable {
  /// Which readers the text is for.
  public enum Form: Sendable {
    /// What every client reads.
    case terms
    /// That of the expression specification.
    case references
  }

  public func encode(to json: inout JSONWriter) { self.encode(to: &json, form: .terms) }

  public func encode(to json: inout JSONWriter, form: Form) {
    switch self {
    case .alwaysTrue: json.value(true)
    case .alwaysFalse: json.value(false)
    case .and(let left, let right): Self.encode("and", left, right, to: &json, form)
    case .or(let left, let right): Self.encode("or", left, right, to: &json, form)
    case .not(let child):
      json.object { json in
        json.member("type", "not")
        json.member("child") { json in child.encode(to: &json, form: form) }
      }
    case .predicate(let predicate): predicate.encode(to: &json, form: form)
    }
  }

  private static func encode(
    _ type: String, _ left: Expression, _ right: Expression, to json: inout JSONWriter,
    _ form: Form
  ) {
    json.object { json in
      json.member("type", type)
      json.member("left") { json in left.encode(to: &json, form: form) }
      json.member("right") { json in right.encode(to: &json, form: form) }
    }
  }
}

extension Expression.Predicate {
  func encode(to json: inout JSONWriter, form: Expression.Form) {
    json.object { json in
      json.member("type", self.operation.rawValue)
      let isComparison = !self.operation.isUnary && !self.operation.isSet
      switch form {
      case .terms: json.name("term")
      case .references: if isComparison { json.name("left") } else { json.name("child") }
      }
      self.term.encode(to: &json, form: form)
      if self.operation.isSet {
        json.member("values", self.operands)
      } else if isComparison, let operand = self.operands.first {
        if form == .terms { json.name("value") } else { json.name("right") }
        operand.encode(to: &json)
      }
    }
  }
}

extension Expression.Term {
  func encode(to json: inout JSONWriter, form: Expression.Form) {
    switch (self, form) {
    case (.reference(.name(let name)), .terms): json.value(name)
    case (.reference(let reference), _): reference.encode(to: &json)
    case (.transform(let transform, let reference), .terms):
      json.object { json in
        json.member("type", "transform")
        json.member("transform", transform)
        json.member("term") { json in
          Expression.Term.reference(reference).encode(to: &json, form: .terms)
        }
      }
    case (.transform(let transform, let reference), .references):
      json.object { json in
        json.member("type", "apply")
        let text = transform.description
        json.member("function", String(text.prefix { $0 != "[" }))
        json.member("arguments") { json in
          json.array { json in
            switch transform {
            case .bucket(let count), .truncate(let count): json.integer(count)
            default: break
            }
            reference.encode(to: &json)
          }
        }
      }
    }
  }
}

extension Expression.Reference {
  func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("type", "reference")
      switch self {
      case .name(let name): json.member("name", name)
      case .id(let id): json.member("id", id)
      }
    }
  }
}

extension Expression.Operand: JSONEncodable {
  public func encode(to json: inout JSONWriter) {
    switch self {
    case .literal(let value): value.encode(to: &json)
    case .json(let value, nil): json.value(value)
    case .json(let value, let type?):
      json.object { json in
        json.member("type", "literal")
        json.member("value", value)
        json.member("data-type", type.description)
      }
    }
  }
}
