import Admin
import AdminServing
import Bytes
import Hosting
import ObjectModel
import Runtime
import Values

/// `object delete`.
struct DeleteHandlers: Sendable {
  let sources: ObjectAdminSources

  static let keysMax = 1000

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(ObjectAPI.deleteObjects) { input, context in
      try await self.delete(input, context)
    }
    try routes.on(ObjectAPI.deletePrefix) { input, context in
      guard !input.prefix.isEmpty else {
        throw AdminError.badValue(
          "nothing was removed", why: "the prefix is empty: that is the whole bucket",
          try: ["lakectl bucket empty \(input.bucket)"])
      }
      return try await EmptyJob(sources: self.sources).start(input, context)
    }
  }

  private func delete(
    _ input: ObjectsDeleteInput, _ context: AdminContext
  ) async throws -> AdminList<ObjectDeletedRecord> {
    let bucket = try await self.sources.bucket(input.bucket)
    guard (1...Self.keysMax).contains(input.keys.count) else {
      throw AdminError.badValue(
        "nothing was removed", why: "\(input.keys.count) keys are not 1 to \(Self.keysMax)")
    }
    guard input.version == nil || input.keys.count == 1 else {
      throw AdminError.badValue("nothing was removed", why: "a version is of one key")
    }
    let selector = try VersionSelector(text: input.version)
    guard !context.isDryRun else {
      return AdminList(try await self.plan(bucket, input, selector))
    }
    var marker = ObjectModel.ObjectRecord()
    marker.kind = .deleteMarker
    marker.owner = bucket.owner
    let requests = input.keys.map { key in
      DeleteRequest(
        key: ObjectKey(key), version: selector, versioning: bucket.versioning,
        bypassesGovernance: input.bypassesGovernance, marker: marker.encoded)
    }
    let results = try await objectWork {
      try await self.sources.namespace.delete(self.sources.call(bucket), requests)
    }
    return AdminList(
      zip(input.keys, results).map { key, result in
        var record = ObjectDeletedRecord()
        record.key = key
        switch result {
        case .success(let reply):
          record.isDeleted = true
          record.version = reply.removed.map {
            $0.isNullVersion ? "null" : $0.version.description
          }
          record.marker = reply.marker.map { $0.version.description }
        case .failure(let error):
          record.error = error.message
          record.errorCode = error.code.description
        }
        return record
      })
  }

  /// What would go: those that are there.
  private func plan(
    _ bucket: BucketRecord, _ input: ObjectsDeleteInput, _ selector: VersionSelector
  ) async throws -> [ObjectDeletedRecord] {
    let now = UInt64(clamping: self.sources.time.wallNow.nanoseconds / 1_000_000)
    var records: [ObjectDeletedRecord] = []
    for key in input.keys {
      var record = ObjectDeletedRecord()
      record.key = key
      let found = try await objectWork {
        try await self.sources.namespace.get(
          self.sources.call(bucket), ObjectKey(key), version: selector)
      }
      // Without a version, a bucket that keeps them only hides the object.
      let isRemoved = bucket.versioning == .unversioned || input.version != nil
      let isLocked =
        found.map {
          Self.isLocked($0.bytes, at: now, bypassingGovernance: input.bypassesGovernance)
        } ?? false
      if isRemoved, isLocked {
        record.error = "a retention or a legal hold keeps it"
        record.errorCode = NamespaceError.Code.locked.description
      } else {
        record.isDeleted = found != nil
        if found == nil {
          record.error = "it is not there"
          record.errorCode = NamespaceError.Code.noSuchKey.description
        }
      }
      record.version = input.version
      records.append(record)
    }
    return records
  }

  private static func isLocked(
    _ record: [UInt8], at now: UInt64, bypassingGovernance: Bool
  ) -> Bool {
    guard let view = RecordView(record.rawBytes) else { return false }
    return view.isLocked(at: now, bypassingGovernance: bypassingGovernance)
  }
}
