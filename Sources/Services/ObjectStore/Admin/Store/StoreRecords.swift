import Admin
import ObjectModel
import Values

extension DiskRecord {
  init(_ report: DiskReport) {
    self.init()
    self.disk = report.disk
    self.node = report.node
    self.volume = report.volume.map { "\($0.rawValue)" }
    self.path = report.path
    self.bytes = report.limitBytes
    self.usedBytes = report.usedBytes
    self.freeBytes = max(0, report.limitBytes - report.usedBytes)
    self.usedRatio = Double(report.usedBytes) / Double(max(1, report.limitBytes))
    self.storedBytes = report.bytes
    self.fileBytes = report.fileBytes
    self.quarantinedBytes = report.quarantinedBytes
    self.blocks = report.blocks
    self.tombstones = report.tombstones
    self.indexBytes = report.indexBytes
    self.writing = report.writing
    self.batches = report.batches
    self.checkpoints = report.checkpoints
    self.damaged = report.damagedReads
    self.cacheBytes = report.cacheBytes
    self.cacheHitRatio = report.cacheHitRatio
    self.scrubRatio = report.scrubRatio
    self.scrubbedAt = report.scrubbedAt.map { Timestamp($0) }
    self.reason = report.failure
    if report.failure != nil {
      self.state = .failed
    } else if report.damagedReads > 0 || report.quarantinedBytes > 0 {
      self.state = .damaged
      self.reason =
        "\(report.damagedReads) reads were damaged, "
        + "\(ByteCount(report.quarantinedBytes)) are quarantined"
    } else if self.usedRatio >= 0.95 {
      self.state = .full
    } else if self.usedRatio >= 0.85 {
      self.state = .nearlyFull
    }
  }
}

extension Admin.VolumeRecord {
  /// - Parameter disks: the reports of its members that are known here.
  init(_ volume: ObjectModel.VolumeRecord, _ disks: [DiskReport]) {
    self.init()
    self.volume = "\(volume.id.rawValue)"
    switch volume.kind {
    case .replicated: self.kindOfVolume = .replicated
    case .erasureCoded: self.kindOfVolume = .erasureCoded
    case .cloud: self.kindOfVolume = .cloud
    }
    self.members = Int64(volume.members.count)
    self.writeQuorum = Int64(volume.writeQuorum)
    self.readQuorum = Int64(volume.readQuorum)
    self.disks = disks.map(\.disk).sorted()
    self.usedBytes = disks.map(\.usedBytes).max()
    self.storedBytes = disks.map(\.bytes).max()
    self.blocks = disks.map(\.blocks).max()
    let isFull = disks.contains { Double($0.usedBytes) / Double(max(1, $0.limitBytes)) >= 0.95 }
    // Every member has every block: the smallest and the fullest count.
    let present = disks.filter { $0.failure == nil }
    self.bytes = present.map(\.limitBytes).min()
    self.freeBytes = present.map { max(0, $0.limitBytes - $0.usedBytes) }.min()
    if disks.contains(where: { $0.failure != nil }) {
      self.state = .degraded
    } else if !volume.isOpen {
      self.state = .closed
    } else if isFull {
      self.state = .full
    }
  }
}

extension ObjectEngineRecord {
  init(_ report: EngineReport, _ node: String, at now: WallTime) {
    self.init()
    self.engine = report.name
    self.node = node
    self.kindOfEngine = report.kind
    self.objects = Int64(clamping: report.objects)
    self.cacheBytes = report.cacheBytes
    self.cacheBytesMax = report.cacheBytesMax
    self.cacheHitRatio = report.cacheHitRatio
    self.dirtyBytes = report.dirtyBytes
    self.imageBytes = report.imageBytes
    self.fileBytes = report.fileBytes
    self.fileUsedBytes = report.fileUsedBytes
    self.framesRead = Int64(clamping: report.framesRead)
    self.logBytes = Int64(clamping: report.logBytes)
    self.commits = report.commits
    self.queued = report.queued
    self.checkpoints = report.checkpoints
    self.checkpointAgeSeconds = report.checkpointAt.map {
      max(0, (now - $0).nanosecondsClamped / 1_000_000_000)
    }
    self.generation = "\(report.generation)"
  }
}
