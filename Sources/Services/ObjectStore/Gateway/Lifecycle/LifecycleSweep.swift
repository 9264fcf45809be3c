import Bytes
package import ObjectModel
import S3

/// What one pass over a bucket did, or would do.
package struct SweepReport: Sendable, Hashable {
  package var expired = 0
  package var versionsRemoved = 0
  package var markersRemoved = 0
  package var uploadsAborted = 0
  /// What was changed by somebody else meanwhile, and is left to the next pass.
  package var skipped = 0

  package init() {}
}

/// Ends what the rules of a bucket say has had its time: one pass over its names, by pages, with the
/// conditions of what was seen. Stopping between pages loses nothing: the next pass begins anew.
package struct LifecycleSweep: Sendable {
  private let namespace: any Namespace
  private let bucket: BucketRecord
  private let configuration: LifecycleConfiguration
  private let now: UInt64
  private let daySeconds: Int64
  private let isDryRun: Bool
  static let pageLimit = 1000

  /// Nil: the bucket has no rules.
  ///
  /// - Parameter milliseconds: the time, since 1970.
  package init?(
    _ bucket: BucketRecord, namespace: any Namespace, milliseconds: UInt64, daySeconds: Int64,
    isDryRun: Bool = false
  ) {
    guard let document = bucket.documents[.lifecycle],
      let configuration = try? LifecycleConfiguration(document, identifier: { "" })
    else { return nil }
    self.namespace = namespace
    self.bucket = bucket
    self.configuration = configuration
    self.now = milliseconds
    self.daySeconds = daySeconds
    self.isDryRun = isDryRun
  }

  private var call: NamespaceCall { NamespaceCall(root: self.bucket.root) }

  /// Runs the pass. Throws when the namespace cannot be asked, or the task is cancelled.
  package func run() async throws -> SweepReport {
    var report = SweepReport()
    for rule in self.configuration.rules where rule.isEnabled {
      try await self.sweepVersions(rule, &report)
      if let days = rule.abortDays { try await self.sweepUploads(rule, days, &report) }
    }
    return report
  }

  // MARK: Versions

  private struct Seen {
    var key: [UInt8]
    /// Of the version before it in the list: when this one stopped being current.
    var successor: UInt64?
    /// How many noncurrent versions are newer.
    var newer = 0
  }

  private func sweepVersions(
    _ rule: LifecycleConfiguration.Rule, _ report: inout SweepReport
  ) async throws {
    var request = VersionListRequest(
      prefix: Array((rule.filter.prefix ?? "").utf8), limit: Self.pageLimit)
    var seen = Seen(key: [])
    while true {
      try Task.checkCancellation()
      let page = try await self.namespace.listVersions(self.call, request)
      for (index, entry) in page.entries.enumerated() {
        guard let record = page.withRecord(entry, { ObjectRecord(decoding: $0) }) else { continue }
        let key = page.name(entry)
        if key != seen.key || entry.isLatest { seen = Seen(key: key) }
        let isLast =
          index + 1 < page.entries.count
          ? page.name(page.entries[index + 1]) != key : !page.isTruncated
        try await self.look(rule, record, entry.isLatest, isLast: isLast, seen, &report)
        if !entry.isLatest { seen.newer += 1 }
        seen.successor = record.commitMilliseconds
      }
      guard page.isTruncated, let last = page.entries.last,
        let record = page.withRecord(last, { ObjectRecord(decoding: $0) })
      else { return }
      request.after = ListPosition(page.name(last))
      request.afterVersion = record.isNullVersion ? .null : .id(record.version)
    }
  }

  private func look(
    _ rule: LifecycleConfiguration.Rule, _ record: ObjectRecord, _ isLatest: Bool, isLast: Bool,
    _ seen: Seen, _ report: inout SweepReport
  ) async throws {
    let key = ObjectKey(seen.key)
    let tags = record.tags.map { TagSet.Tag($0.name, $0.value) }
    guard rule.filter.matches(key: key.text, size: record.size, tags: tags) else { return }
    let version: VersionSelector = record.isNullVersion ? .null : .id(record.version)
    if isLatest, record.kind == .object {
      guard let due = rule.expiration,
        Lifecycle.due(due, created: record.commitMilliseconds, daySeconds: self.daySeconds)
          <= self.now
      else { return }
      var condition = WriteCondition()
      condition.ifMatch = .list([record.entityTag])
      if try await self.remove(key, .current, condition, &report) { report.expired += 1 }
    } else if isLatest, isLast {
      // A delete marker with nothing behind it.
      let isDue = rule.expiration.map {
        Lifecycle.due($0, created: record.commitMilliseconds, daySeconds: self.daySeconds)
          <= self.now
      }
      guard rule.expiresDeleteMarkers == true || isDue == true else { return }
      if try await self.remove(key, version, .none, &report) { report.markersRemoved += 1 }
    } else if !isLatest, let days = rule.noncurrentDays, let since = seen.successor {
      guard seen.newer >= Int(clamping: rule.newerNoncurrentVersions ?? 0),
        Lifecycle.due(.init(days: days), created: since, daySeconds: self.daySeconds) <= self.now
      else { return }
      if try await self.remove(key, version, .none, &report) { report.versionsRemoved += 1 }
    }
  }

  private func remove(
    _ key: ObjectKey, _ version: VersionSelector, _ condition: WriteCondition,
    _ report: inout SweepReport
  ) async throws -> Bool {
    guard !self.isDryRun else { return true }
    var marker = ObjectRecord()
    marker.kind = .deleteMarker
    marker.owner = self.bucket.owner
    let request = DeleteRequest(
      key: key, version: version, versioning: self.bucket.versioning, condition: condition,
      marker: marker.encoded)
    switch try await self.namespace.delete(self.call, [request]).first {
    case .success?: return true
    case .failure(let error)?:
      guard error.code == .preconditionFailed || error.code == .locked else { throw error }
      report.skipped += 1
      return false
    case nil: return false
    }
  }

  // MARK: Uploads

  private func sweepUploads(
    _ rule: LifecycleConfiguration.Rule, _ days: Int64, _ report: inout SweepReport
  ) async throws {
    var request = UploadListRequest(
      prefix: Array((rule.filter.prefix ?? "").utf8), limit: Self.pageLimit)
    while true {
      try Task.checkCancellation()
      let page = try await self.namespace.listUploads(self.call, request)
      for entry in page.entries {
        guard let upload = page.upload(entry),
          let record = page.withRecord(entry, { ObjectRecord(decoding: $0) }),
          Lifecycle.due(
            .init(days: days), created: record.commitMilliseconds, daySeconds: self.daySeconds)
            <= self.now
        else { continue }
        if !self.isDryRun {
          do throws(NamespaceError) {
            try await self.namespace.abortUpload(self.call, ObjectKey(page.name(entry)), upload)
          } catch {
            guard error.code == .noSuchUpload else { throw error }
            report.skipped += 1
            continue
          }
        }
        report.uploadsAborted += 1
      }
      guard page.isTruncated, let last = page.entries.last else { return }
      request.after = ListPosition(page.name(last))
      request.afterUpload = page.upload(last)
    }
  }
}
