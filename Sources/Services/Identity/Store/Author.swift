/// Who asks for a change, for the audit log.
package struct Author: Hashable, Sendable {
  /// `user:ann`, or `system`.
  package var name: String
  package var requestID: String
  /// Where the request came from; empty inside the daemon.
  package var sourceAddress: String
  /// Plan with the same checks and keep nothing: a dry run.
  package var isRehearsing = false

  package init(_ name: String, requestID: String = "", sourceAddress: String = "") {
    self.name = name
    self.requestID = requestID
    self.sourceAddress = sourceAddress
  }

  /// The daemon itself.
  package static let system = Author("system")
}

/// What became of a change.
package struct Changed<Record: IdentityRecord>: Sendable {
  /// The record as it is now; as it was when it was deleted.
  package var stored: Stored<Record>
  package var changed: Bool

  package var record: Record { self.stored.record }
}
