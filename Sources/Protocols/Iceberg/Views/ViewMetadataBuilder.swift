public import Values

/// Applies updates to a view's metadata, in the order of a request.
public struct ViewMetadataBuilder {
  private var metadata: ViewMetadata
  private let base: ViewMetadata?
  private let rules: CommitRules
  private var lastAddedSchemaID: Int?
  private var lastAddedVersionID: Int?
  private var addedVersionIDs: Set<Int> = []

  /// - Parameter base: the view as it is; nil for one that is being created.
  public init(from base: ViewMetadata?, rules: CommitRules) {
    self.base = base
    self.rules = rules
    self.metadata = base ?? ViewMetadata(uuid: UUID(bits: 0), location: "")
  }

  public mutating func apply(_ update: ViewUpdate) throws(IcebergError) {
    switch update {
    case .assignUUID(let text):
      guard let uuid = try? UUID(parsing: text) else {
        throw .validation("\(quoted(text)) is no UUID")
      }
      if self.base != nil, uuid != self.metadata.uuid {
        throw .validation("the UUID is \(self.metadata.uuid) and cannot become \(uuid)")
      }
      self.metadata.uuid = uuid
    case .upgradeFormatVersion(let version):
      guard version == ViewMetadata.formatVersionMax else {
        throw .validation("format version \(version) of views is not allowed; 1 is")
      }
    case .addSchema(let schema): try self.add(schema)
    case .setLocation(let location):
      guard !location.isEmpty else { throw .validation("the location is empty") }
      let location = TableMetadata.withoutTrailingSlashes(location)
      guard location != self.metadata.location else { return }
      try self.rules.checkLocation(.table, location)
      self.metadata.location = location
    case .setProperties(let updates):
      for (name, value) in updates.sorted {
        try Self.check(name, value, self.rules)
        self.metadata.properties[name] = value
      }
    case .removeProperties(let names): for name in names { self.metadata.properties[name] = nil }
    case .addVersion(let version): try self.add(version)
    case .setCurrentVersion(let id): try self.setCurrent(id)
    }
  }

  private static let historyProperty = "version.history.num-entries"
  private static let dropDialectProperty = "replace.drop-dialect.allowed"
  private static let historyDefault = 10

  private static func check(
    _ name: String, _ value: String, _ rules: CommitRules
  ) throws(IcebergError) {
    switch name {
    case self.historyProperty:
      guard let count = Int32(value), count > 0 else {
        throw .validation("property \(name) is a number above 0, not \(quoted(value))")
      }
    case MetadataFile.pathProperty: try rules.checkLocation(.metadata, value)
    case MetadataFile.codecProperty: _ = try MetadataFile.codec([name: value])
    default: break
    }
  }

  private mutating func add(_ schema: Schema) throws(IcebergError) {
    try schema.check(
      formatVersion: IcebergLimits.formatVersionMax,
      isCaseInsensitive: self.rules.isCaseInsensitive, firstID: 0)
    if let same = self.metadata.schemas.first(where: { $0.isSame(as: schema) }) {
      self.lastAddedSchemaID = same.id
      return
    }
    var added = schema
    added.id = (self.metadata.schemas.map(\.id).max() ?? -1) + 1
    self.metadata.schemas.append(added)
    self.lastAddedSchemaID = added.id
  }

  private mutating func add(_ version: ViewVersion) throws(IcebergError) {
    try version.check()
    var added = version
    if version.schemaID == TableUpdate.lastAdded {
      guard let id = self.lastAddedSchemaID else {
        throw .validation("-1 means the last added schema, and none was added in this request")
      }
      added.schemaID = id
    }
    guard self.metadata.schema(id: added.schemaID) != nil else {
      throw .validation(
        "view version \(version.id) has schema \(added.schemaID), which is not there")
    }
    if let same = self.metadata.versions.first(where: { $0.isSame(as: added) }) {
      self.lastAddedVersionID = same.id
      return
    }
    // A number below the highest may have been that of a version that expired.
    added.id = max(added.id, (self.metadata.versions.map(\.id).max() ?? 0) + 1)
    self.metadata.versions.append(added)
    self.lastAddedVersionID = added.id
    self.addedVersionIDs.insert(added.id)
  }

