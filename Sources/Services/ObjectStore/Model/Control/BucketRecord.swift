private import Values

/// Where a bucket's data goes.
package enum BucketPlacement: UInt8, Sendable, Hashable {
  case local = 0
  /// Large objects belong in the cloud tier.
  case hybrid = 1
  /// By storage class.
  case byClass = 2
}

/// Who may own what is put, and whether lists of permissions count.
package enum ObjectOwnership: UInt8, Sendable, Hashable {
  case bucketOwnerEnforced = 0
  case bucketOwnerPreferred = 1
  case objectWriter = 2
}

/// The documents that a bucket may have, each stored as the gateway's canonical text.
package enum BucketDocument: UInt8, Sendable, Hashable, CaseIterable {
  case policy = 1
  case cors = 2
  case lifecycle = 3
  case tagging = 4
  case objectLock = 5
  case publicAccessBlock = 6
  case ownershipControls = 7
  case encryption = 8
  case acl = 9
  case accelerate = 10
  case requestPayment = 11
  case notification = 12
  case logging = 13
  /// The region that the bucket was made for, when its maker named one.
  case location = 14
}

/// What control keeps about a bucket.
package struct BucketRecord: Sendable, Hashable {
  package var name: String
  /// Never reused.
  package var root: RootID
  /// Which namespace owns the root; control knows its address and term.
  package var routingKey: RoutingKey
  /// Of the account.
  package var owner: String
  package var createdMilliseconds: UInt64
  package var region: String
  package var versioning = Versioning.unversioned
  package var hasObjectLock = false
  package var ownership: ObjectOwnership
  package var placement = BucketPlacement.local
  package var quota = BucketQuota.none
  package var documents: [BucketDocument: [UInt8]] = [:]
  /// Counts changes: what a change expects, and what caches compare.
  package var revision: UInt64

  package init(
    name: String, root: RootID, routingKey: RoutingKey, owner: String, createdMilliseconds: UInt64,
    region: String, ownership: ObjectOwnership, revision: UInt64
  ) {
    self.name = name
    self.root = root
    self.routingKey = routingKey
    self.owner = owner
    self.createdMilliseconds = createdMilliseconds
    self.region = region
    self.ownership = ownership
    self.revision = revision
  }
}

/// What a bucket is made with; control adds identifiers, time and revision.
package struct BucketDraft: Sendable, Hashable {
  package var name: String
  package var owner: String
  package var region: String
  package var ownership: ObjectOwnership
  package var hasObjectLock = false
  package var versioning = Versioning.unversioned
  package var documents: [BucketDocument: [UInt8]] = [:]

  package init(name: String, owner: String, region: String, ownership: ObjectOwnership) {
    self.name = name
    self.owner = owner
    self.region = region
    self.ownership = ownership
  }
}
