/// What kinds of objects a schema has, by the names that barriers call them.
package enum SchemaKind: String, CaseIterable, Sendable {
  case group
  case stream
  case measure
  case trace
  case property
  case indexRule = "index_rule"
  case indexRuleBinding = "index_rule_binding"
  case topN = "top_n_aggregation"
}

/// The name of an object. Of a group the name is empty.
package struct SchemaKey: Hashable, Sendable, CustomStringConvertible {
  package var kind: SchemaKind
  package var group: String
  package var name: String

  package init(_ kind: SchemaKind, _ group: String, _ name: String) {
    self.kind = kind
    self.group = group
    self.name = name
  }

  package static func group(_ name: String) -> SchemaKey { SchemaKey(.group, name, "") }

  package var description: String {
    self.kind == .group ? self.group : "\(self.group)/\(self.name)"
  }
}
