package import JSON
package import Values

package enum JobState: String, Hashable, Sendable, CaseIterable, JSONEncodable, JSONDecodable {
  /// Waits for a node. From here: running, paused, cancelled.
  case queued
  /// A node works on it, or has died while it did. From here: any other.
  case running
  /// Its handler is being stopped. Then: paused; running when it is resumed at once; cancelling.
  case pausing
  /// Until somebody resumes it. Then: queued, cancelled.
  case paused
  /// Its handler is being stopped. Then: cancelled, or what the handler came to before it heard.
  case cancelling
  case cancelled, succeeded, failed

  package var isEnded: Bool {
    switch self {
    case .cancelled, .succeeded, .failed: true
    case .queued, .running, .pausing, .paused, .cancelling: false
    }
  }
}

/// How far a job is. What it does not count is nil.
package struct JobProgress: Hashable, Sendable {
  package static let phaseByteCountMax = 200

  package var phase: String
  package var doneCount: Int64?
  package var totalCount: Int64?
  package var doneBytes: Int64?
  package var totalBytes: Int64?

  package init(
    phase: String = "", doneCount: Int64? = nil, totalCount: Int64? = nil, doneBytes: Int64? = nil,
    totalBytes: Int64? = nil
  ) {
    self.phase = phase
    self.doneCount = doneCount
    self.totalCount = totalCount
    self.doneBytes = doneBytes
    self.totalBytes = totalBytes
  }

  /// 0 to 1, of bytes where there are bytes; nil when the total is not known.
  package var doneRatio: Double? {
    for case (let done?, let total?) in [
      (self.doneBytes, self.totalBytes), (self.doneCount, self.totalCount),
    ] where total > 0 {
      return min(max(Double(done) / Double(total), 0), 1)
    }
    return nil
  }
}

/// Why a job failed: thrown by a handler, kept with the job.
package struct JobFailure: Error, Hashable, Sendable, CustomStringConvertible {
  package static let messageByteCountMax = 2000

  /// `area.reason`, stable.
  package var code: String
  package var message: String
  /// Trying again would fail again.
  package var isFinal: Bool

  package init(_ code: String, _ message: String, isFinal: Bool = false) {
    self.code = code
    self.message = message
    self.isFinal = isFinal
  }

  package var description: String { "\(self.code): \(self.message)" }
}

/// A job as it stands.
package struct Job: Hashable, Sendable {
  package var id: ULID
  package var kind: String
  /// For people: `move shard orders/7 n2 -> n5`.
  package var what: String
  package var parameters: JSONValue
  package var state: JobState
  package var progress = JobProgress()
  /// The account that asked for it.
  package var requester: String
  package var requestID: String?
  package var createdAt: WallTime
  /// When it ran first.
  package var startedAt: WallTime?
  package var endedAt: WallTime?
  /// Where it runs, or ran last.
  package var node: String?
  /// How often it was begun without being told to stop.
  package var attempts = 0
  /// When a failed attempt is followed by the next.
  package var notBefore: WallTime?
  package var result: JSONValue?
  /// Of the last attempt that failed; of the job when its state is `failed`.
  package var failure: JobFailure?
  /// Requests with this key join the job while it has not ended.
  package var joinKey: String

  /// 1 when it succeeded, else what its progress says.
  package var doneRatio: Double? { self.state == .succeeded ? 1 : self.progress.doneRatio }

  /// What is left at the average speed so far.
  package func eta(at now: WallTime) -> Duration? {
    guard self.state == .running, let started = self.startedAt, let ratio = self.doneRatio,
      ratio > 0.001
    else { return nil }
    let spent = Double(max(now.nanoseconds - started.nanoseconds, 0))
    return .nanoseconds(Int64(min(spent * (1 - ratio) / ratio, 1e18)))
  }
}

/// A line that a job wrote.
package struct JobLogLine: Hashable, Sendable {
  package var number: Int
  package var at: WallTime
  package var text: String
}
