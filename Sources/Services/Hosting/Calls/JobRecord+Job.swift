package import Admin
package import Cluster
private import JSON
package import Values

extension JobRecord {
  package init(_ job: Job, at now: WallTime) {
    self.init()
    self.job = job.id.description
    self.kindOfJob = job.kind
    self.what = job.what
    self.state = Admin.JobState(rawValue: job.state.rawValue) ?? .queued
    self.phase = job.progress.phase.isEmpty ? nil : job.progress.phase
    self.doneRatio = job.doneRatio
    self.doneCount = job.progress.doneCount
    self.totalCount = job.progress.totalCount
    self.doneBytes = job.progress.doneBytes
    self.totalBytes = job.progress.totalBytes
    self.node = job.node
    self.actor = job.requester
    self.createdAt = Timestamp(job.createdAt)
    self.startedAt = job.startedAt.map { Timestamp($0) }
    self.endedAt = job.endedAt.map { Timestamp($0) }
    self.etaSeconds = job.eta(at: now).map { $0.nanosecondsClamped / 1_000_000_000 }
    self.attempt = Int64(job.attempts)
    self.result = job.result ?? .null
    self.error = job.failure?.message
    self.errorCode = job.failure?.code
  }
}
