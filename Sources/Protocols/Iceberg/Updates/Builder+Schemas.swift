extension TableMetadataBuilder {
  /// The schema that specs and orders are bound to: the current one, or while a table is being created
  /// the last one added.
  var boundSchema: Schema? {
    self.metadata.currentSchema
      ?? (self.isCreating ? self.lastAddedSchemaID.flatMap { self.metadata.schema(id: $0) } : nil)
  }

  mutating func index(of schema: Schema) -> SchemaIndex {
    if let cached = self.indexOfSchema, cached.id == schema.id { return cached.index }
    let index = SchemaIndex(schema)
    self.indexOfSchema = (schema.id, index)
    return index
  }

  mutating func add(_ schema: Schema) throws(IcebergError) {
    try schema.check(
      formatVersion: self.metadata.formatVersion, isCaseInsensitive: self.rules.isCaseInsensitive)
    var ids =
      self.schemaIDs
      ?? Dictionary(self.metadata.schemas.map { (SchemaContent($0), $0.id) }) { first, _ in first }
    let content = SchemaContent(schema)
    if let id = ids[content] {
      self.lastAddedSchemaID = id
    } else {
      // Rows that nobody can see any more, as when a table is replaced, bind no one.
      if self.rules.enforcesSchemaEvolution, self.metadata.currentSnapshotID != nil,
        let current = self.metadata.currentSchema
      {
        try schema.checkEvolution(
          from: current, formatVersion: self.metadata.formatVersion, hasRows: true)
      }
      var added = schema
      added.id = (self.metadata.schemas.map(\.id).max() ?? -1) + 1
      self.metadata.schemas.append(added)
      ids[content] = added.id
      self.lastAddedSchemaID = added.id
    }
    self.schemaIDs = ids
    self.metadata.lastColumnID = max(self.metadata.lastColumnID, schema.highestFieldID)
  }

  mutating func setCurrentSchema(_ id: Int) throws(IcebergError) {
    let id = try self.resolve(id, lastAdded: self.lastAddedSchemaID, "schema")
    guard self.metadata.schema(id: id) != nil else {
      throw .validation("schema \(id) is not there and cannot be the current one")
    }
    self.metadata.currentSchemaID = id
  }

  mutating func removeSchemas(_ ids: [Int]) throws(IcebergError) {
    let ids = Set(ids)
    guard !ids.contains(self.metadata.currentSchemaID) else {
      throw .validation(
        "schema \(self.metadata.currentSchemaID) is the current one and cannot be removed")
    }
    for snapshot in self.metadata.snapshots where !self.removedSnapshotIDs.contains(snapshot.id) {
      if let id = snapshot.schemaID, ids.contains(id) {
        throw .validation("schema \(id) is that of snapshot \(snapshot.id) and cannot be removed")
      }
    }
    self.metadata.schemas.removeAll { ids.contains($0.id) }
    self.schemaIDs = nil
    self.indexOfSchema = nil
    if let last = self.lastAddedSchemaID, ids.contains(last) { self.lastAddedSchemaID = nil }
  }
}
