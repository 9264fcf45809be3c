private import JSON

extension Schema {
  /// Checks what must hold in every schema of a table of that version.
  ///
  /// - Parameter firstID: 0 for a view: nothing is stored by its ids, and Spark begins there.
  public func check(
    formatVersion: Int, isCaseInsensitive: Bool = false, firstID: Int = 1
  ) throws(IcebergError) {
    var ids: Set<Int> = []
    try self.forEachField { (place) throws(IcebergError) in
      guard (firstID...IcebergLimits.fieldIDMax).contains(place.id) else {
        throw .validation(
          "the id of \(quoted(place.path)) is \(place.id); "
            + "ids are \(firstID) to \(IcebergLimits.fieldIDMax)")
      }
      guard ids.insert(place.id).inserted else {
        throw .validation("field id \(place.id) of \(quoted(place.path)) is there twice")
      }
      guard ids.count <= IcebergLimits.fieldCountMax else {
        throw .validation("a schema has at most \(IcebergLimits.fieldCountMax) fields")
      }
      if let type = place.type.primitive { try Self.check(type, of: place, formatVersion) }
    }
    try Self.check(self.fields, under: "", formatVersion, isCaseInsensitive)
    try self.checkIdentifiers()
  }

  private static func check(
    _ type: PrimitiveType, of place: FieldPlace, _ formatVersion: Int
  ) throws(IcebergError) {
    guard type.formatVersion <= formatVersion else {
      throw .validation(
        "Invalid type for \(place.path): \(type) is not supported until v\(type.formatVersion)")
    }
    if case .unknown = type, place.isRequired {
      throw .validation("\(quoted(place.path)) has type unknown and must be optional")
    }
  }

  /// Names and defaults of the fields of one struct, and of those inside of them.
  private static func check(
    _ fields: [NestedField], under prefix: String, _ formatVersion: Int, _ isCaseInsensitive: Bool
  ) throws(IcebergError) {
    var names: Set<ExactText> = []
    for field in fields {
      let path = prefix.isEmpty ? field.name : "\(prefix).\(field.name)"
      guard !field.name.isEmpty else { throw .validation("field \(field.id) has no name") }
      guard
        names.insert(
          ExactText(isCaseInsensitive ? field.name.lowercased() : field.name)
        ).inserted
      else {
        throw .validation("the name \(quoted(path)) is there twice")
      }
      try DefaultRules.check(field, path: path, formatVersion: formatVersion)
      try self.check(field.type, under: path, formatVersion, isCaseInsensitive)
    }
  }

  private static func check(
    _ type: IcebergType, under path: String, _ formatVersion: Int, _ isCaseInsensitive: Bool
  ) throws(IcebergError) {
    switch type {
    case .primitive: break
    case .structure(let structure):
      try self.check(structure.fields, under: path, formatVersion, isCaseInsensitive)
    case .list(let list):
      try self.check(list.element, under: "\(path).element", formatVersion, isCaseInsensitive)
    case .map(let map):
      try self.check(map.key, under: "\(path).key", formatVersion, isCaseInsensitive)
      try self.check(map.value, under: "\(path).value", formatVersion, isCaseInsensitive)
    }
  }

  private func checkIdentifiers() throws(IcebergError) {
    guard !self.identifierFieldIDs.isEmpty else { return }
    let index = SchemaIndex(self)
    for id in self.identifierFieldIDs {
      guard let place = index[id] else {
        throw .validation("identifier field \(id) is not in the schema")
      }
      let reason: String? =
        switch place.type {
        case .primitive(.float), .primitive(.double): "is a floating-point number"
        case .primitive(.variant): "is no primitive"
        case .primitive where place.isRepeated: "is inside of a list or map"
        case .primitive where place.isOptional: "is optional or inside of an optional struct"
        case .primitive: nil
        case .structure, .list, .map: "is no primitive"
        }
      if let reason { throw .validation("identifier field \(quoted(place.path)) \(reason)") }
    }
  }
}

/// Rules of default values.
enum DefaultRules {
  static func check(
    _ field: NestedField, path: String, formatVersion: Int
  ) throws(IcebergError) {
    if let value = field.initialDefault {
      guard formatVersion >= 3 else {
        throw .validation(
          "Invalid initial default for \(path): non-null default (\(value.description.prefix(60))) "
            + "is not supported until v3")
      }
      try self.check(value, of: field.type, "\(path)'s initial default")
    }
    if let value = field.writeDefault {
      try self.check(value, of: field.type, "\(path)'s write default")
    }
  }

  private static func check(
    _ value: JSONValue, of type: IcebergType, _ what: String
  ) throws(IcebergError) {
    switch type {
    case .primitive(let type):
      switch type {
      case .unknown, .variant, .geometry, .geography:
        throw .validation("\(what): type \(type.name) has no defaults but null")
      default:
        guard (try? Literal(json: value, as: type)) != nil else {
          throw .validation("\(what): \(value.description.prefix(60)) is no \(type)")
        }
      }
    case .structure:
      guard value.object?.isEmpty ?? false else {
        throw .validation("\(what): a struct has {} or null; its fields have their own defaults")
      }
    case .list(let list):
      guard let elements = value.array else { throw .validation("\(what) is no list") }
      for element in elements where !element.isNull {
        try self.check(element, of: list.element, what)
      }
    case .map(let map):
      guard let keys = value["keys"]?.array, let values = value["values"]?.array,
        keys.count == values.count
      else { throw .validation("\(what) is no map: it needs as many keys as values") }
      for key in keys { try self.check(key, of: map.key, what) }
      for value in values where !value.isNull { try self.check(value, of: map.value, what) }
    }
  }
}
