package import SeriesIngest
package import SeriesProperty
package import SeriesQL
package import SeriesQuery
package import SeriesSchema
package import SeriesWire
import Protobuf

/// Everything that a client reaches, behind both doors.
package struct SeriesFront: Sendable {
  package struct Version: Sendable {
    /// What clients hold against the list of those they know.
    package var api = "0.10"
    package var revision = "lakeworks"
    package init() {}
  }

  package var registry: SchemaRegistry
  package var queries: QueryEnvironment
  package var writes: WriteEnvironment
  package var properties: PropertyService
  package var deletions: GroupDeletions
  package var data: any GroupData
  package var barrier: SchemaBarrier
  package var node: DatabaseWire.Node
  /// The same as others know it; nil when nobody does.
  package var knownNode: @Sendable () -> DatabaseWire.Node? = { nil }
  package var version = Version()
  package var statements = StatementCache()
  /// Takes snapshots of what is stored; nil where nothing is.
  package var snapshots:
    (@Sendable (DatabaseWire.SnapshotRequest) async throws(SeriesFault) -> [DatabaseWire.Snapshot])?
  /// By tier; empty when one process is all.
  package var routes: @Sendable () -> [(String, DatabaseWire.RouteTable)] = { [] }
  /// Nil: memory is nobody's concern.
  package var protector: MemoryProtector?
  /// Hears of every query; nil: nobody wants to know.
  package var queryLog: QueryLog?
  /// Counts calls by group.
  package var calls: SeriesCalls?

  package init(
    queries: QueryEnvironment, writes: WriteEnvironment, properties: PropertyService,
    deletions: GroupDeletions, data: any GroupData, barrier: SchemaBarrier,
    node: DatabaseWire.Node
  ) {
    self.registry = queries.registry
    self.queries = queries
    self.writes = writes
    self.properties = properties
    self.deletions = deletions
    self.data = data
    self.barrier = barrier
    self.node = node
  }

  /// Makes the group that belongs to the system, on the first start.
  package func prepare() async throws(SeriesFault) {
    let group = CommonWire.Group {
      $0.metadata = CommonWire.Metadata { $0.name = SchemaRegistry.deletionGroup }
      $0.catalog = .property
      $0.resourceOpts = CommonWire.ResourceOpts { $0.shardNum = 1 }
    }
    do throws(SeriesFault) {
      _ = try await self.registry.create(group)
    } catch {
      guard error.kind == .alreadyExists else { throw error }
    }
  }

  /// All services.
  package var services: [ServiceRPCs] {
    let services =
      [
        self.bydbQL, self.common, self.clusterState, self.groups, self.nodeQuery, self.snapshot,
        self.measure, self.property, self.barriers, self.stream, self.trace,
      ] + self.registries
    return services.map { service in
      var service = service
      service.calls = self.calls
      return service
    }
  }
}
