package import ObjectModel
private import Synchronization
private import Values

/// Control in memory.
package final class ModelControl: Control {
  private struct State {
    var buckets: [String: BucketRecord] = [:]
    var root: UInt64 = 0
    var revision: UInt64 = 0
  }

  private let state = Mutex(State())
  private let namespace: any Namespace
  private let milliseconds: @Sendable () -> UInt64

  package init(namespace: any Namespace, milliseconds: @escaping @Sendable () -> UInt64) {
    self.namespace = namespace
    self.milliseconds = milliseconds
  }

  package func bucket(_ name: String) async throws(ControlError) -> BucketRecord? {
    self.state.withLock { $0.buckets[name] }
  }

  package func buckets(
    owner: String, prefix: String, after: String, limit: Int
  ) async throws(ControlError) -> BucketPage {
    self.state.withLock { state in
      let found = state.buckets.values.filter {
        $0.owner == owner && $0.name.hasPrefix(prefix) && $0.name > after
      }.sorted { $0.name < $1.name }
      return BucketPage(Array(found.prefix(limit)), isTruncated: found.count > limit)
    }
  }

  /// Of all accounts.
  package var allBuckets: [BucketRecord] { self.state.withLock { Array($0.buckets.values) } }

  package func createBucket(
    _ draft: BucketDraft, bucketsMax: Int
  ) async throws(ControlError) -> BucketRecord {
    let record = try self.reserve(draft, bucketsMax)
    do throws(NamespaceError) {
      try await self.namespace.createRoot(NamespaceCall(root: record.root))
    } catch {
      throw ControlError(.unavailable, "the namespace cannot make a root: \(error)")
    }
    return record
  }

  private func reserve(
    _ draft: BucketDraft, _ bucketsMax: Int
  ) throws(ControlError) -> BucketRecord {
    try self.state.withLock { state throws(ControlError) in
      if let existing = state.buckets[draft.name] {
        throw ControlError(.exists, "there is a bucket \(draft.name)", existing: existing)
      }
      guard state.buckets.values.count(where: { $0.owner == draft.owner }) < bucketsMax else {
        throw ControlError(.tooMany, "\(draft.owner) has \(bucketsMax) buckets")
      }
      state.root += 1
      state.revision += 1
      var record = BucketRecord(
        name: draft.name, root: RootID(rawValue: state.root), routingKey: .first,
        owner: draft.owner,
        createdMilliseconds: self.milliseconds(), region: draft.region,
        ownership: draft.ownership, revision: state.revision)
      record.versioning = draft.versioning
      record.hasObjectLock = draft.hasObjectLock
      record.documents = draft.documents
      state.buckets[draft.name] = record
      return record
    }
  }

  package func updateBucket(
    _ name: String, _ change: @Sendable (inout BucketRecord) throws(ControlError) -> Void
  ) async throws(ControlError) -> BucketRecord {
    try self.state.withLock { state throws(ControlError) in
      guard var record = state.buckets[name] else {
        throw ControlError(.noSuchBucket, "there is no bucket \(name)")
      }
      try change(&record)
      state.revision += 1
      record.revision = state.revision
      state.buckets[name] = record
      return record
    }
  }

  package func deleteBucket(_ name: String) async throws(ControlError) {
    guard let record = self.state.withLock({ $0.buckets[name] }) else {
      throw ControlError(.noSuchBucket, "there is no bucket \(name)")
    }
    let call = NamespaceCall(root: record.root)
    do throws(NamespaceError) {
      try await self.namespace.closeRoot(call)
      try await self.namespace.dropRoot(call)
    } catch {
      guard error.code != .notEmpty else {
        throw ControlError(.notEmpty, "bucket \(name) is not empty")
      }
      throw ControlError(.unavailable, "the namespace cannot drop a root: \(error)")
    }
    self.state.withLock { $0.buckets[name] = nil }
  }

  package func volumes() async throws(ControlError) -> VolumeMap {
    VolumeMap(
      [
        VolumeRecord(
          id: VolumeID(rawValue: 1), kind: .replicated,
          members: [VolumeRecord.Member(node: "n1", disk: "d1")], writeQuorum: 1, readQuorum: 1,
          isOpen: true)
      ], revision: 1)
  }

  package func namespaceOwner(_ routingKey: RoutingKey) async throws(ControlError) -> NamespaceOwner
  {
    NamespaceOwner(node: "n1", address: "", epoch: 1)
  }

  package func acquireNamespace(
    _ routingKey: RoutingKey, node: String, address: String
  ) async throws(ControlError) -> NamespaceLease {
    NamespaceLease(
      routingKey: routingKey, owner: NamespaceOwner(node: node, address: address, epoch: 1),
      end: .distantFuture)
  }

  package func renew(_ lease: NamespaceLease) async throws(ControlError) -> NamespaceLease { lease }
  package func release(_ lease: NamespaceLease) async throws(ControlError) {}
}
