public import JSON
private import Values

extension TableMetadata: JSONEncodable {
  /// Writes what the version must have, and nothing that it must not.
  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("format-version", self.formatVersion)
      json.member("table-uuid", self.uuid.description)
      json.member("location", self.location)
      if self.formatVersion > 1 { json.member("last-sequence-number", self.lastSequenceNumber) }
      json.member("last-updated-ms", self.lastUpdatedMS)
      json.member("last-column-id", self.lastColumnID)
      // Version 1 says these twice, for readers that know no evolution.
      if self.formatVersion == 1, let schema = self.currentSchema { json.member("schema", schema) }
      json.member("current-schema-id", self.currentSchemaID)
      json.member("schemas", self.schemas)
      if self.formatVersion == 1, let spec = self.defaultSpec {
        json.member("partition-spec", spec.fields)
      }
      json.member("default-spec-id", self.defaultSpecID)
      json.member("partition-specs", self.partitionSpecs)
      json.member("last-partition-id", self.lastPartitionID)
      json.member("default-sort-order-id", self.defaultSortOrderID)
      json.member("sort-orders", self.sortOrders)
      json.member("properties", self.properties)
      json.name("current-snapshot-id")
      if let id = self.currentSnapshotID {
        json.integer(id)
      } else if self.formatVersion >= 3 {
        json.null()
      } else {
        json.integer(-1)
      }
      if self.formatVersion >= 3 { json.member("next-row-id", self.nextRowID) }
      if self.formatVersion >= 3, !self.encryptionKeys.isEmpty {
        json.member("encryption-keys", self.encryptionKeys)
      }
      json.member("refs", self.references)
      json.name("snapshots")
      json.array { json in
        for snapshot in self.snapshots {
          snapshot.encode(to: &json, formatVersion: self.formatVersion)
        }
      }
      json.member("statistics", self.statistics)
      json.member("partition-statistics", self.partitionStatistics)
      json.member("snapshot-log", self.snapshotLog)
      json.member("metadata-log", self.metadataLog)
      json.members(self.unknown)
    }
  }
}
