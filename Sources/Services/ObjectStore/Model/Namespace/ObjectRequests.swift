/// A record as it was found.
package struct VersionedRecord: Sendable, Hashable {
  /// See `RecordView`.
  package var bytes: [UInt8]
  package var isLatest: Bool

  package init(bytes: [UInt8], isLatest: Bool) {
    self.bytes = bytes
    self.isLatest = isLatest
  }
}

/// What a bucket may hold; nil: no limit. Checked at commit, against the tree's own sums.
package struct BucketQuota: Sendable, Hashable {
  package var objects: Int64?
  package var bytes: Int64?

  package init(objects: Int64? = nil, bytes: Int64? = nil) {
    self.objects = objects
    self.bytes = bytes
  }
  package static let none = BucketQuota()
}

package struct PutRequest: Sendable, Hashable {
  package var key: ObjectKey
  /// Of kind `object`; the namespace stamps it.
  package var record: [UInt8]
  package var versioning: Versioning
  package var condition: WriteCondition
  package var quota: BucketQuota

  package init(
    key: ObjectKey, record: [UInt8], versioning: Versioning, condition: WriteCondition = .none,
    quota: BucketQuota = .none
  ) {
    self.key = key
    self.record = record
    self.versioning = versioning
    self.condition = condition
    self.quota = quota
  }
}

package struct PutReply: Sendable, Hashable {
  package var stamp: RecordStamp

  package init(_ stamp: RecordStamp) { self.stamp = stamp }
}

package struct ReplaceRequest: Sendable, Hashable {
  package var key: ObjectKey
  package var version: VersionSelector
  /// Of the record that was read.
  package var sequence: UInt64
  package var record: [UInt8]

  package init(key: ObjectKey, version: VersionSelector, sequence: UInt64, record: [UInt8]) {
    self.key = key
    self.version = version
    self.sequence = sequence
    self.record = record
  }
}

package struct DeleteRequest: Sendable, Hashable {
  package var key: ObjectKey
  /// `current`: the name, which with versions adds a delete marker.
  package var version: VersionSelector
  package var versioning: Versioning
  package var condition: WriteCondition
  package var bypassesGovernance: Bool
  /// The record of the delete marker, should one be made; the namespace stamps it.
  package var marker: [UInt8]

  package init(
    key: ObjectKey, version: VersionSelector, versioning: Versioning,
    condition: WriteCondition = .none, bypassesGovernance: Bool = false, marker: [UInt8]
  ) {
    self.key = key
    self.version = version
    self.versioning = versioning
    self.condition = condition
    self.bypassesGovernance = bypassesGovernance
    self.marker = marker
  }
}

/// Deleting what is not there is no error.
package struct DeleteReply: Sendable, Hashable {
  /// The version that was removed for good, when one was named.
  package var removed: RecordStamp?
  package var removedWasMarker: Bool
  /// The delete marker that was made.
  package var marker: RecordStamp?

  package init(
    removed: RecordStamp? = nil, removedWasMarker: Bool = false, marker: RecordStamp? = nil
  ) {
    self.removed = removed
    self.removedWasMarker = removedWasMarker
    self.marker = marker
  }
}

package struct RenameRequest: Sendable, Hashable {
  package var source: ObjectKey
  package var destination: ObjectKey
  package var sourceCondition: WriteCondition
  package var destinationCondition: WriteCondition
  /// A client's own, remembered for a day: the same arguments answer the same again.
  package var clientToken: [UInt8]

  package init(
    source: ObjectKey, destination: ObjectKey, sourceCondition: WriteCondition = .none,
    destinationCondition: WriteCondition = .none, clientToken: [UInt8] = []
  ) {
    self.source = source
    self.destination = destination
    self.sourceCondition = sourceCondition
    self.destinationCondition = destinationCondition
    self.clientToken = clientToken
  }
}

/// Throws `noSuchKey` when nothing is under the source, `destinationExists` when anything is under the
/// destination, `invalidRename` when one is inside the other, `keyTooLong` when a key would be.
package struct RenameFolderRequest: Sendable, Hashable {
  /// Both end in a slash.
  package var source: ObjectKey
  package var destination: ObjectKey
  package var clientToken: [UInt8]

  package init(source: ObjectKey, destination: ObjectKey, clientToken: [UInt8] = []) {
    self.source = source
    self.destination = destination
    self.clientToken = clientToken
  }
}

package struct RenameReply: Sendable, Hashable {
  package var objects: UInt64

  package init(objects: UInt64) { self.objects = objects }
}
