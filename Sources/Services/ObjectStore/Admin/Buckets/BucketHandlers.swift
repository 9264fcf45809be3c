import Admin
import AdminServing
import Hosting
import ObjectModel
import S3
import Values

/// `bucket`.
struct BucketHandlers: Sendable {
  let sources: ObjectAdminSources

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(ObjectAPI.buckets) { input, context in try await self.list(input, context) }
    try routes.on(ObjectAPI.bucket) { input, _ in
      AdminItem(try await self.record(try await self.sources.bucket(input.bucket)))
    }
    try routes.on(ObjectAPI.createBucket) { input, context in
      try await self.create(input, context)
    }
    try routes.on(ObjectAPI.setBucket) { input, context in try await self.set(input, context) }
    try routes.on(ObjectAPI.deleteBucket) { input, context in
      try await self.delete(input, context)
    }
    try routes.on(ObjectAPI.emptyBucket) { input, context in
      try await EmptyJob(sources: self.sources).start(input, context)
    }
    try routes.on(ObjectAPI.usage) { input, context in try await self.usage(input, context) }
  }

  // MARK: Looking

  private func list(
    _ input: BucketsInput, _ context: AdminContext
  ) async throws -> AdminList<ObjectBucketRecord> {
    let limit = context.paging.limit
    var after = context.paging.token.flatMap(AdminPaging.decode) ?? ""
    var records: [ObjectBucketRecord] = []
    while true {
      let page = try await objectWork {
        try await self.sources.buckets(input.prefix ?? "", after, limit)
      }
      for bucket in page.buckets where input.owner == nil || bucket.owner == input.owner {
        guard records.count < limit else {
          return AdminList(records, next: records.last.map { AdminPaging.encode($0.bucket) })
        }
        records.append(try await self.record(bucket))
      }
      guard page.isTruncated, let last = page.buckets.last else { return AdminList(records) }
      after = last.name
    }
  }

  private func record(
    _ bucket: BucketRecord
  ) async throws(AdminError) -> ObjectBucketRecord {
    var record = ObjectBucketRecord(bucket)
    do throws(NamespaceError) {
      let report = try await self.sources.namespace.usage(
        self.sources.call(bucket), prefix: [], depth: 0, limit: 0)
      record.take(report.total)
    } catch {
      // A bucket that is being made or removed has no sums.
      guard error.code == .noSuchRoot else { throw AdminError(error) }
    }
    return record
  }

  private func usage(
    _ input: BucketUsageInput, _ context: AdminContext
  ) async throws -> AdminList<BucketUsageRecord> {
    guard (0...16).contains(input.depth) else {
      throw AdminError.badValue("usage was not looked up", why: "depth is not in the range 0 to 16")
    }
    let bucket = try await self.sources.bucket(input.bucket)
    let report = try await objectWork {
      try await self.sources.namespace.usage(
        self.sources.call(bucket), prefix: Array(input.prefix.utf8), depth: Int(input.depth),
        limit: AdminPaging.limitMax * 10)
    }
    var rows = [BucketUsageRecord(bucket.name, input.prefix, report.total)]
    rows += report.rows.map {
      BucketUsageRecord(bucket.name, String(decoding: $0.name, as: UTF8.self), $0.sums)
    }
    var warnings: [AdminWarning] = []
    if report.isTruncated {
      warnings.append(
        AdminWarning(
          "usage.truncated",
          "there are more than \(AdminPaging.limitMax * 10) folders; ask for fewer with a prefix"))
    }
    return context.paging.page(rows, warnings: warnings, by: \.prefix)
  }

  // MARK: Changing

  private func create(
    _ input: BucketInput, _ context: AdminContext
  ) async throws -> AdminChange<ObjectBucketRecord> {
    guard BucketName.isValid(input.bucket) else {
      throw AdminError.badValue(
        "\(input.bucket.prefix(80).debugDescription) is no name for a bucket",
        why: "a name has 3 to 63 lower-case letters, digits, dots and dashes, and is no address")
    }
    let caller = context.principal.name
    let owner =
      input.owner == nil
      ? try await objectWork { try await self.sources.account(caller) } : input.owner ?? ""
    if let there = try await objectWork({ try await self.sources.control.bucket(input.bucket) }) {
      let record = try await self.record(there)
      guard input.ifNotExists, try self.differences(there, input, owner).isEmpty else {
        throw AdminError(
          .conflict, ControlError.Code.exists.rawValue, "there is a bucket \(input.bucket) already",
          why: try self.differences(there, input, owner).first ?? "it belongs to \(there.owner)",
          try: ["lakectl bucket show \(input.bucket)"])
      }
      return AdminChange(record, changed: false, context: context, plan: "")
    }
    var draft = BucketDraft(
      name: input.bucket, owner: owner, region: self.sources.region,
      ownership: self.sources.defaultOwnership)
    draft.hasObjectLock = input.hasObjectLock
    draft.versioning = input.hasObjectLock ? .enabled : input.versioning?.model ?? .unversioned
    if input.hasObjectLock { draft.documents[.objectLock] = ObjectLockConfiguration().text }
    let quota = try Self.quota(input, .none)
    try self.checkSealing(input)
    guard !context.isDryRun else {
      var record = ObjectBucketRecord()
      record.bucket = input.bucket
      record.owner = owner
      return AdminChange(
        record, changed: true, context: context, plan: "make bucket \(input.bucket) of \(owner)")
    }
    let wanted = draft
    var made = try await objectWork {
      try await self.sources.control.createBucket(
        wanted, bucketsMax: self.sources.bucketsPerOwnerMax)
    }
    if quota != .none || input.placement != nil || input.encryption != nil {
      made = try await self.update(input.bucket) { record in
        record.quota = quota
        if let sealing = input.encryption { record.seal(by: sealing) }
        if let placement = input.placement { record.placement = placement.model }
      }
    }
    return AdminChange(
      try await self.record(made), changed: true, context: context,
      undo: "lakectl bucket delete \(input.bucket)", plan: "")
  }

  private func checkSealing(_ input: BucketInput) throws(AdminError) {
    guard input.encryption == .aes256, !self.sources.isSealing else { return }
    throw AdminError(
      .notSupported, "object.encryption_off", "bucket \(input.bucket) cannot seal its objects",
      why: "s3.encryption is false")
  }

  private func differences(
    _ there: BucketRecord, _ input: BucketInput, _ owner: String
  ) throws(AdminError) -> [String] {
    var found: [String] = []
    if there.owner != owner { found.append("it belongs to \(there.owner), not \(owner)") }
    if let versioning = input.versioning, there.versioning != versioning.model {
      found.append("its versioning is \(BucketVersioning(there.versioning).rawValue)")
    }
    if let placement = input.placement, there.placement != placement.model {
      found.append("its placement is \(BucketPlace(there.placement).rawValue)")
    }
    if let sealing = input.encryption, there.sealing != sealing {
      found.append("its encryption is \(there.sealing.rawValue)")
    }
    if input.hasObjectLock, !there.hasObjectLock { found.append("it has no object lock") }
    if try Self.quota(input, there.quota) != there.quota { found.append("its quota is another") }
    return found
  }

  /// What is asked for, upon what there is; -1 takes a limit away.
  private static func quota(
    _ input: BucketInput, _ there: BucketQuota
  ) throws(AdminError) -> BucketQuota {
    var quota = there
    for value in [input.quotaBytes, input.quotaObjects] {
      guard let value, value < -1 else { continue }
      throw AdminError.badValue("the quota was not set", why: "\(value) is below -1")
    }
    if let bytes = input.quotaBytes { quota.bytes = bytes < 0 ? nil : bytes }
    if let objects = input.quotaObjects { quota.objects = objects < 0 ? nil : objects }
    return quota
  }

  private func update(
    _ name: String, _ change: @escaping @Sendable (inout BucketRecord) -> Void
  ) async throws(AdminError) -> BucketRecord {
    do throws(ControlError) {
      return try await self.sources.control.updateBucket(name) { record throws(ControlError) in
        change(&record)
      }
    } catch {
      throw AdminError(error)
    }
  }

  private func set(
    _ input: BucketInput, _ context: AdminContext
  ) async throws -> AdminChange<ObjectBucketRecord> {
    let there = try await self.sources.bucket(input.bucket)
    try context.check(etag: there.etag, of: "bucket \(input.bucket)")
    let quota = try Self.quota(input, there.quota)
    let versioning = input.versioning?.model ?? there.versioning
    let placement = input.placement?.model ?? there.placement
    let sealing = input.encryption ?? there.sealing
    try self.checkSealing(input)
    if versioning != .enabled, there.hasObjectLock {
      throw AdminError(
        .conflict, ControlError.Code.invalidState.rawValue,
        "versioning of bucket \(input.bucket) was not changed",
        why: "its objects may be locked, so their versions are kept")
    }
    if versioning == .unversioned, there.versioning != .unversioned {
      throw AdminError(
        .conflict, ControlError.Code.invalidState.rawValue,
        "versioning of bucket \(input.bucket) was not changed",
        why: "a bucket that has kept versions can only suspend that",
        try: ["lakectl bucket set \(input.bucket) --versioning suspended"])
    }
    let isSame =
      quota == there.quota && versioning == there.versioning && placement == there.placement
      && sealing == there.sealing
    guard !isSame, !context.isDryRun else {
      return AdminChange(
        try await self.record(there), changed: !isSame, context: context,
        plan: "change bucket \(input.bucket)")
    }
    let changed = try await self.update(input.bucket) { record in
      record.quota = quota
      record.versioning = versioning
      record.placement = placement
      if sealing != record.sealing { record.seal(by: sealing) }
    }
    return AdminChange(
      try await self.record(changed), changed: true, context: context,
      undo: Self.undo(there, changed), plan: "")
  }

  private static func undo(_ before: BucketRecord, _ now: BucketRecord) -> String? {
    var words: [String] = []
    if before.quota.bytes != now.quota.bytes {
      words.append("--quota \(before.quota.bytes.map(String.init) ?? "none")")
    }
    if before.quota.objects != now.quota.objects {
      words.append("--quota-objects \(before.quota.objects.map(String.init) ?? "none")")
    }
    if before.placement != now.placement {
      words.append("--placement \(BucketPlace(before.placement).rawValue)")
    }
    if before.sealing != now.sealing {
      words.append("--encryption \(before.sealing.rawValue)")
    }
    if before.versioning != now.versioning, before.versioning != .unversioned {
      words.append("--versioning \(BucketVersioning(before.versioning).rawValue)")
    }
    return words.isEmpty
      ? nil : "lakectl bucket set \(before.name) \(words.joined(separator: " "))"
  }

  private func delete(
    _ input: BucketNameInput, _ context: AdminContext
  ) async throws -> AdminChange<ObjectBucketRecord> {
    let found = try await objectWork { try await self.sources.control.bucket(input.bucket) }
    guard let found else {
      guard input.ifExists else { throw AdminError.noSuchBucket(input.bucket) }
      var record = ObjectBucketRecord()
      record.bucket = input.bucket
      return AdminChange(record, changed: false, context: context, plan: "")
    }
    let record = try await self.record(found)
    guard (record.objects ?? 0) == 0, (record.versions ?? 0) == 0 else {
      throw AdminError(
        .conflict, ControlError.Code.notEmpty.rawValue, "bucket \(input.bucket) is not empty",
        why: "it holds \(record.objects ?? 0) objects and \(record.versions ?? 0) other versions",
        try: ["lakectl bucket empty \(input.bucket)", "lakectl object list \(input.bucket)"])
    }
    if !context.isDryRun {
      try await objectWork { try await self.sources.control.deleteBucket(input.bucket) }
    }
    return AdminChange(
      record, changed: true, context: context,
      undo: "lakectl bucket create \(input.bucket)", plan: "remove bucket \(input.bucket)")
  }
}
