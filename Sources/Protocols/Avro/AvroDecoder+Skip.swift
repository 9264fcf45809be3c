extension AvroDecoder {
  /// Goes past a value.
  @_lifetime(self: copy self)
  public mutating func skip(
    _ schema: AvroSchema, in types: AvroTypes, depth: Int = 0
  ) throws(AvroError) {
    try self.spend()
    guard depth < self.limits.depthMax else {
      throw AvroError(.tooLarge, "more than \(self.limits.depthMax) values inside of each other")
    }
    switch schema.shape {
    case .null: break
    case .boolean: _ = try self.boolean()
    case .int, .long, .enumeration: _ = try self.long()
    case .float: _ = try self.fixed(4)
    case .double: _ = try self.fixed(8)
    case .bytes, .string: _ = try self.bytes()
    case .fixed(_, let count): _ = try self.fixed(count)
    case .record(_, let fields):
      for field in fields { try self.skip(field.schema, in: types, depth: depth + 1) }
    case .array(let element):
      try self.skipBlocks { (decoder) throws(AvroError) in
        try decoder.skip(element, in: types, depth: depth + 1)
      }
    case .map(let value):
      try self.skipBlocks { (decoder) throws(AvroError) in
        _ = try decoder.bytes()
        try decoder.skip(value, in: types, depth: depth + 1)
      }
    case .union(let branches):
      let index = try self.branch(of: branches.count)
      try self.skip(branches[index], in: types, depth: depth + 1)
    case .reference:
      try self.skip(try types.resolve(schema), in: types, depth: depth + 1)
    }
  }

  @_lifetime(self: copy self)
  private mutating func skipBlocks(
    _ item: (inout AvroDecoder) throws(AvroError) -> Void
  ) throws(AvroError) {
    while true {
      let count = try self.long()
      if count == 0 { return }
      guard count < 0 else {
        try self.spend(Int(count))
        for _ in 0..<count { try item(&self) }
        continue
      }
      let size = try self.long()
      guard size >= 0 else { throw self.malformed("a block of \(size) bytes") }
      _ = try self.fixed(Int(size))
    }
  }
}
