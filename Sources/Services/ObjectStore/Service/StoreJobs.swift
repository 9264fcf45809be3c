import Cluster
import Hosting
import ObjectAdmin
import ObjectBlobs
import ObjectModel
import ObjectNamespace
import ObjectUpkeep
import Values

/// Jobs on the disks of this node.
struct BlobJobs: Sendable {
  private let roles: ObjectRoles

  init(_ host: ServiceHost, _ roles: ObjectRoles) { self.roles = roles }

  var kinds: [JobKind] {
    [
      JobKind(ObjectJob.scrub, { $0.concurrentMax = 1 }) { run in
        try await objectWork { try await self.scrub(run) }
      },
      JobKind(ObjectJob.repair, { $0.concurrentMax = 1 }) { run in
        try await objectWork { try await self.repair(run) }
      },
    ]
  }

  private func parts(_ run: JobRun) throws -> (BlobsParts, only: VolumeID?) {
    guard let parts = self.roles.blobs else {
      throw JobFailure("object.no_blobs", "there are no stores on this node, or not yet")
    }
    guard let number = run.text("volume") else { return (parts, nil) }
    guard let raw = UInt16(number),
      parts.disks.contains(where: { $0.volume.rawValue == raw })
    else {
      throw JobFailure("volume.not_found", "volume \(number) is not on this node", isFinal: true)
    }
    return (parts, VolumeID(rawValue: raw))
  }

  /// Reads every block and compares it; damage is told, nothing is changed.
  private func scrub(_ run: JobRun) async throws -> JobResult {
    let (parts, only) = try self.parts(run)
    var blocks: Int64 = 0
    var bytes: Int64 = 0
    var damaged: Int64 = 0
    for disk in parts.disks where only == nil || only == disk.volume {
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
    let (parts, only) = try self.parts(run)
    var repaired: Int64 = 0
    var lost: Int64 = 0
    for volume in Set(parts.disks.map(\.volume)).sorted() where only == nil || only == volume {
      run.report(JobProgress(phase: volume.description))
      let report = try await parts.blobs.repair(volume)
      try run.checkCancelled()
      repaired += Int64(report.repaired)
      lost += Int64(report.lost.count)
      for block in report.lost.prefix(100) {
        run.log("\(volume): no copy of block \(block.number) of \(block.blob) is whole")
      }
    }
    return JobResult(["repaired_count": repaired, "lost_count": lost])
  }
}

/// Jobs on the names that this node keeps.
struct NamespaceJobs: Sendable {
  private let roles: ObjectRoles

  init(_ host: ServiceHost, _ roles: ObjectRoles) { self.roles = roles }

  var kinds: [JobKind] {
    [
      JobKind(ObjectJob.verify, { $0.concurrentMax = 1 }) { run in
        try await objectWork {
          let frames = try await self.tree().verify()
          return JobResult(["frame_count": Int64(frames)])
        }
      },
      JobKind(ObjectJob.checkpoint, { $0.concurrentMax = 1 }) { run in
        try await objectWork {
          let tree = try self.tree()
          try await tree.checkpoint()
          return JobResult(["generation": Int64(clamping: tree.statistics.generation)])
        }
      },
      JobKind(ObjectJob.collect, { $0.concurrentMax = 1 }) { run in
        try await objectWork { try await self.collect() }
      },
      JobKind(ObjectJob.orphans, { $0.concurrentMax = 1 }) { run in
        try await objectWork { try await self.scan(run) }
      },
    ]
  }

  private func upkeep() throws -> NamespaceUpkeepParts {
    guard let upkeep = self.roles.namespace?.upkeep else {
      throw JobFailure(
        "object.no_namespace", "the namespace and its stores are not both on this node")
    }
    return upkeep
  }

  private func collect() async throws -> JobResult {
    let pass = try await self.upkeep().collector.collect()
    return JobResult([
      "deleted_count": Int64(pass.deleted), "failed_count": Int64(pass.failed),
      "waiting_count": Int64(pass.waiting),
    ])
  }

  private func scan(_ run: JobRun) async throws -> JobResult {
    let report = try await self.upkeep().orphans.run(isDryRun: run.isDryRun) { report in
      run.report(
        JobProgress(phase: "looking", doneCount: Int64(report.references + report.blocks)))
    }
    if let reason = report.heldBack { run.log("nothing was touched: \(reason)") }
    for dangling in report.dangling.prefix(100) {
      run.log(
        "\(dangling.root): \(String(decoding: dangling.name, as: UTF8.self)) names the blob "
          + "\(dangling.blob.id), which is gone")
    }
    return JobResult(
      [
        "reference_count": Int64(report.references), "block_count": Int64(report.blocks),
        "orphan_count": Int64(report.orphans), "orphan_bytes": report.orphanBytes,
        "quarantined_count": Int64(report.quarantined), "deleted_count": Int64(report.deleted),
        "deleted_bytes": report.deletedBytes, "dangling_count": Int64(report.danglingCount),
      ], isDryRun: run.isDryRun)
  }

  private func tree() throws -> TreeEngine {
    guard let parts = self.roles.namespace else {
      throw JobFailure("object.no_namespace", "the namespace is not on this node, or not yet up")
    }
    guard case .tree(let engine) = parts.engine else {
      throw JobFailure(
        "object.unsupported", "the names are kept by RocksDB, which looks after itself",
        isFinal: true)
    }
    return engine
  }
}
