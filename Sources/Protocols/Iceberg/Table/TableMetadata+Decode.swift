private import Bytes
private import Compression
public import JSON
public import Values

extension TableMetadata: JSONDecodable {
  private static let known: [StaticString] = [
    "format-version", "table-uuid", "location", "last-sequence-number", "last-updated-ms",
    "last-column-id", "schema", "schemas", "current-schema-id", "partition-spec",
    "partition-specs", "default-spec-id", "last-partition-id", "sort-orders",
    "default-sort-order-id", "properties", "current-snapshot-id", "next-row-id",
    "encryption-keys", "refs", "snapshots", "statistics", "partition-statistics", "snapshot-log",
    "metadata-log",
  ]

  /// Reads what an earlier version left out as that version's rules say.
  public init(json: JSONCursor) throws(JSONError) {
    let version = try json.int("format-version")
    guard (1...IcebergLimits.formatVersionMax).contains(version) else {
      throw JSONError(
        .outOfRange, "version \(version) is not read; 1 to \(IcebergLimits.formatVersionMax) are",
        path: "$"
      ).inside(member: "format-version")
    }
    self.init(
      formatVersion: version, uuid: try Self.uuid(json, version),
      location: Self.withoutTrailingSlashes(try json.string("location")),
      lastUpdatedMS: try json.long("last-updated-ms"))
    // What a version does not have is not kept when a file says it all the same.
    self.lastSequenceNumber =
      version > 1 ? try json.longIfPresent("last-sequence-number") ?? 0 : 0
    self.lastColumnID = try json.int("last-column-id")
    try self.readSchemas(json)
    try self.readSpecs(json)
    try self.readOrders(json)
    self.properties =
      try json.memberIfPresent("properties") { (value) throws(JSONError) in
        try value.readStrings()
      } ?? Properties()
    let current = try json.longIfPresent("current-snapshot-id")
    self.currentSnapshotID = current == -1 ? nil : current
    self.nextRowID =
      version >= 3 ? try json.long("next-row-id") : 0
    self.encryptionKeys = version >= 3 ? try json.decode("encryption-keys", default: []) : []
    self.snapshots = try json.decode("snapshots", default: [])
    if version == 1 {
      for position in self.snapshots.indices { self.snapshots[position].sequenceNumber = 0 }
    }
    self.statistics = try json.decode("statistics", default: [])
    self.partitionStatistics = try json.decode("partition-statistics", default: [])
    self.snapshotLog = try json.decode("snapshot-log", default: [])
    self.metadataLog = try json.decode("metadata-log", default: [])
    try self.readReferences(json)
    self.unknown = json.unknownMembers(Self.known)
  }

  private static func uuid(_ json: JSONCursor, _ version: Int) throws(JSONError) -> UUID {
    guard let text = try json.stringIfPresent("table-uuid") else {
      if version == 1 { return UUID(bits: 0) }
      throw JSONError(.missingMember, "member is missing", path: "$").inside(member: "table-uuid")
    }
    guard let uuid = try? UUID(parsing: text) else {
      throw JSONError(.outOfRange, "\(quoted(text)) is no UUID", path: "$")
        .inside(member: "table-uuid")
    }
    return uuid
  }

  static func withoutTrailingSlashes(_ location: String) -> String {
    guard location.utf8.last == UInt8(ascii: "/") else { return location }
    var text = Substring(location)
    while text.utf8.count > 1, text.hasSuffix("/"), !text.hasSuffix("://") { text.removeLast() }
    return String(text)
  }

  private mutating func readSchemas(_ json: JSONCursor) throws(JSONError) {
    if let schemas = try json.decodeIfPresent("schemas", as: [Schema].self) {
      self.schemas = schemas
      self.currentSchemaID = try json.int("current-schema-id")
    } else if self.formatVersion == 1 {
      let schema: Schema = try json.decode("schema")
      self.schemas = [schema]
      self.currentSchemaID = schema.id
    } else {
      _ = try json.decode("schemas", as: [Schema].self)
    }
  }

  private mutating func readSpecs(_ json: JSONCursor) throws(JSONError) {
    if let specs = try json.decodeIfPresent("partition-specs", as: [PartitionSpec].self) {
      self.partitionSpecs = specs
      self.defaultSpecID = try json.int("default-spec-id")
    } else if self.formatVersion == 1 {
      self.partitionSpecs = [
        PartitionSpec(fields: try json.decode("partition-spec", as: [PartitionField].self))
      ]
      self.defaultSpecID = 0
    } else {
      _ = try json.decode("partition-specs", as: [PartitionSpec].self)
    }
    for spec in self.partitionSpecs.indices {
      for field in self.partitionSpecs[spec].fields.indices
      where self.partitionSpecs[spec].fields[field].fieldID == PartitionField.unassignedID {
        guard self.formatVersion == 1 else {
          throw JSONError(.missingMember, "member is missing", path: "$")
            .inside(member: "field-id").inside(element: field).inside(member: "fields")
            .inside(element: spec).inside(member: "partition-specs")
        }
        self.partitionSpecs[spec].fields[field].fieldID = 1000 + field
      }
    }
    let highest = self.partitionSpecs.reduce(PartitionSpec.lastAssignedIDOfNone) {
      max($0, $1.highestFieldID)
    }
    self.lastPartitionID = try json.intIfPresent("last-partition-id") ?? highest
  }

  private mutating func readOrders(_ json: JSONCursor) throws(JSONError) {
    if let orders = try json.decodeIfPresent("sort-orders", as: [SortOrder].self) {
      self.sortOrders = orders
      self.defaultSortOrderID = try json.int("default-sort-order-id")
    } else if self.formatVersion == 1 {
      self.sortOrders = [.unsorted]
      self.defaultSortOrderID = 0
    } else {
      _ = try json.decode("sort-orders", as: [SortOrder].self)
    }
  }

  private mutating func readReferences(_ json: JSONCursor) throws(JSONError) {
    let read = try json.memberIfPresent("refs") { (value) throws(JSONError) in
      guard value.kind == .object else { throw value.mismatch("an object") }
      var references = TextMap<SnapshotReference>()
      var members = value.members
      while let member = members.next() {
        let name = member.name
        do throws(JSONError) {
          references[name] = try SnapshotReference(json: member.value)
        } catch {
          throw error.inside(member: name)
        }
      }
      return references
    }
    self.references = read ?? TextMap()
    if let current = self.currentSnapshotID, self.references[SnapshotReference.main] == nil {
      self.references[SnapshotReference.main] = SnapshotReference(.branch, at: current)
    }
  }
}

extension TableMetadata {
  /// Reads a metadata file, of whatever compression: gzip is told by its first bytes.
  ///
  /// - Parameter uuid: what a table of version 1 that has none gets.
  public static func parse(
    file bytes: RawSpan, uuid: UUID, limits: JSONLimits = IcebergLimits.metadata
  ) throws(IcebergError) -> TableMetadata {
    var metadata: TableMetadata
    if MetadataFile.isGzip(bytes) {
      let plain = try MetadataFile.unpack(bytes, byteCountMax: limits.byteCountMax)
      metadata = try IcebergDocument.parse(plain.bytes, limits: limits)
    } else {
      metadata = try IcebergDocument.parse(bytes, limits: limits)
    }
    if metadata.uuid.bits == 0 { metadata.uuid = uuid }
    return metadata
  }
}
