public import JSON

extension TableUpdate: JSONDecodable {
  public init(json: JSONCursor) throws(JSONError) {
    let action = try json.string("action")
    if let update = try Self.structural(action, json) {
      self = update
    } else if let update = try Self.ofSnapshots(action, json) {
      self = update
    } else if let update = try Self.other(action, json) {
      self = update
    } else {
      let reason =
        ViewUpdate.actions.contains(action)
        ? "\(action) is for views" : "\(quoted(action)) is no update"
      throw JSONError(.outOfRange, reason, path: "$").inside(member: "action")
    }
  }

  private static func structural(
    _ action: String, _ json: JSONCursor
  ) throws(JSONError) -> TableUpdate? {
    switch action {
    case "assign-uuid": .assignUUID(try json.string("uuid"))
    case "upgrade-format-version": .upgradeFormatVersion(try json.int("format-version"))
    case "add-schema": .addSchema(try Self.schema(json))
    case "set-current-schema": .setCurrentSchema(try json.int("schema-id"))
    case "remove-schemas": .removeSchemas(try json.ints("schema-ids"))
    case "add-spec": .addSpec(try json.decode("spec"))
    case "set-default-spec": .setDefaultSpec(try json.int("spec-id"))
    case "remove-partition-specs": .removePartitionSpecs(try json.ints("spec-ids"))
    case "add-sort-order": .addSortOrder(try json.decode("sort-order"))
    case "set-default-sort-order": .setDefaultSortOrder(try json.int("sort-order-id"))
    default: nil
    }
  }

  private static func schema(_ json: JSONCursor) throws(JSONError) -> Schema {
    // Deprecated: checked and not used.
    _ = try json.intIfPresent("last-column-id")
    return try json.decode("schema")
  }

  private static func ofSnapshots(
    _ action: String, _ json: JSONCursor
  ) throws(JSONError) -> TableUpdate? {
    switch action {
    case "add-snapshot": return .addSnapshot(try json.decode("snapshot"))
    case "set-snapshot-ref":
      var reference = try SnapshotReference(json: json)
      reference.unknown = json.unknownMembers(
        SnapshotReference.known + ["action", "ref-name"])
      return .setSnapshotReference(name: try json.string("ref-name"), reference)
    case "remove-snapshot-ref":
      return .removeSnapshotReference(name: try json.string("ref-name"))
    case "remove-snapshots": return .removeSnapshots(try json.longs("snapshot-ids"))
    case "set-statistics":
      let file: StatisticsFile = try json.decode("statistics")
      if let id = try json.longIfPresent("snapshot-id"), id != file.snapshotID {
        throw JSONError(
          .outOfRange, "\(id) is not the snapshot of the statistics, \(file.snapshotID)",
          path: "$"
        ).inside(member: "snapshot-id")
      }
      return .setStatistics(file)
    case "remove-statistics": return .removeStatistics(snapshotID: try json.long("snapshot-id"))
    case "set-partition-statistics":
      return .setPartitionStatistics(try json.decode("partition-statistics"))
    case "remove-partition-statistics":
      return .removePartitionStatistics(snapshotID: try json.long("snapshot-id"))
    default: return nil
    }
  }

  private static func other(
    _ action: String, _ json: JSONCursor
  ) throws(JSONError) -> TableUpdate? {
    switch action {
    case "set-location": .setLocation(try json.string("location"))
    case "set-properties": .setProperties(try json.propertyUpdates())
    case "remove-properties": .removeProperties(try json.propertyRemovals())
    case "add-encryption-key": .addEncryptionKey(try json.decode("encryption-key"))
    case "remove-encryption-key": .removeEncryptionKey(id: try json.string("key-id"))
    default: nil
    }
  }
}

extension JSONCursor {
  /// `updates`, which was once `updated`.
  func propertyUpdates() throws(JSONError) -> Properties {
    if let updates = try self.memberIfPresent(
      "updates", { (value) throws(JSONError) in try value.readStrings() })
    {
      return updates
    }
    guard self.member("updated") != nil else {
      return try self.member("updates") { (value) throws(JSONError) in try value.readStrings() }
    }
    return try self.member("updated") { (value) throws(JSONError) in try value.readStrings() }
  }

  /// `removals`, which was once `removed`.
  func propertyRemovals() throws(JSONError) -> [String] {
    if self.member("removals") == nil, self.member("removed") != nil {
      return try self.strings("removed")
    }
    return try self.strings("removals")
  }
}
