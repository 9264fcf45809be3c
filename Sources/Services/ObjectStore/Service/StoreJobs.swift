import Cluster
import Hosting
import ObjectAdmin
import ObjectBlobs
import ObjectControl
import ObjectModel
import ObjectNamespace
import ObjectUpkeep
import Values

/// Jobs on the names that this node keeps.
struct NamespaceJobs: Sendable {
  private let host: ServiceHost
  private let roles: ObjectRoles

  init(_ host: ServiceHost, _ roles: ObjectRoles) {
    self.host = host
    self.roles = roles
  }

  var kinds: [JobKind] {
    [
      JobKind(ObjectJob.verify, { $0.concurrentMax = 1 }) { run in
        try await objectWork { try await self.verify(run) }
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

  /// Every frame of our tree, then every record beside the blobs that it names.
  private func verify(_ run: JobRun) async throws -> JobResult {
    let upkeep = try self.upkeep()
    guard let blobs = self.roles.anyBlobs(self.host) else {
      throw JobFailure("object.no_blobs", "the stores cannot be reached from this node")
    }
    var frames = 0
    if case .tree(let engine) = self.roles.namespace?.engine {
      run.report(JobProgress(phase: "frames"))
      frames = try await engine.verify()
    }
    var roots: [RootID]?
    if let name = run.text("bucket") {
      guard let bucket = try await self.roles.control(self.host).bucket(name) else {
        throw JobFailure("control.no_such_bucket", "there is no bucket \(name)", isFinal: true)
      }
      roots = [bucket.root]
    }
    let check = RecordCheck(upkeep.namespace, inventory: blobs, blobs: blobs)
    let report = try await check.run(roots, prefix: Array((run.text("prefix") ?? "").utf8)) {
      report in
      try run.checkCancelled()
      run.report(JobProgress(phase: "records", doneCount: Int64(report.references)))
    }
    for missing in report.missing.prefix(100) {
      run.log(
        "\(Self.text(missing)) names the blob \(missing.blob.id), of which blocks are missing")
    }
    for table in report.unreadable.prefix(100) {
      run.log("the table of parts of \(Self.text(table)) cannot be read")
    }
    return JobResult([
      "frame_count": Int64(frames), "reference_count": Int64(report.references),
      "missing_count": Int64(report.missingCount),
      "unreadable_count": Int64(report.unreadableCount),
    ])
  }

  private static func text(_ reference: DanglingReference) -> String {
    "\(reference.root): \(String(decoding: reference.name, as: UTF8.self))"
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
      run.log("\(Self.text(dangling)) names the blob \(dangling.blob.id), which is gone")
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
