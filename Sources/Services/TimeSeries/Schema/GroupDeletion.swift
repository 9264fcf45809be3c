import Bytes
import Cluster
import Protobuf
import Runtime
package import SeriesWire
import Values

/// The data of groups, as the deletion and the inspection of a group need it.
package protocol GroupData: Sendable {
  func holdsData(_ group: String) async throws(SeriesFault) -> Bool
  func byteCount(_ group: String) async throws(SeriesFault) -> Int64
  /// Removes the group's data on every node, once calls that are under way have ended.
  func drop(_ group: String) async throws(SeriesFault)
  func inspect(_ group: String) async throws(SeriesFault)
    -> (data: [DatabaseWire.DataInfo], liaisons: [DatabaseWire.LiaisonInfo])
}

// A deletion as a fact: series/schema/deletion/GROUP.
//
//    0        1                    2           3         3 + n
//   +--------+--------------------+-----------+---------+---------------------+
//   | form 1 | bit 0: only data   | n         | owner   | GroupDeletionTask   |
//   +--------+--------------------+-----------+---------+---------------------+

/// The deletion of a group, as far as it has come.
package struct GroupDeletion: Sendable {
  static let prefix = SchemaRecord.prefix + "deletion/"
  /// A task that has made no progress for so long is taken over.
  static let patience = Duration.seconds(600)

  package var task: DatabaseWire.GroupDeletionTask
  package var isDataOnly: Bool
  /// The node that works on it.
  package var owner: String

  init(task: DatabaseWire.GroupDeletionTask, isDataOnly: Bool, owner: String) {
    self.task = task
    self.isDataOnly = isDataOnly
    self.owner = owner
  }

  init?(_ fact: Fact) {
    let bytes = fact.value
    guard bytes.count >= 3, bytes[0] == 1, bytes.count >= 3 + Int(bytes[2]) else { return nil }
    self.isDataOnly = bytes[1] & 1 != 0
    let end = 3 + Int(bytes[2])
    self.owner = String(decoding: bytes[3..<end], as: UTF8.self)
    guard
      let task = try? DatabaseWire.GroupDeletionTask(
        decoding: bytes.rawBytes.extracting(end..<bytes.count))
    else { return nil }
    self.task = task
  }

  var value: [UInt8] {
    let owner = Array(self.owner.utf8.prefix(255))
    return [1, self.isDataOnly ? 1 : 0, UInt8(owner.count)] + owner + self.task.encoded()
  }

  var isUnderWay: Bool {
    self.task.currentPhase == .pending || self.task.currentPhase == .inProgress
  }

  /// The group whose deletion under way the fact tells of.
  static func group(ofFact fact: Fact) -> String? {
    guard fact.key.hasPrefix(self.prefix), let deletion = GroupDeletion(fact), deletion.isUnderWay
    else { return nil }
    return String(fact.key.text.dropFirst(self.prefix.utf8.count))
  }

  static func factKey(_ group: String) -> FactKey { FactKey(self.prefix + group) }
}

