import Cluster
import Protobuf
import Runtime
package import SeriesWire
import Values

/// A node as a barrier sees it: this one, or another that is asked.
package protocol SchemaPeer: Sendable {
  var name: String { get }
  /// The highest revision it has applied.
  func appliedRevision() async -> Int64
  /// The revision of each object there, nil when it is not. Nil altogether when the node does not answer.
  func revisions(_ keys: [SchemaKey]) async -> [Int64?]?
}

/// This node.
package struct LocalSchemaPeer: SchemaPeer {
  package let name: String
  private let registry: SchemaRegistry

  package init(_ name: String, _ registry: SchemaRegistry) {
    self.name = name
    self.registry = registry
  }

  package func appliedRevision() async -> Int64 { self.registry.current.appliedRevision }

  package func revisions(_ keys: [SchemaKey]) async -> [Int64?]? {
    let schema = self.registry.current
    return keys.map { schema.revision($0) }
  }
}

/// Waits until every node knows a change.
package struct SchemaBarrier: Sendable {
  package static let keysMax = 10_000
  package static let defaultTimeout = Duration.seconds(5)
  static let pollInterval = Duration.milliseconds(50)

  private let registry: SchemaRegistry
  private let peers: @Sendable () -> [any SchemaPeer]

  /// - Parameter peers: the nodes that are active when a barrier is asked for.
  package init(_ registry: SchemaRegistry, peers: @escaping @Sendable () -> [any SchemaPeer]) {
    self.registry = registry
    self.peers = peers
  }

  package func revisionApplied(
    _ request: BarrierWire.AwaitRevisionAppliedRequest
  ) async throws(SeriesFault) -> BarrierWire.AwaitRevisionAppliedResponse {
    let laggards = try await self.wait(request.timeout?.duration) { peer in
      let applied = await peer.appliedRevision()
      guard applied < request.minRevision else { return nil }
      return BarrierWire.NodeLaggard {
        $0.node = peer.name
        $0.currentModRevision = applied
        $0.reason = "revision \(request.minRevision) is not applied"
      }
    }
    return BarrierWire.AwaitRevisionAppliedResponse {
      $0.applied = laggards.isEmpty
      $0.laggards = laggards
    }
  }

  package func schemaApplied(
    _ request: BarrierWire.AwaitSchemaAppliedRequest
  ) async throws(SeriesFault) -> BarrierWire.AwaitSchemaAppliedResponse {
    let keys = try self.keys(request.keys)
    let laggards = try await self.wait(request.timeout?.duration) { peer in
      let answer = await peer.revisions(keys)
      let revisions = answer ?? Array(repeating: nil, count: keys.count)
      let missing = request.keys.indices.filter { index in
        let least =
          request.minRevisions.indices.contains(index) ? request.minRevisions[index] : .min
        return (revisions[index] ?? .min) < least || revisions[index] == nil
      }
      guard !missing.isEmpty else { return nil }
      let applied = await peer.appliedRevision()
      return BarrierWire.NodeLaggard {
        $0.node = peer.name
        $0.currentModRevision = applied
        $0.missingKeys = missing.map { request.keys[$0] }
        $0.reason = "\(missing.count) objects are not applied"
      }
    }
    return BarrierWire.AwaitSchemaAppliedResponse {
      $0.applied = laggards.isEmpty
      $0.laggards = laggards
    }
  }

  package func schemaDeleted(
    _ request: BarrierWire.AwaitSchemaDeletedRequest
  ) async throws(SeriesFault) -> BarrierWire.AwaitSchemaDeletedResponse {
    let keys = try self.keys(request.keys)
    let laggards = try await self.wait(request.timeout?.duration) { peer in
      let revisions = await peer.revisions(keys)
      // Of a node that does not answer nobody knows that they are gone.
      let present = request.keys.indices.filter { index in
        revisions.map { $0[index] != nil } ?? true
      }
      guard !present.isEmpty else { return nil }
      let applied = await peer.appliedRevision()
      return BarrierWire.NodeLaggard {
        $0.node = peer.name
        $0.currentModRevision = applied
        $0.stillPresentKeys = present.map { request.keys[$0] }
        $0.reason = "\(present.count) objects are still there"
      }
    }
    return BarrierWire.AwaitSchemaDeletedResponse {
      $0.applied = laggards.isEmpty
      $0.laggards = laggards
    }
  }

  private func keys(_ keys: [BarrierWire.SchemaKey]) throws(SeriesFault) -> [SchemaKey] {
    guard keys.count <= Self.keysMax else {
      throw SeriesFault(
        .invalidArgument, "\(keys.count) keys: at most \(Self.keysMax) fit in a barrier")
    }
    var found: [SchemaKey] = []
    for key in keys {
      guard let kind = SchemaKind(rawValue: key.kind) else {
        throw SeriesFault(.invalidArgument, "no kind of schema object is called \(key.kind)")
      }
      found.append(
        kind == .group
          ? .group(key.name.isEmpty ? key.group : key.name) : SchemaKey(kind, key.group, key.name))
    }
    return found
  }

  /// Asks every node until none lags or time is up; who still lags then.
  private func wait(
    _ timeout: Duration?,
    _ lag: @Sendable (any SchemaPeer) async -> BarrierWire.NodeLaggard?
  ) async throws(SeriesFault) -> [BarrierWire.NodeLaggard] {
    let peers = self.peers()
    guard !peers.isEmpty else { throw SeriesFault(.unavailable, "no node is active") }
    let limit = timeout.flatMap { $0 > .zero ? $0 : nil } ?? Self.defaultTimeout
    let deadline = self.registry.time.now + limit
    let bell = Bell()
    self.registry.add(bell)
    defer { self.registry.remove(bell) }
    while true {
      var laggards: [BarrierWire.NodeLaggard] = []
      for peer in peers {
        if let laggard = await lag(peer) { laggards.append(laggard) }
      }
      if laggards.isEmpty || self.registry.time.now >= deadline { return laggards }
      let next = min(deadline, self.registry.time.now + Self.pollInterval)
      do throws(CancellationError) {
        try await bell.wait(until: next, on: self.registry.time)
      } catch {
        return laggards
      }
    }
  }
}

extension ProtoDuration {
  var duration: Duration {
    .seconds(self.seconds) + .nanoseconds(Int64(self.nanos))
  }
}
