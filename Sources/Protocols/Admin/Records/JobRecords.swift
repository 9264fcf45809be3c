public import JSON
public import Values

public enum JobState: String, AdminWord {
  case queued, running, pausing, paused, cancelling, cancelled, succeeded, failed

  public var isOver: Bool {
    switch self {
    case .queued, .running, .pausing, .paused, .cancelling: false
    case .cancelled, .succeeded, .failed: true
    }
  }
}

public struct JobRecord: AdminRecord, Hashable {
  public var job = ""
  public var kindOfJob = ""
  public var what = ""
  public var state = JobState.queued
  public var phase: String?
  public var doneRatio: Double?
  public var doneCount: Int64?
  public var totalCount: Int64?
  public var doneBytes: Int64?
  public var totalBytes: Int64?
  public var node: String?
  public var actor: String?
  public var createdAt: Timestamp?
  public var startedAt: Timestamp?
  public var endedAt: Timestamp?
  public var etaSeconds: Int64?
  public var attempt: Int64 = 0
  public var result: JSONValue = .null
  public var error: String?
  public var errorCode: String?

  public init() {}
  public static let kind = "Job"
  public static let fields: [AdminField<JobRecord>] = [
    .required("job_id", \.job, "names it"),
    .required("kind", \.kindOfJob, "what sort of work"),
    AdminField("what", \.what, "one line for people"),
    .required("state", \.state, "how far it is"),
    AdminField("phase", \.phase, "what it is at"),
    AdminField("done_ratio", \.doneRatio, "how much of it is done"),
    AdminField("done_count", \.doneCount, "things done"),
    AdminField("total_count", \.totalCount, "things to do"),
    AdminField("done_bytes", \.doneBytes, "bytes done"),
    AdminField("total_bytes", \.totalBytes, "bytes to do"),
    AdminField("node", \.node, "who does it"),
    AdminField("actor", \.actor, "who asked for it"),
    AdminField("created_at", \.createdAt, "when it was asked for"),
    AdminField("started_at", \.startedAt, "when it was begun"),
    AdminField("ended_at", \.endedAt, "when it was over"),
    AdminField("eta_s", \.etaSeconds, "how much longer, at the present rate"),
    AdminField("attempt_count", \.attempt, "how often it was begun"),
    AdminField("result", \.result, "what came of it"),
    AdminField("error", \.error, "why it failed"),
    AdminField("error_code", \.errorCode, "the stable code of that"),
  ]
}

public struct JobsInput: AdminRecord {
  public var state: String?
  public var kindOfJob: String?
  public var actor: String?

  public init() {}
  public static let kind = "JobsInput"
  public static let fields: [AdminField<JobsInput>] = [
    AdminField("state", \.state, "only in this state; `active` for all that are not over"),
    AdminField("kind", \.kindOfJob, "only of this kind"),
    AdminField("actor", \.actor, "only those asked for by this user"),
  ]
}

public struct JobInput: AdminRecord {
  public var job = ""
  /// Answer when the job is over, or after this time.
  public var waitMilliseconds: Int64 = 0

  public init() {}
  public init(job: String, waitMilliseconds: Int64 = 0) {
    self.job = job
    self.waitMilliseconds = waitMilliseconds
  }
  public static let kind = "JobInput"
  public static let fields: [AdminField<JobInput>] = [
    .required("job_id", \.job, "which job, or last"),
    AdminField("wait_ms", \.waitMilliseconds, "answer when it is over, or after this time"),
  ]
}

public struct JobChangeInput: AdminRecord {
  public var job = ""

  public init() {}
  public init(job: String) { self.job = job }
  public static let kind = "JobChangeInput"
  public static let fields: [AdminField<JobChangeInput>] = [
    .required("job_id", \.job, "which job, or last")
  ]
}

public struct JobLogRecord: AdminRecord, Hashable {
  public var line: Int64 = 0
  public var at: Timestamp?
  public var message = ""

  public init() {}
  public static let kind = "JobLog"
  public static let fields: [AdminField<JobLogRecord>] = [
    .required("line", \.line, "counts from 1"),
    AdminField("at", \.at, "when"),
    .required("message", \.message, "what the job said"),
  ]
}

public struct JobLogInput: AdminRecord {
  public var job = ""
  public var after: Int64 = 0

  public init() {}
  public static let kind = "JobLogInput"
  public static let fields: [AdminField<JobLogInput>] = [
    .required("job_id", \.job, "which job, or last"),
    AdminField("after", \.after, "only lines behind this one"),
  ]
}
