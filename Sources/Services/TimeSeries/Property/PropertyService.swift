package import Cluster
import Protobuf
package import Runtime
import SeriesModel
package import SeriesSchema
package import SeriesWire
import Values

/// Properties: documents that are changed in place, kept in the facts. What is acknowledged is durable and
/// the same on every node.
package struct PropertyService: Sendable {
  static let attemptsMax = 16

  let facts: any Facts
  let registry: SchemaRegistry
  let time: any TimeSource
  /// How long a deleted property is remembered.
  let tombstoneLife: Duration
  /// Throws when nothing may be changed now.
  package var admit: @Sendable () throws(SeriesFault) -> Void = {}

  package init(
    _ facts: any Facts, _ registry: SchemaRegistry, time: any TimeSource,
    tombstoneLife: Duration = .seconds(168 * 3600)
  ) {
    self.facts = facts
    self.registry = registry
    self.time = time
    self.tombstoneLife = tombstoneLife
  }

  // MARK: Changing

  /// Sets tags of a property. Those that are not named stay, unless the strategy is to replace.
  package func apply(
    _ request: PropertyWire.ApplyRequest
  ) async throws(SeriesFault) -> PropertyWire.ApplyResponse {
    let (id, property) = try self.checked(request)
    try self.admit()
    let key = try PropertyRecord.key(id)
    for _ in 0..<Self.attemptsMax {
      let (fact, record) = try await self.standing(key)
      let live = record.flatMap { $0.deletedAt == 0 ? $0.property : nil }
      if let deletedAt = record?.deletedAt, deletedAt != 0,
        let updated = property.updatedAt?.nanoseconds, updated <= deletedAt
      {
        throw SeriesFault(.invalidArgument, "updated_at_before_tombstone")
      }
      var made = property
      if let live, request.strategy != .replace {
        // What is named stands first.
        made.tags += live.tags.filter { old in !property.tags.contains { $0.key == old.key } }
      }
      let now = max(self.time.wallNow.nanoseconds, (live?.metadata?.modRevision ?? 0) + 1)
      made.metadata?.createRevision = live?.metadata?.createRevision ?? now
      made.metadata?.modRevision = now
      made.updatedAt = ProtoTimestamp(nanoseconds: now)
      let value = PropertyRecord(made).value
      let outcome = try await Self.reaching { () async throws(FactsError) in
        try await self.facts.put(
          key, value,
          if: fact.map { .isUnchanged($0.key, since: $0.modifiedAt) } ?? .isAbsent(key))
      }
      guard outcome.revision != nil else { continue }
      return PropertyWire.ApplyResponse {
        $0.created = live == nil
        $0.tagsNum = UInt32(clamping: made.tags.count)
      }
    }
    throw SeriesFault(.unavailable, "property \(id.id): others change it all the time")
  }

  /// Throws unless the group may have properties.
  func check(group name: String) throws(SeriesFault) {
    guard !self.registry.isDeleting(name) else {
      throw SeriesFault(.failedPrecondition, "group \(name) is pending deletion")
    }
    guard let group = self.registry.current.group(name) else {
      throw SeriesFault(.notFound, "group \(name): \(SeriesFault.notFound.message)")
    }
    guard group.catalog == .property else {
      throw SeriesFault(.unknown, "group \(name) is not allowed to have properties")
    }
  }

  /// The request held against its schema.
  private func checked(
    _ request: PropertyWire.ApplyRequest
  ) throws(SeriesFault) -> (PropertyID, PropertyWire.Property) {
    guard let property = request.property else { throw .rule("property", "value is required") }
    guard let metadata = property.metadata else {
      throw .rule("property.metadata", "value is required")
    }
    guard !property.id.isEmpty else { throw .rule("property.id", "at least 1 byte is needed") }
    guard !property.tags.isEmpty else { throw .rule("property.tags", "at least 1 item is needed") }
    try self.check(group: metadata.group)
    guard let schema = self.registry.subject(.property, metadata.group, metadata.name) else {
      throw SeriesFault(
        .notFound,
        "property \(metadata.group)/\(metadata.name): \(SeriesFault.notFound.message)")
    }
    guard property.tags.count <= schema.tags.count else {
      throw SeriesFault(
        .unknown,
        "property \(property.id) has \(property.tags.count) tags, its schema \(schema.tags.count)")
    }
    for tag in property.tags {
      guard let index = schema.tag(tag.key) else {
        throw SeriesFault(.unknown, "tag \(tag.key) is not declared")
      }
      guard schema.tags[index].type.accepts(SeriesValue(tag.value ?? ModelWire.TagValue())) else {
        throw SeriesFault(.unknown, "tag \(tag.key) has a value of another type")
      }
    }
    let id = PropertyID(group: metadata.group, name: metadata.name, id: property.id)
    return (id, property)
  }

  /// Deletes one property, or all of a name.
  package func delete(
    _ request: PropertyWire.DeleteRequest
  ) async throws(SeriesFault) -> PropertyWire.DeleteResponse {
    guard !request.group.isEmpty else { throw .rule("group", "at least 1 byte is needed") }
    guard !request.name.isEmpty else { throw .rule("name", "at least 1 byte is needed") }
    try self.admit()
    try self.check(group: request.group)
    var keys: [FactKey] = []
    if request.id.isEmpty {
      let prefix = PropertyRecord.prefix(request.group, request.name)
      keys = try await Self.reaching { () async throws(FactsError) in
        try await self.facts.listAll(prefix)
      }.facts.map(\.key)
    } else {
      keys = [
        try PropertyRecord.key(
          PropertyID(group: request.group, name: request.name, id: request.id))
      ]
    }
    var isDeleted = false
    for key in keys where try await self.delete(key) { isDeleted = true }
    return PropertyWire.DeleteResponse { $0.deleted = isDeleted }
  }

  private func delete(_ key: FactKey) async throws(SeriesFault) -> Bool {
    for _ in 0..<Self.attemptsMax {
      let (fact, record) = try await self.standing(key)
      guard let fact, var record, record.deletedAt == 0 else { return false }
      record.deletedAt = self.time.wallNow.nanoseconds
      let value = record.value
      let outcome = try await Self.reaching { () async throws(FactsError) in
        try await self.facts.put(
          key, value, if: .isUnchanged(fact.key, since: fact.modifiedAt))
      }
      if outcome.revision != nil { return true }
    }
    throw SeriesFault(.unavailable, "\(key): others change it all the time")
  }

  /// Removes all properties of a group for good.
  package func drop(group: String) async throws(SeriesFault) {
    let transaction = FactTransaction([.deletePrefix(PropertyRecord.prefix(group))])
    _ = try await Self.reaching { () async throws(FactsError) in
      try await self.facts.commit(transaction)
    }
  }

  /// Forgets properties that were deleted longer ago than they are remembered.
  package func forgetTombstones() async throws(SeriesFault) {
    let limit = self.time.wallNow.nanoseconds - self.tombstoneLife.nanosecondsClamped
    let page = try await Self.reaching { () async throws(FactsError) in
      try await self.facts.listAll(PropertyRecord.prefix)
    }
    for fact in page.facts {
      guard let record = try? PropertyRecord(fact), record.deletedAt != 0,
        record.deletedAt < limit
      else { continue }
      _ = try await Self.reaching { () async throws(FactsError) in
        try await self.facts.delete(
          fact.key, if: .isUnchanged(fact.key, since: fact.modifiedAt))
      }
    }
  }

  // MARK: The facts

  func standing(_ key: FactKey) async throws(SeriesFault) -> (Fact?, PropertyRecord?) {
    let fact = try await Self.reaching { () async throws(FactsError) in
      try await self.facts.get(key)
    }
    guard let fact else { return (nil, nil) }
    return (fact, try PropertyRecord(fact))
  }

  static func reaching<T>(
    _ body: () async throws(FactsError) -> sending T
  ) async throws(SeriesFault) -> sending T {
    do throws(FactsError) {
      return try await body()
    } catch {
      switch error.code {
      case .unavailable, .unknownOutcome, .overloaded, .closed:
        throw SeriesFault(.unavailable, "properties cannot be reached: \(error.message)")
      case .tooLarge: throw SeriesFault(.resourceExhausted, error.message)
      default: throw SeriesFault(.internalError, error.message)
      }
    }
  }
}
