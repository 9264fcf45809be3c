import Bytes
import Cluster
import Crypto
import Protobuf
import SeriesWire

/// What became of a deletion.
package struct SchemaDeletion: Hashable, Sendable {
  package var isDeleted: Bool
  /// Unix nanoseconds; 0 when there was nothing.
  package var time: Int64

  package init(isDeleted: Bool, time: Int64) {
    self.isDeleted = isDeleted
    self.time = time
  }
}

/// Changes: each is one transaction of the facts, tried again when somebody else was faster.
extension SchemaRegistry {
  static var attemptsMax: Int { 16 }

  /// The revision of the new object.
  package func create<Object: SchemaObject>(_ object: Object) async throws(SeriesFault) -> Int64 {
    try object.validate()
    let key = object.key
    for _ in 0..<Self.attemptsMax {
      var conditions: [FactTransaction.Condition] = []
      if Object.kind != .group { conditions.append(try await self.groupStands(object)) }
      let (fact, record) = try await self.standing(key)
      if let record {
        guard record.deletedAt != 0 else { throw .alreadyExists }
        if let updated = object.updatedAt?.nanoseconds, updated <= record.deletedAt,
          Object.kind == .property
        {
          throw SeriesFault(.invalidArgument, "updated_at_before_tombstone")
        }
      }
      conditions.append(
        fact.map { .isUnchanged($0.key, since: $0.modifiedAt) }
          ?? .isAbsent(SchemaRecord.factKey(key)))
      var made = object
      let revision = self.nextRevision()
      made.metadata?.createRevision = revision
      made.metadata?.modRevision = revision
      made.createdAt = ProtoTimestamp(nanoseconds: revision)
      made.updatedAt = made.createdAt
      if Object.kind == .indexRule, made.metadata?.id == 0 { made.metadata?.id = Self.ruleID(key) }
      if try await self.commit(made, key, conditions) { return revision }
    }
    throw SeriesFault(.unavailable, "\(key): others change it all the time")
  }

  /// The revision of the object, a new one only when something changed.
  package func update<Object: SchemaObject>(_ object: Object) async throws(SeriesFault) -> Int64 {
    try object.validate()
    let key = object.key
    for _ in 0..<Self.attemptsMax {
      let (fact, record) = try await self.standing(key)
      guard let fact, let record, record.deletedAt == 0,
        let old = record.item.object as? Object
      else { throw .schema("\(key) is not there: \(SeriesFault.notFound.message)") }
      try object.validateChange(from: old)
      if object.bare == old.bare { return record.revision }
      var made = object
      let revision = self.nextRevision()
      made.metadata?.id = old.metadata?.id ?? 0
      made.metadata?.createRevision = old.metadata?.createRevision ?? 0
      made.metadata?.modRevision = revision
      made.createdAt = old.createdAt
      made.updatedAt = ProtoTimestamp(nanoseconds: revision)
      let condition = FactTransaction.Condition.isUnchanged(fact.key, since: fact.modifiedAt)
      if try await self.commit(made, key, [condition]) { return revision }
    }
    throw SeriesFault(.unavailable, "\(key): others change it all the time")
  }

  /// Deletes the object and remembers that it was there. Nothing is wrong when there is none.
  package func delete(_ key: SchemaKey) async throws(SeriesFault) -> SchemaDeletion {
    for _ in 0..<Self.attemptsMax {
      let (fact, record) = try await self.standing(key)
      guard let fact, var record, record.deletedAt == 0 else {
        return SchemaDeletion(isDeleted: false, time: 0)
      }
      record.deletedAt = self.nextRevision()
      let outcome = try await self.store {
        () async throws(FactsError) in
        try await self.facts.put(
          fact.key, record.value, if: .isUnchanged(fact.key, since: fact.modifiedAt))
      }
      guard let revision = outcome.revision else { continue }
      self.applied(record, key, at: revision)
      return SchemaDeletion(isDeleted: true, time: record.deletedAt)
    }
    throw SeriesFault(.unavailable, "\(key): others change it all the time")
  }

