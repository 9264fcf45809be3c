import Cluster
import Hosting
import JSON
import ObjectAdmin
import ObjectBlobs
import ObjectModel
import ObjectRemote
import Runtime
import Values

/// Jobs on disks: those of this node, with shared facts those of all nodes.
struct BlobJobs: Sendable {
  private let host: ServiceHost
  private let roles: ObjectRoles

  init(_ host: ServiceHost, _ roles: ObjectRoles) {
    self.host = host
    self.roles = roles
  }

  var kinds: [JobKind] {
    [
      JobKind(ObjectJob.scrub, { $0.concurrentMax = 1 }) { run in
        try await objectWork {
          self.host.link.isShared ? try await self.scrubAll(run) : try await self.scrub(run)
        }
      },
      JobKind(ObjectJob.repair, { $0.concurrentMax = 1 }) { run in
        try await objectWork {
          self.host.link.isShared ? try await self.repairAll(run) : try await self.repair(run)
        }
      },
    ]
  }

  private func parts() throws -> BlobsParts {
    guard let parts = self.roles.blobs else {
      throw JobFailure("object.no_blobs", "there are no stores on this node, or not yet")
    }
    return parts
  }

  /// The volumes of `all` that the job is about.
  private func volumes(_ run: JobRun, of all: [VolumeID]) throws -> [VolumeID] {
    guard let number = run.text("volume") else { return all.sorted() }
    guard let raw = UInt16(number), all.contains(VolumeID(rawValue: raw)) else {
      throw JobFailure("volume.not_found", "there is no volume \(number)", isFinal: true)
    }
    return [VolumeID(rawValue: raw)]
  }

  // MARK: On this node

  /// Reads every block and compares it; damage is told, nothing is changed.
  private func scrub(_ run: JobRun) async throws -> JobResult {
    let parts = try self.parts()
    let wanted = Set(try self.volumes(run, of: Array(Set(parts.disks.compactMap(\.volume)))))
    var blocks: Int64 = 0
    var bytes: Int64 = 0
    var damaged: Int64 = 0
    for disk in parts.disks where disk.volume.map(wanted.contains) ?? false {
      let total = disk.store.statistics.bytes
      let done = bytes
      let report = try await disk.store.scrub { report in
        run.report(
          JobProgress(
            phase: disk.store.name, doneBytes: done + report.bytes, totalBytes: done + total))
      }
      try run.checkCancelled()
      blocks += Int64(report.blocks)
      bytes += report.bytes
      damaged += Int64(report.damaged.count)
      for block in report.damaged.prefix(100) {
        run.log("disk \(disk.store.name): block \(block.number) of \(block.blob) is damaged")
      }
    }
    return JobResult(["block_count": blocks, "read_bytes": bytes, "damaged_count": damaged])
  }

  /// Scrubs, and puts good copies over what is damaged or missing, where there are copies.
  private func repair(_ run: JobRun) async throws -> JobResult {
    let parts = try self.parts()
    var repaired: Int64 = 0
    var lost: Int64 = 0
    for volume in try self.volumes(run, of: Array(Set(parts.disks.compactMap(\.volume)))) {
      run.report(JobProgress(phase: volume.description))
      let report = try await parts.blobs.repair(volume)
      try run.checkCancelled()
      repaired += Int64(report.repaired)
      lost += Int64(report.lost.count)
      Self.tell(report.lost, of: volume, run)
    }
    return JobResult(["repaired_count": repaired, "lost_count": lost])
  }

  private static func tell(_ lost: [BlockAddress], of volume: VolumeID, _ run: JobRun) {
    for block in lost.prefix(100) {
      run.log("\(volume): no copy of block \(block.number) of \(block.blob) is whole")
    }
  }

  // MARK: On all nodes

  private func scrubAll(_ run: JobRun) async throws -> JobResult {
    let cluster = self.roles.cluster(self.host)
    try await cluster.refresh()
    var blocks: Int64 = 0
    var bytes: Int64 = 0
    var damaged: Int64 = 0
    for volume in try self.volumes(run, of: cluster.volumes) {
      for part in 0..<cluster.nodeCount(volume) {
        var cursor: [UInt8] = []
        repeat {
          try run.checkCancelled()
          let (node, found) = try await cluster.verified(
            in: volume, part: part, after: cursor, limit: 128)
          cursor = found.page.cursor
          blocks += Int64(found.page.blocks.count)
          bytes += found.page.blocks.reduce(0) { $0 + Int64($1.byteCount) }
          damaged += Int64(found.damaged.count)
          for block in found.damaged {
            run.log(
              "\(volume) on \(node): block \(block.address.number) of "
                + "\(block.address.blob) is damaged")
          }
          run.report(JobProgress(phase: "\(volume) on \(node)", doneBytes: bytes))
        } while !cursor.isEmpty
      }
    }
    return JobResult(["block_count": blocks, "read_bytes": bytes, "damaged_count": damaged])
  }

  /// Compares the nodes of each volume and copies what one misses; reads every block unless told
  /// otherwise. Copies on one and the same node are mended where they are.
  private func repairAll(_ run: JobRun) async throws -> JobResult {
    let cluster = self.roles.cluster(self.host)
    try await cluster.refresh()
    let reads = !(run.parameters["missing_only"]?.boolean ?? false)
    let clock = self.host.group.loops[0]
    var total = VolumeRepairReport()
    for id in try self.volumes(run, of: cluster.volumes) {
      if reads, let parts = self.roles.blobs,
        parts.disks.count(where: { $0.volume == id }) > 1
      {
        let report = try await parts.blobs.repair(id)
        total.repaired += report.repaired
        total.lost += report.lost
      }
      guard cluster.nodeCount(id) > 1 else { continue }
      let before = total
      let report = try await VolumeRepair(cluster, clock: clock).run(id, reads: reads) { report in
        try run.checkCancelled()
        run.report(
          JobProgress(phase: "\(id)", doneCount: Int64(before.scanned + report.scanned)))
      }
      total.add(report)
      for failure in report.failures { run.log("\(id): \(failure)") }
      Self.tell(report.lost, of: id, run)
    }
    return JobResult([
      "scanned_count": Int64(total.scanned), "repaired_count": Int64(total.repaired),
      "deleted_count": Int64(total.deleted), "failed_count": Int64(total.failed),
      "lost_count": Int64(total.lost.count),
    ])
  }
}