  private mutating func setCurrent(_ id: Int) throws(IcebergError) {
    var id = id
    if id == TableUpdate.lastAdded {
      guard let last = self.lastAddedVersionID else {
        throw .validation("-1 means the last added version, and none was added in this request")
      }
      id = last
    }
    guard let version = self.metadata.version(id: id) else {
      throw .validation("view version \(id) is not there and cannot be the current one")
    }
    guard self.metadata.currentVersionID != id else { return }
    self.metadata.currentVersionID = id
    let isAdded = self.addedVersionIDs.contains(id)
    self.metadata.versionLog.append(
      ViewLogEntry(
        timestampMS: isAdded ? version.timestampMS : self.rules.nowMS, versionID: id))
  }

  /// The new metadata; nil when the updates changed nothing.
  public consuming func finish(
    uuid: UUID = UUID(bits: 0), location: String? = nil
  ) throws(IcebergError) -> ViewMetadata? {
    if self.base == nil {
      if self.metadata.uuid.bits == 0 { self.metadata.uuid = uuid }
      if self.metadata.location.isEmpty {
        guard let location else { throw .validation("the new view has no location") }
        try self.apply(.setLocation(location))
      }
    }
    guard self.metadata != self.base else { return nil }
    guard let current = self.metadata.currentVersion else {
      throw .validation("a view has at least one version, one of them the current one")
    }
    try self.checkDialects(current)
    try self.expireVersions()
    return self.metadata
  }

  private func checkDialects(_ current: ViewVersion) throws(IcebergError) {
    guard let previous = self.base?.currentVersion, previous.id != current.id,
      self.metadata.properties[Self.dropDialectProperty]?.lowercased() != "true"
    else { return }
    let dropped = previous.dialects.subtracting(current.dialects).sorted()
    guard dropped.isEmpty else {
      throw .validation(
        "the new version lacks the dialects \(dropped.joined(separator: ", ")) of the previous "
          + "one; property \(Self.dropDialectProperty)=true allows that")
    }
  }

  private mutating func expireVersions() throws(IcebergError) {
    let text = self.metadata.properties[Self.historyProperty]
    if let text { try Self.check(Self.historyProperty, text, self.rules) }
    let most = max(
      text.flatMap { Int($0) } ?? Self.historyDefault, self.addedVersionIDs.count)
    guard self.metadata.versions.count > most else { return }
    var kept = self.addedVersionIDs.union([self.metadata.currentVersionID])
    for version in self.metadata.versions.sorted(by: { $0.id > $1.id }) where kept.count < most {
      kept.insert(version.id)
    }
    self.metadata.versions.removeAll { !kept.contains($0.id) }
    if let last = self.metadata.versionLog.lastIndex(where: { !kept.contains($0.versionID) }) {
      self.metadata.versionLog.removeFirst(last + 1)
    }
  }
}

extension ViewMetadata {
  /// Checks the requirements, applies the updates and makes the next metadata; nil when nothing
  /// changed.
  public static func commit(
    _ base: ViewMetadata, requirements: [ViewRequirement], updates: [ViewUpdate],
    rules: CommitRules
  ) throws(IcebergError) -> ViewMetadata? {
    for requirement in requirements { try requirement.check(base) }
    var builder = ViewMetadataBuilder(from: base, rules: rules)
    for update in updates { try builder.apply(update) }
    return try builder.finish()
  }

  /// The first version of a view. The schema gets number 0 and the version number 1.
  public static func create(
    schema: Schema, version: ViewVersion, location: String, properties: Properties, uuid: UUID,
    rules: CommitRules
  ) throws(IcebergError) -> ViewMetadata {
    var builder = ViewMetadataBuilder(from: nil, rules: rules)
    var version = version
    version.id = 1
    version.schemaID = TableUpdate.lastAdded
    try builder.apply(.assignUUID(uuid.description))
    try builder.apply(.setLocation(location))
    try builder.apply(.setProperties(properties))
    try builder.apply(.addSchema(schema))
    try builder.apply(.addVersion(version))
    try builder.apply(.setCurrentVersion(TableUpdate.lastAdded))
    guard let metadata = try builder.finish() else {
      preconditionFailure("BUG: a new view differs from none")
    }
    return metadata
  }
}
