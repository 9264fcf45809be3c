public import Values

extension TableMetadata {
  /// The first version of a table that is created from a schema: ids of columns are given anew, from 1,
  /// and what refers to columns follows.
  ///
  /// `properties` may say `format-version`; it and the other reserved ones are taken out.
  public static func create(
    schema: Schema, spec: PartitionSpec?, order: SortOrder?, location: String,
    properties: Properties, uuid: UUID, rules: CommitRules
  ) throws(IcebergError) -> TableMetadata {
    var builder = TableMetadataBuilder(from: nil, rules: rules)
    try builder.apply(.assignUUID(uuid.description))
    if let text = properties["format-version"] {
      guard let version = Int(text) else {
        throw .validation("property format-version is a number, not \(quoted(text))")
      }
      try builder.apply(.upgradeFormatVersion(version))
    }
    try builder.apply(.setLocation(location))
    let (fresh, newIDs) = try schema.withFreshIDs()
    try builder.apply(.addSchema(fresh))
    try builder.apply(.setCurrentSchema(TableUpdate.lastAdded))
    try builder.apply(.addSpec(try self.fresh(spec ?? .unpartitioned, newIDs)))
    try builder.apply(.setDefaultSpec(TableUpdate.lastAdded))
    try builder.apply(.addSortOrder(try self.fresh(order ?? .unsorted, newIDs)))
    try builder.apply(.setDefaultSortOrder(TableUpdate.lastAdded))
    try builder.apply(.setProperties(properties))
    guard let metadata = try builder.finish(previousLocation: nil) else {
      preconditionFailure("BUG: a new table differs from none")
    }
    return metadata
  }

  private static func fresh(
    _ spec: PartitionSpec, _ newIDs: [Int: Int]
  ) throws(IcebergError) -> PartitionSpec {
    var fresh = spec
    fresh.id = 0
    for position in fresh.fields.indices {
      fresh.fields[position].sourceIDs = try self.fresh(
        spec.fields[position].sourceIDs, newIDs, "partition field \(position)")
      fresh.fields[position].fieldID = 1000 + position
    }
    return fresh
  }

  private static func fresh(
    _ order: SortOrder, _ newIDs: [Int: Int]
  ) throws(IcebergError) -> SortOrder {
    var fresh = order
    for position in fresh.fields.indices {
      fresh.fields[position].sourceIDs = try self.fresh(
        order.fields[position].sourceIDs, newIDs, "sort field \(position)")
    }
    return fresh
  }

  private static func fresh(
    _ ids: [Int], _ newIDs: [Int: Int], _ what: String
  ) throws(IcebergError) -> [Int] {
    var fresh: [Int] = []
    for id in ids {
      guard let new = newIDs[id] else {
        throw .validation("the source \(id) of \(what) is not in the schema")
      }
      fresh.append(new)
    }
    return fresh
  }
}
