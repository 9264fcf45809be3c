package import Cluster

/// Where a record is: its kind and name, and the fact that holds it.
///
///     identity/records/guard              counts every change
///     identity/records/user/ann           a record, JSON
///     identity/usage/user/ann             when somebody was last there
///     identity/audit/01J9FZ…              what was changed, by whom
package struct RecordKey: Hashable, Sendable {
  package static let recordsPrefix = "identity/records/"
  package static let guardKey = FactKey("identity/records/guard")
  package static let usagePrefix = "identity/usage/"
  package static let auditPrefix = "identity/audit/"

  package var kind: RecordKind
  package var name: String

  package init(_ kind: RecordKind, _ name: String) {
    self.kind = kind
    self.name = name
  }

  package var fact: FactKey {
    FactKey("\(Self.recordsPrefix)\(self.kind.rawValue)/\(self.name)")
  }

  /// Nil for what is no record: the guard, or a kind of a later version.
  package init?(_ fact: FactKey) {
    guard fact.text.hasPrefix(Self.recordsPrefix) else { return nil }
    let rest = fact.text.dropFirst(Self.recordsPrefix.utf8.count)
    guard let slash = rest.firstIndex(of: "/"),
      let kind = RecordKind(rawValue: String(rest[..<slash]))
    else { return nil }
    self.kind = kind
    self.name = String(rest[rest.index(after: slash)...])
  }
}
