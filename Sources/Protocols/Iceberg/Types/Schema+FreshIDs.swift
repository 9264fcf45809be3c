extension Schema {
  /// The same columns with ids from 1, as a table that is created gets them: all fields of a struct in
  /// their order, then what is inside of each. Identifiers follow their fields.
  ///
  /// - Returns: the schema, and where each old id went.
  public func withFreshIDs(
    startingAfter last: Int = 0
  ) throws(IcebergError) -> (schema: Schema, newIDs: [Int: Int]) {
    var numbering = FreshNumbering(last: last)
    var schema = self
    schema.fields = try numbering.fields(self.fields)
    var identifiers: [Int] = []
    for id in self.identifierFieldIDs {
      guard let new = numbering.newIDs[id] else {
        throw .validation("identifier field \(id) is not in the schema")
      }
      identifiers.append(new)
    }
    schema.identifierFieldIDs = identifiers
    return (schema, numbering.newIDs)
  }
}

private struct FreshNumbering {
  var last: Int
  var newIDs: [Int: Int] = [:]

  mutating func next(for old: Int) throws(IcebergError) -> Int {
    guard self.last < IcebergLimits.fieldIDMax else { throw .validation("there are no more ids") }
    self.last += 1
    guard self.newIDs.updateValue(self.last, forKey: old) == nil else {
      throw .validation("the schema has field id \(old) twice")
    }
    return self.last
  }

  mutating func fields(_ fields: [NestedField]) throws(IcebergError) -> [NestedField] {
    var result = fields
    for index in result.indices { result[index].id = try self.next(for: fields[index].id) }
    for index in result.indices { result[index].type = try self.type(fields[index].type) }
    return result
  }

  mutating func type(_ type: IcebergType) throws(IcebergError) -> IcebergType {
    switch type {
    case .primitive: return type
    case .structure(var structure):
      structure.fields = try self.fields(structure.fields)
      return .structure(structure)
    case .list(var list):
      list.elementID = try self.next(for: list.elementID)
      list.element = try self.type(list.element)
      return .list(list)
    case .map(var map):
      map.keyID = try self.next(for: map.keyID)
      map.valueID = try self.next(for: map.valueID)
      map.key = try self.type(map.key)
      map.value = try self.type(map.value)
      return .map(map)
    }
  }
}
