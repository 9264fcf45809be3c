public import JSON
public import Values

// What `logs`, `events`, `metrics` and `support bundle` show.

public struct LogLineRecord: AdminRecord, Hashable {
  public var at: Timestamp?
  public var node = ""
  public var service = ""
  public var level = ""
  public var message = ""
  public var code: String?
  public var requestID: String?
  public var fields: [String: String] = [:]
  public var sequence = ""

  public init() {}
  public static let kind = "LogLine"
  public static let fields: [AdminField<LogLineRecord>] = [
    AdminField("at", \.at, "when"),
    .required("node", \.node, "where"),
    .required("service", \.service, "the component that said it"),
    .required("level", \.level, "how bad"),
    .required("message", \.message, "what was said"),
    AdminField("code", \.code, "a stable code, when there is one"),
    AdminField("request_id", \.requestID, "the request it belongs to"),
    AdminField("fields", \.fields, "names and values; secrets are left out"),
    AdminField("sequence_id", \.sequence, "counts on its node"),
  ]
}

public struct LogsInput: AdminRecord {
  public var service: String?
  public var node: String?
  public var level: String?
  public var since: Timestamp?
  public var cursor: String?
  /// Answer when there is something, or after this time.
  public var waitMilliseconds: Int64 = 0

  public init() {}
  public static let kind = "LogsInput"
  public static let fields: [AdminField<LogsInput>] = [
    AdminField("service", \.service, "only this component and what is below it"),
    AdminField("node", \.node, "only this node"),
    AdminField("level", \.level, "this level and worse"),
    AdminField("since", \.since, "not older than this"),
    AdminField("after", \.cursor, "go on from an earlier answer's next"),
    AdminField("wait_ms", \.waitMilliseconds, "answer when there is something, or after this time"),
  ]
}

public struct EventRecord: AdminRecord, Hashable {
  public var event = ""
  public var at: Timestamp?
  public var actor = ""
  public var kindOfEvent = ""
  public var resource = ""
  public var action = ""
  public var result = ""
  public var requestID: String?
  public var source: String?
  public var details: JSONValue = .null

  public init() {}
  public static let kind = "Event"
  public static let fields: [AdminField<EventRecord>] = [
    .required("event_id", \.event, "names it; newer ones are smaller"),
    AdminField("at", \.at, "when"),
    AdminField("actor", \.actor, "who"),
    AdminField("kind", \.kindOfEvent, "what sort of thing was changed"),
    AdminField("resource", \.resource, "which thing"),
    AdminField("action", \.action, "what was done"),
    AdminField("result", \.result, "what came of it"),
    AdminField("request_id", \.requestID, "the request that did it"),
    AdminField("source", \.source, "where the request came from"),
    AdminField("details", \.details, "what was different; no secrets"),
  ]
}

public struct EventsInput: AdminRecord {
  public var since: Timestamp?
  public var kindOfEvent: String?
  public var actor: String?
  public var after: String?

  public init() {}
  public static let kind = "EventsInput"
  public static let fields: [AdminField<EventsInput>] = [
    AdminField("since", \.since, "not older than this"),
    AdminField("kind", \.kindOfEvent, "only of this kind"),
    AdminField("actor", \.actor, "only by this one"),
    AdminField("after", \.after, "only behind this event"),
  ]
}

public struct MetricRecord: AdminRecord, Hashable {
  public var metric = ""
  public var labels = ""
  public var type = ""
  public var value: Double?
  public var count: Int64?
  public var p50: Double?
  public var p99: Double?
  public var max: Double?
  public var node = ""
  public var help = ""

  public init() {}
  public static let kind = "Metric"
  public static let fields: [AdminField<MetricRecord>] = [
    .required("metric", \.metric, "its name, with its unit last"),
    AdminField("labels", \.labels, "which of its series"),
    AdminField("type", \.type, "counter, gauge or histogram"),
    AdminField("value", \.value, "of a counter or gauge; the mean of a histogram"),
    AdminField("observed_count", \.count, "of a histogram: how many were measured"),
    AdminField("p50", \.p50, "of a histogram: half were at most this"),
    AdminField("p99", \.p99, "of a histogram: 99 % were at most this"),
    AdminField("max", \.max, "of a histogram: the largest"),
    AdminField("node", \.node, "where"),
    AdminField("help", \.help, "what it says"),
  ]
}

public struct MetricsInput: AdminRecord {
  public var match: String?
  public var node: String?

  public init() {}
  public static let kind = "MetricsInput"
  public static let fields: [AdminField<MetricsInput>] = [
    AdminField("match", \.match, "only names that hold this text"),
    AdminField("node", \.node, "only this node; the one that answers by default"),
  ]
}

public struct MetricFamiliesInput: AdminRecord {
  public var name: String?

  public init() {}
  public static let kind = "MetricFamiliesInput"
  public static let fields: [AdminField<MetricFamiliesInput>] = [
    AdminField("name", \.name, "only this family")
  ]
}

public struct SupportPartRecord: AdminRecord, Hashable {
  public var part = ""
  public var node = ""
  public var sizeBytes: Int64 = 0
  public var redactedCount: Int64 = 0
  public var state = ""
  public var text: String?

  public init() {}
  public static let kind = "SupportPart"
  public static let fields: [AdminField<SupportPartRecord>] = [
    .required("part", \.part, "its name in the archive"),
    AdminField("node", \.node, "where it comes from"),
    AdminField("size_bytes", \.sizeBytes, "of its text"),
    AdminField("redacted_count", \.redactedCount, "values that were masked"),
    AdminField("state", \.state, "ready, or why it is missing"),
    AdminField("text", \.text, "the part itself; not in lists"),
  ]
}

public struct SupportInput: AdminRecord {
  public var part = ""
  public var logBytesMax: Int64 = 1 << 20
  public var since: Timestamp?

  public init() {}
  public static let kind = "SupportInput"
  public static let fields: [AdminField<SupportInput>] = [
    .required("part", \.part, "which part"),
    AdminField("log_bytes_max", \.logBytesMax, "at most this much of logs"),
    AdminField("since", \.since, "no logs older than this"),
  ]
}
