package import SeriesSchema
package import SeriesStorage

// A query whose rows are on other nodes is not answered by bringing the rows here: each node that has some
// of its shards selects, groups and folds what it has, and what it answers is joined here by the same code
// that joins blocks. The answer of a node is small: at most as many rows as the query can answer, or a line
// for each group.

/// Asks the nodes that have the rows of a query.
package protocol PartialSource: Sendable {
  /// What each of them answers (`PartialAnswer`): together every shard of the groups, each once.
  func partials(_ query: PartialQuery) async throws(SeriesFault) -> [[UInt8]]
  /// The same for a query that reads only some of the rows.
  func reading(_ choice: ReadChoice) -> any PartialSource
}

extension PartialSource {
  package func reading(_ choice: ReadChoice) -> any PartialSource { self }
}

/// A query as it goes to the nodes that have its rows.
package struct PartialQuery: Sendable {
  /// The numbers go over the wire.
  package enum Kind: UInt8, Sendable {
    case stream = 1
    case measure = 2
    case topN = 3
  }

  package var kind: Kind
  /// Those whose shards are read.
  package var groups: [String]
  /// The request of the client, encoded.
  package var body: [UInt8]
  /// Rows before this are of an object that was there before.
  package var notBefore: Int64
  /// What of the schema the asking node knows: whoever answers knows it as well.
  package var schemaRevision: Int64

  package init(
    _ kind: Kind, groups: [String], body: [UInt8], notBefore: Int64, schemaRevision: Int64
  ) {
    self.kind = kind
    self.groups = groups
    self.body = body
    self.notBefore = notBefore
    self.schemaRevision = schemaRevision
  }

  init(
    _ kind: Kind, _ mappings: [TableMapping], body: [UInt8], notBefore: Int64,
    in environment: QueryEnvironment
  ) {
    var groups: [String] = []
    for mapping in mappings where !groups.contains(mapping.subject.key.group) {
      groups.append(mapping.subject.key.group)
    }
    self.init(
      kind, groups: groups, body: body, notBefore: notBefore,
      schemaRevision: environment.registry.current.appliedRevision)
  }
}