/// Deletes groups in the background: first the data, then what the schema says of them. What was begun is
/// gone on with after a restart.
package final class GroupDeletions: Sendable {
  private let registry: SchemaRegistry
  private let data: any GroupData
  private let node: String

  package init(_ registry: SchemaRegistry, data: any GroupData, node: String) {
    self.registry = registry
    self.data = data
    self.node = node
  }

  /// Deletes the group, now or, when it holds something, in the background.
  package func delete(
    _ request: DatabaseWire.GroupRegistryServiceDeleteRequest
  ) async throws(SeriesFault) -> DatabaseWire.GroupRegistryServiceDeleteResponse {
    let group = request.group
    guard group != SchemaRegistry.deletionGroup else {
      throw SeriesFault(.permissionDenied, "cannot delete internal system group \(group)")
    }
    let schema = self.registry.current
    guard schema.group(group) != nil else { throw .notFound }
    let inventory = schema.inventory(of: group)
    var response = DatabaseWire.GroupRegistryServiceDeleteResponse()
    if request.dryRun {
      response.schemaInfo = inventory
      return response
    }
    if !request.force {
      let holdsData = try await self.data.holdsData(group)
      guard !holdsData, inventory == DatabaseWire.SchemaInfo() else {
        throw SeriesFault(
          .failedPrecondition,
          "group \(group) is not empty, use force=true to delete non-empty groups")
      }
    }
    try await self.begin(group, inventory, isDataOnly: request.dataOnly)
    return response
  }

  package func progress(
    of group: String
  ) async throws(SeriesFault) -> DatabaseWire.GroupDeletionTask {
    let fact = try await self.registry.store { () async throws(FactsError) in
      try await self.registry.facts.get(GroupDeletion.factKey(group))
    }
    guard let fact, let deletion = GroupDeletion(fact) else { throw .notFound }
    return deletion.task
  }

  private func begin(
    _ group: String, _ inventory: DatabaseWire.SchemaInfo, isDataOnly: Bool
  ) async throws(SeriesFault) {
    let key = GroupDeletion.factKey(group)
    let fact = try await self.registry.store { () async throws(FactsError) in
      try await self.registry.facts.get(key)
    }
    let now = self.registry.time.wallNow.nanoseconds
    if let fact, let standing = GroupDeletion(fact), standing.isUnderWay {
      let changed = standing.task.updatedAt?.nanoseconds ?? 0
      guard now - changed > GroupDeletion.patience.nanosecondsClamped else {
        throw SeriesFault(.unknown, "group \(group) is being deleted already")
      }
    }
    let size = try await self.data.byteCount(group)
    let task = DatabaseWire.GroupDeletionTask {
      $0.currentPhase = .pending
      $0.totalDataSizeBytes = size
      for (kind, count) in Self.counts(inventory) {
        $0.totalCounts[kind] = count
        $0.deletedCounts[kind] = 0
      }
      $0.createdAt = ProtoTimestamp(nanoseconds: now)
      $0.updatedAt = ProtoTimestamp(nanoseconds: now)
    }
    let deletion = GroupDeletion(task: task, isDataOnly: isDataOnly, owner: self.node)
    let outcome = try await self.registry.store { () async throws(FactsError) in
      try await self.registry.facts.put(
        key, deletion.value,
        if: fact.map { .isUnchanged($0.key, since: $0.modifiedAt) } ?? .isAbsent(key))
    }
    guard outcome.revision != nil else {
      throw SeriesFault(.unknown, "group \(group) is being deleted already")
    }
    self.registry.state.withLock { state in
      state.schema.setDeleting(state.schema.deleting.union([group]))
    }
  }

  private static func counts(_ info: DatabaseWire.SchemaInfo) -> [(String, Int32)] {
    [
      ("stream", info.streams), ("measure", info.measures), ("trace", info.traces),
      ("property", info.properties), ("index_rule", info.indexRules),
      ("index_rule_binding", info.indexRuleBindings), ("topn_aggregation", info.topnAggregations),
    ].map { ($0.0, Int32(clamping: $0.1.count)) }
  }

  // MARK: The work

  /// Works on deletions until the task is cancelled: those of this node, and those of others that have
  /// stopped.
  package func run() async throws(CancellationError) {
    let bell = Bell()
    self.registry.mirror.add(bell)
    defer { self.registry.mirror.remove(bell) }
    while true {
      for fact in self.registry.mirror.facts(below: GroupDeletion.prefix) {
        guard let deletion = GroupDeletion(fact), deletion.isUnderWay, self.isOurs(deletion) else {
          continue
        }
        let group = String(fact.key.text.dropFirst(GroupDeletion.prefix.utf8.count))
        await self.work(on: group, fact, deletion)
      }
      try await bell.wait(
        until: self.registry.time.now + .seconds(60), on: self.registry.time)
    }
  }

  private func isOurs(_ deletion: GroupDeletion) -> Bool {
    let age =
      self.registry.time.wallNow.nanoseconds - (deletion.task.updatedAt?.nanoseconds ?? 0)
    return deletion.owner == self.node || age > GroupDeletion.patience.nanosecondsClamped
  }

  private func work(on group: String, _ fact: Fact, _ deletion: GroupDeletion) async {
    var step = Step(fact: fact.key, revision: fact.modifiedAt, deletion: deletion)
    step.deletion.owner = self.node
    do throws(SeriesFault) {
      step.deletion.task.currentPhase = .inProgress
      try await self.save(&step)
      try await self.data.drop(group)
      step.deletion.task.deletedDataSizeBytes = step.deletion.task.totalDataSizeBytes
      try await self.save(&step)
      if !deletion.isDataOnly { try await self.deleteSchema(of: group, &step) }
      step.deletion.task.currentPhase = .completed
      try await self.save(&step)
    } catch {
      // A node that is away is waited for.
      if error.kind != .unavailable { step.deletion.task.currentPhase = .failed }
      step.deletion.task.message = error.message
      // The store may be what failed: the task is taken up again later.
      try? await self.save(&step)
      try? await self.registry.time.sleep(for: .seconds(2))
    }
  }

  private struct Step {
    var fact: FactKey
    var revision: FactRevision
    var deletion: GroupDeletion
  }

  private func save(_ step: inout Step) async throws(SeriesFault) {
    let now = ProtoTimestamp(nanoseconds: self.registry.time.wallNow.nanoseconds)
    step.deletion.task.updatedAt = now
    let (key, value, since) = (step.fact, step.deletion.value, step.revision)
    let outcome = try await self.registry.store { () async throws(FactsError) in
      try await self.registry.facts.put(key, value, if: .isUnchanged(key, since: since))
    }
    guard let revision = outcome.revision else {
      throw SeriesFault(.unavailable, "another node works on \(key)")
    }
    step.revision = revision
  }

  /// What binds goes before what is bound.
  private static let order: [(SchemaKind, String)] = [
    (.indexRuleBinding, "index_rule_binding"), (.indexRule, "index_rule"),
    (.property, "property"), (.stream, "stream"), (.measure, "measure"), (.trace, "trace"),
    (.topN, "topn_aggregation"),
  ]

  private func deleteSchema(of group: String, _ step: inout Step) async throws(SeriesFault) {
    for (kind, name) in Self.order {
      for object in self.registry.current.names(kind, in: group) {
        _ = try await self.registry.delete(SchemaKey(kind, group, object))
        step.deletion.task.deletedCounts[name] = (step.deletion.task.deletedCounts[name] ?? 0) + 1
      }
      try await self.save(&step)
    }
    _ = try await self.registry.delete(.group(group))
  }
}
