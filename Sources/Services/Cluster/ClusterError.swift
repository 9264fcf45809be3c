/// Why something of the cluster (a node, a setting, a job) was not done.
package struct ClusterError: Error, Hashable, Sendable, CustomStringConvertible {
  package var code: Code
  package var message: String
  /// What helps, when we know it.
  package var hint: String?

  package init(_ code: Code, _ message: String, hint: String? = nil) {
    self.code = code
    self.message = message
    self.hint = hint
  }

  package init(_ error: FactsError) {
    self.code = Code(rawValue: error.code.rawValue)
    self.message = error.message
  }

  package var description: String { "\(self.code.rawValue): \(self.message)" }

  /// Stable identifiers: new ones may be added, none is renamed or reused. Failures of the facts keep
  /// theirs.
  package struct Code: RawRepresentable, Hashable, Sendable {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }

    package static let notFound = Code(rawValue: "cluster.not_found")
    /// It is in a state in which that cannot be done.
    package static let conflict = Code(rawValue: "cluster.conflict")
    /// Another node has the name.
    package static let nameTaken = Code(rawValue: "cluster.name_taken")
    /// The node is no longer a member.
    package static let removed = Code(rawValue: "cluster.removed")
    /// A value that a client chose is out of its range.
    package static let invalid = Code(rawValue: "cluster.invalid")
    package static let tooMany = Code(rawValue: "cluster.too_many")
  }
}

/// Runs `body` with failures of the facts as errors of the cluster.
func clustered<T>(
  _ body: () async throws(FactsError) -> sending T
) async throws(ClusterError) -> sending T {
  do throws(FactsError) { return try await body() } catch { throw ClusterError(error) }
}
