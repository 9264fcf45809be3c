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
      JobKind(ObjectJob.replace(on: self.host.data.node), { $0.concurrentMax = 1 }) { run in
        try await objectWork { try await DiskReplacement(self.host, self.roles).run(run) }
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

  /// Compares the disks of each volume, reads every block, and puts good copies over what is damaged or
  /// missing.
  private func repair(_ run: JobRun) async throws -> JobResult {
    let parts = try self.parts()
    var total = VolumeRepairReport()
    for volume in try self.volumes(run, of: Array(Set(parts.disks.compactMap(\.volume)))) {
      total.add(
        try await self.repair(volume, among: parts.blobs.membersAlone(of: volume), run, total))
    }
    return Self.result(total)
  }

  private func repair(
    _ id: VolumeID, among peers: [VolumeRepair.Peer], reads: Bool = true, _ run: JobRun,
    _ before: VolumeRepairReport
  ) async throws -> VolumeRepairReport {
    let repair = VolumeRepair(peers, clock: self.host.group.loops[0])
    let report = try await repair.run(id, reads: reads) { report in
      try run.checkCancelled()
      run.report(JobProgress(phase: "\(id)", doneCount: Int64(before.scanned + report.scanned)))
    }
    for failure in report.failures { run.log("\(id): \(failure)") }
    Self.tell(report.lost, of: id, run)
    return report
  }

  private static func result(_ report: VolumeRepairReport) -> JobResult {
    JobResult([
      "scanned_count": Int64(report.scanned), "repaired_count": Int64(report.repaired),
      "deleted_count": Int64(report.deleted), "failed_count": Int64(report.failed),
      "lost_count": Int64(report.lost.count),
    ])
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
    var total = VolumeRepairReport()
    for id in try self.volumes(run, of: cluster.volumes) {
      let own = self.roles.blobs?.blobs.membersAlone(of: id) ?? []
      if reads, own.count > 1 {
        total.add(try await self.repair(id, among: own, run, total))
      }
      guard cluster.nodeCount(id) > 1 else { continue }
      total.add(
        try await self.repair(id, among: try await cluster.peers(of: id), reads: reads, run, total))
    }
    return Self.result(total)
  }
}