  /// Numbers of rules come from their names, so that they are the same wherever they are made.
  private static func ruleID(_ key: SchemaKey) -> UInt32 {
    CRC32.checksum(of: Array((key.group + key.name).utf8).rawBytes)
  }

  /// The object as the store has it, with its fact: a change is made on top of that, not of memory.
  private func standing(
    _ key: SchemaKey
  ) async throws(SeriesFault) -> (Fact?, SchemaRecord?) {
    let factKey = SchemaRecord.factKey(key)
    let fact = try await self.store { () async throws(FactsError) in
      try await self.facts.get(factKey)
    }
    guard let fact else { return (nil, nil) }
    do {
      return (fact, try SchemaRecord(key.kind, fact))
    } catch {
      throw SeriesFault(.internalError, error.message)
    }
  }

  /// The group that an object goes to: it must be there, of the right catalog, and stay so until the
  /// object is.
  private func groupStands<Object: SchemaObject>(
    _ object: Object
  ) async throws(SeriesFault) -> FactTransaction.Condition {
    let name = object.metadata?.group ?? ""
    let (fact, record) = try await self.standing(.group(name))
    guard let fact, let record, record.deletedAt == 0, case .group(let group) = record.item else {
      throw .schema("group \(name) is not there: \(SeriesFault.notFound.message)")
    }
    let catalog: CommonWire.Catalog? =
      switch Object.kind {
      case .stream: .stream
      case .measure, .topN: .measure
      case .trace: .trace
      case .property: .property
      case .group, .indexRule, .indexRuleBinding: nil
      }
    if let catalog, group.catalog != catalog {
      throw .schema(
        "group \(name) has the catalog \(group.catalog.name ?? ""), not \(catalog.name ?? "")")
    }
    return .isUnchanged(fact.key, since: fact.modifiedAt)
  }

  private func commit<Object: SchemaObject>(
    _ object: Object, _ key: SchemaKey, _ conditions: [FactTransaction.Condition]
  ) async throws(SeriesFault) -> Bool {
    let record = SchemaRecord(item: SchemaItem(object), revision: object.modRevision)
    let transaction = FactTransaction(
      if: conditions, [.put(SchemaRecord.factKey(key), record.value, lease: nil)])
    let outcome = try await self.store { () async throws(FactsError) in
      try await self.facts.commit(transaction)
    }
    guard let revision = outcome.revision else { return false }
    self.applied(record, key, at: revision)
    return true
  }

  /// Runs `body` with failures of the facts as faults.
  func store<T>(
    _ body: () async throws(FactsError) -> sending T
  ) async throws(SeriesFault) -> sending T {
    do throws(FactsError) {
      return try await body()
    } catch {
      let kind: SeriesFault.Kind =
        switch error.code {
        case .unavailable, .unknownOutcome, .overloaded, .closed: .unavailable
        case .tooLarge: .unknown
        default: .internalError
        }
      throw SeriesFault(kind, "the schema cannot be reached: \(error.message)")
    }
  }
}

extension SchemaItem {
  init<Object: SchemaObject>(_ object: Object) {
    switch object {
    case let object as CommonWire.Group: self = .group(object)
    case let object as DatabaseWire.Stream: self = .stream(object)
    case let object as DatabaseWire.Measure: self = .measure(object)
    case let object as DatabaseWire.Trace: self = .trace(object)
    case let object as DatabaseWire.Property: self = .property(object)
    case let object as DatabaseWire.IndexRule: self = .indexRule(object)
    case let object as DatabaseWire.IndexRuleBinding: self = .indexRuleBinding(object)
    case let object as DatabaseWire.TopNAggregation: self = .topN(object)
    default: preconditionFailure("BUG: \(Object.self) is no object of a schema")
    }
  }
}
