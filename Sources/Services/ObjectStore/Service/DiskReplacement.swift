import Cluster
import Hosting
import JSON
import ObjectAdmin
import ObjectBlobs
import ObjectControl
import ObjectModel
import ObjectRemote
import Runtime
import Values

/// Puts an empty disk of this node in the place of a member of a volume.
///
/// A member that is still there stays until the new one has everything: writes go to both meanwhile. One
/// that is gone is replaced at once, and the volume takes writes again before the new disk is full. Begun
/// again it goes on: what was chosen is in the checkpoint, what was done is in the facts.
struct DiskReplacement: Sendable {
  /// Writers that have not heard of the new member yet are done by then.
  private static let settling = Duration.seconds(20)
  private static let passesMax = 5

  private let host: ServiceHost
  private let roles: ObjectRoles

  init(_ host: ServiceHost, _ roles: ObjectRoles) {
    self.host = host
    self.roles = roles
  }

  func run(_ run: JobRun) async throws -> JobResult {
    guard let old = run.text("disk") else {
      throw JobFailure("disk.not_found", "no disk is named", isFinal: true)
    }
    let control = self.roles.control(self.host)
    let volumes = try await control.storedVolumes()
    let chosen = run.checkpoint.map { String(decoding: $0, as: UTF8.self) }
    let volume = volumes.first { volume in
      volume.members.contains { $0.disk == old || $0.disk == chosen }
    }
    guard let volume else {
      throw JobFailure(
        "disk.not_found", "disk \(old) is a member of no volume", isFinal: true)
    }
    let new = try await self.choose(run, chosen, old, volume)
    if volume.members.contains(where: { $0.disk == old }), !self.has(new, in: volume) {
      try await self.join(new, volume.id, beside: old, run)
    }
    run.report(JobProgress(phase: "filling \(new)"))
    try await run.time.sleep(for: Self.settling)
    let report = try await self.fill(volume.id, run)
    let isLeft = try await self.leave(old, volume.id, isWhole: report.failed == 0)
    run.log(
      isLeft
        ? "disk \(new) has taken the place of \(old) in \(volume.id)"
        : "disk \(old) stays beside \(new): it has blocks that could not be read")
    return JobResult([
      "scanned_count": Int64(report.scanned), "copied_count": Int64(report.repaired),
      "failed_count": Int64(report.failed),
    ])
  }

  private func has(_ disk: String, in volume: VolumeRecord) -> Bool {
    volume.members.contains { $0.disk == disk }
  }

  private func choose(
    _ run: JobRun, _ chosen: String?, _ old: String, _ volume: VolumeRecord
  ) async throws -> String {
    guard let parts = self.roles.blobs else {
      throw JobFailure("object.no_blobs", "there are no stores on this node, or not yet")
    }
    if let chosen {
      guard parts.disks.contains(where: { $0.store.name == chosen }) else {
        throw JobFailure("disk.not_found", "disk \(chosen) is not on this node any more")
      }
      return chosen
    }
    let wanted = run.text("with")
    guard let new = parts.empty.first(where: { wanted == nil || $0 == wanted }) else {
      throw JobFailure(
        "disk.none_empty",
        wanted.map { "disk \($0) is not on this node, has content, or is of a volume" }
          ?? "the node has no empty disk without a volume: add its folder to object_blobs.folders, "
          + "raise object_blobs.spares and start again",
        isFinal: true)
    }
    guard volume.members.count > 1 || parts.disks.contains(where: { $0.store.name == old }) else {
      throw JobFailure(
        "disk.only_copy", "disk \(old) is the only one of \(volume.id), and it is not on this node",
        isFinal: true)
    }
    try await run.save(checkpoint: Array(new.utf8))
    return new
  }

  /// Whether the member can still be read.
  private func isThere(_ member: VolumeRecord.Member, of id: VolumeID) -> Bool {
    guard member.node != self.host.data.node else {
      return self.roles.blobs?.disks.contains { $0.store.name == member.disk } ?? false
    }
    return self.roles.cluster(self.host).answers(member.node, for: id)
  }

  private func join(
    _ new: String, _ id: VolumeID, beside old: String, _ run: JobRun
  ) async throws {
    let member = VolumeRecord.Member(
      node: self.host.data.node, disk: new, zone: self.host.zone)
    let changed = try await self.change(id) { volume in
      guard let index = volume.members.firstIndex(where: { $0.disk == old }),
        !volume.members.contains(where: { $0.disk == new })
      else { return }
      if self.isThere(volume.members[index], of: id) {
        volume.members.append(member)
        volume.writeQuorum += 1
      } else {
        volume.members[index] = member
      }
    }
    run.log("\(id) has the members \(changed.members.map(\.disk).joined(separator: ", "))")
  }

  /// False: it stays, as not all of it could be read.
  private func leave(_ old: String, _ id: VolumeID, isWhole: Bool) async throws -> Bool {
    let volume = try await self.change(id) { volume in
      guard isWhole, let index = volume.members.firstIndex(where: { $0.disk == old }),
        volume.members.count > 1
      else { return }
      volume.members.remove(at: index)
      volume.writeQuorum -= 1
    }
    return !self.has(old, in: volume)
  }

  private func change(
    _ id: VolumeID, _ change: (inout VolumeRecord) -> Void
  ) async throws -> VolumeRecord {
    let control = self.roles.control(self.host)
    let volume = try await control.changeMembers(of: id) { (volume) throws(ControlError) in
      change(&volume)
    }
    _ = self.roles.follow(try await control.storedVolumes())
    if self.host.link.isShared { try await self.roles.cluster(self.host).refresh() }
    return volume
  }

  /// Until a pass finds nothing more to copy.
  private func fill(_ id: VolumeID, _ run: JobRun) async throws -> VolumeRepairReport {
    var total = VolumeRepairReport()
    for _ in 0..<Self.passesMax {
      let done = total
      let repair = VolumeRepair(
        try await self.roles.peers(of: id, self.host), clock: self.host.group.loops[0])
      let report = try await repair.run(id, reads: false) { report in
        try run.checkCancelled()
        run.report(
          JobProgress(phase: "filling", doneCount: Int64(done.repaired + report.repaired)))
      }
      total.add(report)
      total.failed = report.failed
      total.scanned = report.scanned
      for failure in report.failures { run.log("\(id): \(failure)") }
      if report.repaired == 0, report.failed == 0 { break }
    }
    return total
  }
}
