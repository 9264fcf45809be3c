package import Runtime
package import SeriesSchema
package import SeriesStorage
import Values

/// What queries run in.
package struct QueryEnvironment: Sendable {
  package var registry: SchemaRegistry
  package var store: any RowStore
  package var time: any TimeSource
  package var mappings = TableMappings()
  /// How long a query waits for a schema that its client knows already.
  package var patience = Duration.zero
  /// Memory of one query for what it holds back: groups, and rows that wait for their order.
  package var budgetBytes = 256 << 20
  /// Where the rows are on other nodes: these select and fold what they have. Nil: all is read through
  /// `store`.
  package var partials: (any PartialSource)?
  /// Nil: long queries do not wait for each other, as the rows come from elsewhere.
  package var turns: QueryTurns?
  /// The node whose store keeps counters of rankings (`RankedRowStore`); nil: rankings are made of points.
  package var keepsRankings: String?

  package init(
    _ registry: SchemaRegistry, _ store: any RowStore, time: any TimeSource
  ) {
    self.registry = registry
    self.store = store
    self.time = time
  }

  /// The same for a query that reads only some of the rows.
  package func reading(_ choice: ReadChoice) -> QueryEnvironment {
    var environment = self
    environment.store = self.store.reading(choice)
    environment.partials = self.partials?.reading(choice)
    return environment
  }

  func mapping(_ kind: SchemaKind, _ group: String, _ name: String) -> TableMapping? {
    self.registry.subject(kind, group, name).map { self.mappings[$0] }
  }
}
