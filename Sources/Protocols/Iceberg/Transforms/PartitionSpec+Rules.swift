extension PartitionSpec {
  /// Checks a spec that is to be written with from now on, against the schema it is bound to.
  public func check(against index: SchemaIndex, formatVersion: Int) throws(IcebergError) {
    var names: Set<ExactText> = []
    var ids: Set<Int> = []
    for (position, field) in self.fields.enumerated() {
      let what = "partition field \(quoted(field.name))"
      guard !field.name.isEmpty else {
        throw .validation("partition field \(position) has no name")
      }
      guard names.insert(ExactText(field.name)).inserted else {
        throw .validation("the name of \(what) is there twice")
      }
      guard ids.insert(field.fieldID).inserted else {
        throw .validation("the id \(field.fieldID) of \(what) is there twice")
      }
      guard field.fieldID > Self.lastAssignedIDOfNone else {
        throw .validation("the id \(field.fieldID) of \(what) is not 1000 or more")
      }
      if formatVersion == 1, field.fieldID != 1000 + position {
        throw .validation(
          "\(what) has id \(field.fieldID); in v1 ids count from 1000 in the order of the fields")
      }
      try Self.check(field, what, index)
    }
  }

  private static func check(
    _ field: PartitionField, _ what: String, _ index: SchemaIndex
  ) throws(IcebergError) {
    try TransformRules.check(field.transform, of: field.sourceIDs, what, index)
    // A column of the same name must be the source itself, unchanged or not used.
    guard let column = index.field(named: field.name), column.parentID == nil else { return }
    guard field.sourceID == column.id, field.transform == .identity || field.transform == .void
    else {
      throw .validation("the name of \(what) is that of a column that is not its source")
    }
  }
}

/// What a partition field and a sort field have in common.
enum TransformRules {
  static func check(
    _ transform: Transform, of sourceIDs: [Int], _ what: String, _ index: SchemaIndex
  ) throws(IcebergError) {
    if case .unknown(let text) = transform {
      throw .validation("\(what) has the unknown transform \(quoted(text))")
    }
    guard sourceIDs.count == 1 else {
      throw .validation("\(what): \(transform) takes one column, not \(sourceIDs.count)")
    }
    guard let place = index[sourceIDs[0]] else {
      if transform == .void { return }
      throw .validation("the source \(sourceIDs[0]) of \(what) is not in the schema")
    }
    guard let type = place.type.primitive else {
      throw .validation("the source \(quoted(place.path)) of \(what) is no primitive")
    }
    guard !place.isRepeated else {
      throw .validation("the source \(quoted(place.path)) of \(what) is inside of a list or map")
    }
    guard transform.accepts(type) else {
      throw .validation("\(what): \(transform) cannot be applied to \(type)")
    }
  }

  /// The weaker check at the end of a commit: a column that a default still needs is there.
  static func checkBound(
    _ transform: Transform, to sourceIDs: [Int], _ what: String, _ index: SchemaIndex
  ) throws(IcebergError) {
    guard transform != .void, !transform.isUnknown else { return }
    for id in sourceIDs {
      guard let place = index[id] else {
        throw .validation("the source \(id) of \(what) is not in the current schema")
      }
      guard let type = place.type.primitive, transform.accepts(type) else {
        throw .validation("\(what): \(transform) cannot be applied to \(quoted(place.path)) now")
      }
    }
  }
}
