import Cluster
import Hosting
import ObjectAdmin
import ObjectBlobs
import ObjectModel
import ObjectNamespace
import ObjectUpkeep
import Values

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
