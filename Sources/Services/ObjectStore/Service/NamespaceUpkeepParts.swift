import Configuration
import Hosting
import ObjectModel
import ObjectUpkeep
import Observability
import Runtime
import Values

/// What is done with blobs that nobody names any more, where the names are; the blobs may be on any node.
struct NamespaceUpkeepParts: Sendable {
  var namespace: any NamespaceUpkeep
  var collector: GarbageCollector
  var orphans: OrphanScan

  /// Nil when the blobs are in no process that can be reached.
  static func open(
    _ host: ServiceHost, _ roles: ObjectRoles, _ namespace: any NamespaceUpkeep
  ) async throws -> NamespaceUpkeepParts? {
    guard let blobs = roles.anyBlobs(host) else { return nil }
    let clock = host.group.loops[0]
    let folder = try await host.data.folder("object-namespace")
    var garbage = GarbageCollectorOptions()
    garbage.garbageDelayMilliseconds = host.configuration[ObjectKeys.garbageDelay].wholeMilliseconds
    var orphan = OrphanScanOptions()
    orphan.ageMilliseconds = host.configuration[ObjectKeys.orphanAge].wholeMilliseconds
    return NamespaceUpkeepParts(
      namespace: namespace,
      collector: GarbageCollector(
        namespace, blobs: blobs, clock: clock, options: garbage,
        oldestRead: { roles.oldestRead }),
      orphans: OrphanScan(
        [namespace], inventory: blobs, blobs: blobs,
        quarantine: Quarantine("\(folder)/quarantine", on: host.disk), clock: clock,
        random: host.random, options: orphan))
  }

  /// Aborts uploads that are older than the configuration allows, once an hour.
  func expireUploads(_ host: ServiceHost) async throws {
    let age = host.configuration[ObjectKeys.uploadExpiry]
    let clock = host.group.loops[0]
    while true {
      try await clock.sleep(for: .seconds(3600))
      guard age > .zero else { continue }
      do throws(UpkeepError) {
        let report = try await UploadExpiry(self.namespace, olderThan: age, clock: clock).run()
        guard report.aborted > 0 else { continue }
        host.log.info("aborted old uploads", ["count": .integer(report.aborted)])
      } catch {
        host.log.warning("old uploads were not looked at", ["error": .describing(error)])
      }
    }
  }

  func register(in metrics: MetricRegistry) {
    let collector = self.collector
    metrics.observed("lake_object_garbage_entries", "Blobs that wait to be deleted.") {
      Double(collector.statistics.backlog.entries)
    }
    metrics.observed("lake_object_garbage_bytes", "Bytes of blobs that wait to be deleted.") {
      Double(collector.statistics.backlog.bytes)
    }
    metrics.observed(
      "lake_object_garbage_deleted_total", "Blobs that were deleted.", counts: true
    ) { Double(collector.statistics.deleted) }
    metrics.observed(
      "lake_object_garbage_failed_total", "Deletions that failed and are tried again.",
      counts: true
    ) { Double(collector.statistics.failed) }
  }
}

extension Duration {
  var wholeMilliseconds: UInt64 {
    UInt64(
      clamping: self.components.seconds * 1000 + self.components.attoseconds
        / 1_000_000_000_000_000)
  }
}
