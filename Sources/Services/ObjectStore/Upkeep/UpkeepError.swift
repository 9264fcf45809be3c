internal import ObjectModel

/// Why looking after the store stopped. Whatever had been done by then stays done.
package struct UpkeepError: Error, Sendable, CustomStringConvertible {
  package var code: Code
  package var message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { "\(self.code.rawValue): \(self.message)" }

  package struct Code: RawRepresentable, Hashable, Sendable {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    /// The task was cancelled: running it again goes on.
    package static let cancelled = Code(rawValue: "upkeep.cancelled")
    package static let namespace = Code(rawValue: "upkeep.namespace")
    package static let blobs = Code(rawValue: "upkeep.blobs")
    /// The list of blobs under quarantine cannot be read or written.
    package static let quarantine = Code(rawValue: "upkeep.quarantine")
  }

  init(_ error: NamespaceError) { self.init(.namespace, error.description) }
  init(_ error: BlobError) { self.init(.blobs, error.description) }

  static func checkCancellation() throws(UpkeepError) {
    if Task.isCancelled { throw UpkeepError(.cancelled, "the task was cancelled") }
  }
}
