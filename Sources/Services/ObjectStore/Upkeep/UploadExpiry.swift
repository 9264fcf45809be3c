private import Bytes
package import ObjectModel
package import Runtime
private import Values

/// Aborts uploads that were begun long ago and never completed: one pass over all trees. Stopping between
/// pages loses nothing.
package struct UploadExpiry: Sendable {
  private let namespace: any NamespaceUpkeep
  private let clock: any TimeSource
  private let age: Duration
  private static let pageLimit = 1000

  /// - Precondition: `age` is positive.
  package init(_ namespace: any NamespaceUpkeep, olderThan age: Duration, clock: any TimeSource) {
    precondition(age > .zero, "uploads older than \(age)")
    self.namespace = namespace
    self.clock = clock
    self.age = age
  }

  /// - Parameter root: only of this tree.
  package func run(
    of root: RootID? = nil, isDryRun: Bool = false
  ) async throws(UpkeepError) -> UploadExpiryReport {
    var report = UploadExpiryReport()
    let age = Int64(self.age / .milliseconds(1))
    let limit = UInt64(max(0, self.clock.wallNow.nanoseconds / 1_000_000 - age))
    do throws(NamespaceError) {
      if let root {
        try await self.sweep(root, limit, isDryRun, &report)
        return report
      }
      var after: RootID?
      while true {
        let roots = try await self.namespace.roots(after: after, limit: Self.pageLimit)
        for root in roots {
          if Task.isCancelled { break }
          try await self.sweep(root, limit, isDryRun, &report)
        }
        after = roots.last
        if Task.isCancelled || roots.count < Self.pageLimit { break }
      }
    } catch {
      throw UpkeepError(error)
    }
    try UpkeepError.checkCancellation()
    return report
  }

  private func sweep(
    _ root: RootID, _ limit: UInt64, _ isDryRun: Bool, _ report: inout UploadExpiryReport
  ) async throws(NamespaceError) {
    let call = NamespaceCall(root: root)
    var request = UploadListRequest(limit: Self.pageLimit)
    while !Task.isCancelled {
      let page: ListPage
      do throws(NamespaceError) {
        page = try await self.namespace.listUploads(call, request)
      } catch {
        // Dropped meanwhile.
        guard error.code == .noSuchRoot else { throw error }
        return
      }
      for entry in page.entries {
        guard let upload = page.upload(entry) else { continue }
        let key = page.name(entry)
        request.after = ListPosition(key)
        request.afterUpload = upload
        report.seen += 1
        guard upload.begunMilliseconds < limit else { continue }
        guard !isDryRun else {
          report.aborted += 1
          continue
        }
        do throws(NamespaceError) {
          try await self.namespace.abortUpload(call, ObjectKey(key), upload)
          report.aborted += 1
        } catch {
          // Completed or aborted by its owner meanwhile; a closed tree is dropped with its uploads.
          guard [.noSuchUpload, .closed, .noSuchRoot].contains(error.code) else { throw error }
        }
      }
      guard page.isTruncated, !page.entries.isEmpty else { return }
    }
  }
}

package struct UploadExpiryReport: Sendable, Hashable {
  package var seen = 0
  package var aborted = 0

  package init(seen: Int = 0, aborted: Int = 0) {
    self.seen = seen
    self.aborted = aborted
  }
}

extension UploadID {
  /// Milliseconds since 1970: the first eight bytes.
  var begunMilliseconds: UInt64 {
    self.bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }
}
