public import JSON

extension TableUpdate: JSONEncodable {
  /// The word that says which update it is.
  public var action: String {
    switch self {
    case .assignUUID: "assign-uuid"
    case .upgradeFormatVersion: "upgrade-format-version"
    case .addSchema: "add-schema"
    case .setCurrentSchema: "set-current-schema"
    case .removeSchemas: "remove-schemas"
    case .addSpec: "add-spec"
    case .setDefaultSpec: "set-default-spec"
    case .removePartitionSpecs: "remove-partition-specs"
    case .addSortOrder: "add-sort-order"
    case .setDefaultSortOrder: "set-default-sort-order"
    case .addSnapshot: "add-snapshot"
    case .setSnapshotReference: "set-snapshot-ref"
    case .removeSnapshotReference: "remove-snapshot-ref"
    case .removeSnapshots: "remove-snapshots"
    case .setLocation: "set-location"
    case .setProperties: "set-properties"
    case .removeProperties: "remove-properties"
    case .setStatistics: "set-statistics"
    case .removeStatistics: "remove-statistics"
    case .setPartitionStatistics: "set-partition-statistics"
    case .removePartitionStatistics: "remove-partition-statistics"
    case .addEncryptionKey: "add-encryption-key"
    case .removeEncryptionKey: "remove-encryption-key"
    }
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("action", self.action)
      switch self {
      case .assignUUID(let uuid): json.member("uuid", uuid)
      case .upgradeFormatVersion(let version): json.member("format-version", version)
      case .addSchema(let schema): json.member("schema", schema)
      case .setCurrentSchema(let id): json.member("schema-id", id)
      case .removeSchemas(let ids): json.member("schema-ids", ids)
      case .addSpec(let spec): json.member("spec", spec)
      case .setDefaultSpec(let id): json.member("spec-id", id)
      case .removePartitionSpecs(let ids): json.member("spec-ids", ids)
      case .addSortOrder(let order): json.member("sort-order", order)
      case .setDefaultSortOrder(let id): json.member("sort-order-id", id)
      case .addSnapshot(let snapshot): json.member("snapshot", snapshot)
      case .setSnapshotReference(let name, let reference):
        json.member("ref-name", name)
        reference.encodeMembers(to: &json)
        json.members(reference.unknown)
      case .removeSnapshotReference(let name): json.member("ref-name", name)
      case .removeSnapshots(let ids): json.member("snapshot-ids", ids)
      case .setLocation(let location): json.member("location", location)
      case .setProperties(let updates): json.member("updates", updates)
      case .removeProperties(let names): json.member("removals", names)
      case .setStatistics(let file): json.member("statistics", file)
      case .removeStatistics(let id), .removePartitionStatistics(let id):
        json.member("snapshot-id", id)
      case .setPartitionStatistics(let file): json.member("partition-statistics", file)
      case .addEncryptionKey(let key): json.member("encryption-key", key)
      case .removeEncryptionKey(let id): json.member("key-id", id)
      }
    }
  }
}
