public import Values

// What goes on in the object store: requests one by one, what is hot, latencies.

public struct ObjectOperationRecord: AdminRecord, Hashable {
  public var operation = ""
  public var node = ""
  public var requests: Int64 = 0
  public var clientErrors: Int64 = 0
  public var serverErrors: Int64 = 0
  public var ratePerSecond: Double?
  public var p50: Double?
  public var p90: Double?
  public var p99: Double?
  public var p999: Double?
  public var max: Double?
  public var firstByteP99: Double?
  public var windowSeconds: Double?

  public init() {}
  public static let kind = "ObjectOperation"
  public static let fields: [AdminField<ObjectOperationRecord>] = [
    .required("op", \.operation, "what was asked for, such as getObject"),
    AdminField("node", \.node, "where"),
    AdminField("request_count", \.requests, "since the start"),
    AdminField("client_error_count", \.clientErrors, "answers of 4xx since the start"),
    AdminField("server_error_count", \.serverErrors, "answers of 5xx since the start"),
    AdminField("rate_per_s", \.ratePerSecond, "requests a second, over the last minute or so"),
    AdminField("p50_ms", \.p50, "half took at most this long, over the same time"),
    AdminField("p90_ms", \.p90, "90 % took at most this long"),
    AdminField("p99_ms", \.p99, "99 % took at most this long"),
    AdminField("p999_ms", \.p999, "99.9 % took at most this long"),
    AdminField("max_ms", \.max, "the longest"),
    AdminField("first_byte_p99_ms", \.firstByteP99, "99 % were begun to be answered in this time"),
    AdminField("window_s", \.windowSeconds, "the time that rate and latencies are of"),
  ]
}

public enum HotKind: String, AdminWord {
  case bucket, prefix, key, client
  case accessKey = "access-key"
}

public struct HotInput: AdminRecord {
  public var by = HotKind.prefix

  public init() {}
  public init(_ by: HotKind) { self.by = by }
  public static let kind = "HotInput"
  public static let fields: [AdminField<HotInput>] = [
    AdminField("by", \.by, "what is counted")
  ]
}

public struct HotRecord: AdminRecord, Hashable {
  public var name = ""
  public var by = HotKind.prefix
  public var ratePerSecond: Double = 0
  public var bytesPerSecond: Double = 0
  public var share = 0.0
  public var uncertainty = 0.0

  public init() {}
  public static let kind = "Hot"
  public static let fields: [AdminField<HotRecord>] = [
    .required("name", \.name, "the bucket, prefix, key, client or access key"),
    .required("by", \.by, "what it is"),
    AdminField("request_per_s", \.ratePerSecond, "requests a second, about"),
    AdminField("traffic_bytes_per_s", \.bytesPerSecond, "bytes a second, both ways, about"),
    AdminField("share_ratio", \.share, "of all requests"),
    AdminField("uncertain_ratio", \.uncertainty, "of its count, how much may be of others"),
  ]
}

public struct TraceInput: AdminRecord {
  public var bucket: String?
  public var prefix: String?
  public var operation: String?
  public var status: String?
  public var client: String?
  public var accessKey: String?
  public var slowerMilliseconds: Double?
  public var after: String?
  public var waitMilliseconds: Int64 = 0

  public init() {}
  public static let kind = "TraceInput"
  public static let fields: [AdminField<TraceInput>] = [
    AdminField("bucket", \.bucket, "only requests for this bucket"),
    AdminField("prefix", \.prefix, "only keys that begin so"),
    AdminField("op", \.operation, "only this operation"),
    AdminField("status", \.status, "only this status: 404, or 5xx"),
    AdminField("client", \.client, "only from this address"),
    AdminField("key_id", \.accessKey, "only with this access key"),
    AdminField("slower_ms", \.slowerMilliseconds, "only what took longer"),
    AdminField("after", \.after, "go on from an earlier answer's next"),
    AdminField("wait_ms", \.waitMilliseconds, "answer when there is something, or after this time"),
  ]
}

public struct TraceRecord: AdminRecord, Hashable {
  public var at: Timestamp?
  public var operation = ""
  public var bucket = ""
  public var key: String?
  public var status: Int64 = 0
  public var total = 0.0
  public var firstByte: Double?
  public var received: Int64 = 0
  public var sent: Int64 = 0
  public var client = ""
  public var accessKey: String?
  public var requestID = ""
  public var standsFor: Int64 = 1
  public var error: String?

  public init() {}
  public static let kind = "Trace"
  public static let fields: [AdminField<TraceRecord>] = [
    AdminField("at", \.at, "when it was answered"),
    .required("op", \.operation, "what was asked for"),
    AdminField("bucket", \.bucket, "the bucket"),
    AdminField("key", \.key, "the object"),
    .required("status", \.status, "the status of the answer; 0: it was cut off"),
    AdminField("total_ms", \.total, "from its head to the end of the answer"),
    AdminField("first_byte_ms", \.firstByte, "until the answer was begun"),
    AdminField("received_bytes", \.received, "content that came in"),
    AdminField("sent_bytes", \.sent, "content that went out"),
    AdminField("client", \.client, "the address it came from"),
    AdminField("key_id", \.accessKey, "the access key; null: without one"),
    AdminField("request_id", \.requestID, "as the answer says it"),
    AdminField("stands_for_count", \.standsFor, "requests that the line stands for"),
    AdminField("error", \.error, "the code of the answer's error"),
  ]
}
