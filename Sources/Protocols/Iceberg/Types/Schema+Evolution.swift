private import JSON

extension PrimitiveType {
  /// Whether values of this type may be read as `other` from now on.
  public func canBecome(_ other: PrimitiveType, formatVersion: Int) -> Bool {
    if self == other { return true }
    switch (self, other) {
    case (.int, .long), (.float, .double): return true
    case (.decimal(let precision, let scale), .decimal(let wider, let same)):
      return scale == same && wider >= precision
    case (.date, .timestamp), (.date, .timestampNanos): return formatVersion >= 3
    case (.unknown, _): return formatVersion >= 3
    default: return false
    }
  }
}

extension Schema {
  /// Checks that rows written with `previous` can be read with this schema: fields are compared by id.
  ///
  /// - Parameter hasRows: whether a new required field would lack values somewhere.
  public func checkEvolution(
    from previous: Schema, formatVersion: Int, hasRows: Bool
  ) throws(IcebergError) {
    let old = SchemaIndex(previous)
    let oldDefaults = previous.initialDefaults()
    let newDefaults = self.initialDefaults()
    try self.forEachField { (place) throws(IcebergError) in
      guard let before = old[place.id] else {
        // An element, key or value has no default of its own and comes with its list or map.
        guard hasRows, place.isRequired, !place.isRepeated,
          place.parentID.map({ old[$0] != nil }) ?? true,
          newDefaults[place.id] == nil
        else { return }
        throw .validation(
          "\(quoted(place.path)) is new and required: it needs an initial default")
      }
      try Self.checkType(of: place, before, formatVersion)
      if place.isRequired, !before.isRequired {
        throw .validation("\(quoted(place.path)) is optional and cannot become required")
      }
      if oldDefaults[place.id] != newDefaults[place.id] {
        throw .validation("the initial default of \(quoted(place.path)) cannot change")
      }
      if before.parentID != place.parentID {
        throw .validation("\(quoted(place.path)) cannot move to another struct")
      }
    }
  }

  private static func checkType(
    of place: FieldPlace, _ before: FieldPlace, _ formatVersion: Int
  ) throws(IcebergError) {
    switch (before.type, place.type) {
    case (.primitive(let old), .primitive(let new)):
      guard !old.canBecome(new, formatVersion: formatVersion) else { return }
      throw .validation("\(quoted(place.path)) cannot change from \(old) to \(new)")
    case (.primitive(.unknown), _) where formatVersion >= 3: return
    case (.structure, .structure), (.list, .list), (.map, .map): return
    default: throw .validation("\(quoted(place.path)) cannot change between kinds of types")
    }
  }

  private func initialDefaults() -> [Int: String] {
    var found: [Int: String] = [:]
    func walk(_ type: IcebergType) {
      switch type {
      case .primitive: break
      case .structure(let structure): fields(structure.fields)
      case .list(let list): walk(list.element)
      case .map(let map):
        walk(map.key)
        walk(map.value)
      }
    }
    func fields(_ fields: [NestedField]) {
      for field in fields {
        found[field.id] = field.initialDefault?.description
        walk(field.type)
      }
    }
    fields(self.fields)
    return found
  }
}
