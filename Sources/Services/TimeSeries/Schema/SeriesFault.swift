/// Why a request was not served. Its kind is the status that a caller sees over gRPC.
package struct SeriesFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// With the numbers of gRPC.
  package enum Kind: Int, Sendable {
    /// What the protocol leaves without a status of its own: queries and schemas that make no sense.
    case unknown = 2
    case invalidArgument = 3
    case deadlineExceeded = 4
    case notFound = 5
    case alreadyExists = 6
    case permissionDenied = 7
    case resourceExhausted = 8
    case failedPrecondition = 9
    /// Shards were moved meanwhile.
    case aborted = 10
    case unimplemented = 12
    case internalError = 13
    case unavailable = 14
  }

  package var kind: Kind
  package var message: String

  package init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }

  package var description: String { self.message }

  /// A query that makes no sense.
  package static func query(_ message: String) -> SeriesFault {
    SeriesFault(.unknown, "\(message): invalid query message")
  }

  /// A field of a request that breaks its rule.
  package static func rule(_ field: String, _ message: String) -> SeriesFault {
    SeriesFault(.invalidArgument, "invalid \(field): \(message)")
  }

  package static let notFound = SeriesFault(.notFound, "banyandb: resource not found")
  package static let alreadyExists = SeriesFault(
    .alreadyExists, "banyandb: resource already exists")
}
