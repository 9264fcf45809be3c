import ObjectModel

/// What emptying a bucket did, or would do.
struct EmptyingReport: Sendable, Hashable {
  var versions: Int64 = 0
  var bytes: Int64 = 0
  var uploads: Int64 = 0
  /// Under a retention or a legal hold.
  var locked: Int64 = 0
}

/// Removes every version, delete marker and upload under a prefix, page by page; stopped and begun again
/// it goes on with what is left.
struct BucketEmptying: Sendable {
  private static let pageLimit = 1000

  let bucket: BucketRecord
  let prefix: [UInt8]
  let namespace: any Namespace
  let isDryRun: Bool

  private var call: NamespaceCall { NamespaceCall(root: self.bucket.root) }

  /// - Parameter progress: told after each page; throws to end it.
  func run(
    _ progress: (EmptyingReport) throws -> Void
  ) async throws -> EmptyingReport {
    var report = EmptyingReport()
    try await self.removeVersions(&report, progress)
    try await self.abortUploads(&report, progress)
    return report
  }

  private func removeVersions(
    _ report: inout EmptyingReport, _ progress: (EmptyingReport) throws -> Void
  ) async throws {
    var request = VersionListRequest(prefix: self.prefix, limit: Self.pageLimit)
    while true {
      let page = try await self.namespace.listVersions(self.call, request)
      var deletes: [DeleteRequest] = []
      var sizes: [Int64] = []
      var last: (key: [UInt8], version: VersionSelector)?
      for entry in page.entries {
        guard let record = page.withRecord(entry, { ObjectRecord(decoding: $0) }) else { continue }
        let version: VersionSelector = record.isNullVersion ? .null : .id(record.version)
        let key = page.name(entry)
        last = (key, version)
        // Without versions the name itself goes; a marker is never left behind.
        deletes.append(
          DeleteRequest(
            key: ObjectKey(key), version: version, versioning: self.bucket.versioning, marker: []))
        sizes.append(record.size)
      }
      try await self.remove(deletes, sizes, &report)
      try progress(report)
      guard page.isTruncated, let last else { return }
      request.after = ListPosition(last.key)
      request.afterVersion = last.version
    }
  }

  private func remove(
    _ deletes: [DeleteRequest], _ sizes: [Int64], _ report: inout EmptyingReport
  ) async throws {
    guard !self.isDryRun, !deletes.isEmpty else {
      report.versions += Int64(deletes.count)
      report.bytes += sizes.reduce(0, +)
      return
    }
    for (index, result) in try await self.namespace.delete(self.call, deletes).enumerated() {
      switch result {
      case .success:
        report.versions += 1
        report.bytes += sizes[index]
      case .failure(let error):
        guard error.code == .locked else { throw error }
        report.locked += 1
      }
    }
  }

  private func abortUploads(
    _ report: inout EmptyingReport, _ progress: (EmptyingReport) throws -> Void
  ) async throws {
    var request = UploadListRequest(prefix: self.prefix, limit: Self.pageLimit)
    while true {
      let page = try await self.namespace.listUploads(self.call, request)
      for entry in page.entries {
        guard let upload = page.upload(entry) else { continue }
        if !self.isDryRun {
          do throws(NamespaceError) {
            try await self.namespace.abortUpload(self.call, ObjectKey(page.name(entry)), upload)
          } catch {
            // It was completed or aborted meanwhile.
            guard error.code == .noSuchUpload else { throw error }
            continue
          }
        }
        report.uploads += 1
      }
      try progress(report)
      guard page.isTruncated, let last = page.entries.last else { return }
      request.after = ListPosition(page.name(last))
      request.afterUpload = page.upload(last)
    }
  }
}
