/// Buckets, volumes and who owns what: small facts that change rarely. Implementations answer reads from
/// records that they keep and that a watch renews, so a gateway may ask on every request.
package protocol Control: AnyObject, Sendable {
  // MARK: Buckets

  /// Nil when there is none.
  func bucket(_ name: String) async throws(ControlError) -> BucketRecord?

  /// Those of an account, by name.
  func buckets(
    owner: String, prefix: String, after: String, limit: Int
  ) async throws(ControlError) -> BucketPage

  /// Reserves the name, makes the root and commits, so that a crash between leaves nothing that a
  /// repeat does not finish. Throws `exists` with the record that is there.
  func createBucket(
    _ draft: BucketDraft, bucketsMax: Int
  ) async throws(ControlError) -> BucketRecord

  /// Applies `change` to the record as it is now, and again when another was faster.
  ///
  /// - Parameter change: pure; may throw to give up.
  func updateBucket(
    _ name: String, _ change: @Sendable (inout BucketRecord) throws(ControlError) -> Void
  ) async throws(ControlError) -> BucketRecord

  /// Throws `notEmpty`; uploads under way are aborted.
  func deleteBucket(_ name: String) async throws(ControlError)

  // MARK: Volumes and owners

  func volumes() async throws(ControlError) -> VolumeMap
  /// Who owns the namespace of a routing key, and in which term.
  func namespaceOwner(_ routingKey: RoutingKey) async throws(ControlError) -> NamespaceOwner
  /// Takes ownership in a new term, or keeps it; throws `heldByAnother`.
  func acquireNamespace(
    _ routingKey: RoutingKey, node: String, address: String
  ) async throws(ControlError) -> NamespaceLease
  func renew(_ lease: NamespaceLease) async throws(ControlError) -> NamespaceLease
  func release(_ lease: NamespaceLease) async throws(ControlError)
}

package struct BucketPage: Sendable, Hashable {
  package var buckets: [BucketRecord]
  package var isTruncated: Bool

  package init(_ buckets: [BucketRecord], isTruncated: Bool) {
    self.buckets = buckets
    self.isTruncated = isTruncated
  }
}

package struct ControlError: Error, Sendable, CustomStringConvertible {
  package var code: Code
  package var message: String
  /// With `exists`.
  package var existing: BucketRecord?

  package init(_ code: Code, _ message: String, existing: BucketRecord? = nil) {
    self.code = code
    self.message = message
    self.existing = existing
  }

  package var description: String { "\(self.code.rawValue): \(self.message)" }

  package struct Code: RawRepresentable, Hashable, Sendable {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package static let noSuchBucket = Code(rawValue: "control.no_such_bucket")
    package static let exists = Code(rawValue: "control.exists")
    package static let notEmpty = Code(rawValue: "control.not_empty")
    package static let tooMany = Code(rawValue: "control.too_many")
    /// Another operation on the bucket is under way.
    package static let busy = Code(rawValue: "control.busy")
    package static let invalidState = Code(rawValue: "control.invalid_state")
    package static let heldByAnother = Code(rawValue: "control.held_by_another")
    package static let unavailable = Code(rawValue: "control.unavailable")
    package static let `internal` = Code(rawValue: "control.internal")
  }
}
