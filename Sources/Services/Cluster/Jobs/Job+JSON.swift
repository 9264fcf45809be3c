package import JSON
import Values

// Facts of jobs. ID is a ULID, so that lists are in the order of submission.
//
//   jobs/active/ID      the job until it ends        jobs/runs/ID       who runs it, with a lease
//   jobs/ended/ID       the job after, for a week    jobs/progress/ID   how far it is
//   jobs/joins/KIND/KEY the id that requests join    jobs/logs/ID       its last lines
//                                                    jobs/checkpoints/ID
enum JobKeys {
  static let active = "jobs/active/"
  static let ended = "jobs/ended/"
  static let runs = "jobs/runs/"

  static func active(_ id: ULID) -> FactKey { FactKey("\(self.active)\(id)") }
  static func ended(_ id: ULID) -> FactKey { FactKey("\(self.ended)\(id)") }
  static func run(_ id: ULID) -> FactKey { FactKey("\(self.runs)\(id)") }
  static func progress(_ id: ULID) -> FactKey { FactKey("jobs/progress/\(id)") }
  static func log(_ id: ULID) -> FactKey { FactKey("jobs/logs/\(id)") }
  static func checkpoint(_ id: ULID) -> FactKey { FactKey("jobs/checkpoints/\(id)") }
  static func join(_ kind: String, _ key: String) -> FactKey {
    FactKey("jobs/joins/\(kind)/\(key)")
  }
}

extension JobProgress: JSONEncodable, JSONDecodable {
  package func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("phase", self.phase)
      json.member("done_count", self.doneCount)
      json.member("total_count", self.totalCount)
      json.member("done_bytes", self.doneBytes)
      json.member("total_bytes", self.totalBytes)
    }
  }

  package init(json: JSONCursor) throws(JSONError) {
    self.init(
      phase: try json.decode("phase"), doneCount: try json.decodeIfPresent("done_count"),
      totalCount: try json.decodeIfPresent("total_count"),
      doneBytes: try json.decodeIfPresent("done_bytes"),
      totalBytes: try json.decodeIfPresent("total_bytes"))
  }
}

extension JobFailure: JSONEncodable, JSONDecodable {
  package func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("code", self.code)
      json.member("message", self.message)
      json.member("final", self.isFinal)
    }
  }

  package init(json: JSONCursor) throws(JSONError) {
    self.init(
      try json.decode("code"), try json.decode("message"), isFinal: try json.decode("final"))
  }
}

extension Job: JSONEncodable, JSONDecodable {
  package func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("id", self.id)
      json.member("kind", self.kind)
      json.member("what", self.what)
      json.member("parameters", self.parameters)
      json.member("state", self.state)
      json.member("progress", self.progress)
      json.member("requester", self.requester)
      json.member("request_id", self.requestID)
      json.member("created_ns", self.createdAt)
      json.member("started_ns", self.startedAt)
      json.member("ended_ns", self.endedAt)
      json.member("node", self.node)
      json.member("attempts", self.attempts)
      json.member("not_before_ns", self.notBefore)
      json.member("result", self.result)
      json.member("failure", self.failure)
      json.member("join_key", self.joinKey)
    }
  }

  package init(json: JSONCursor) throws(JSONError) {
    self.id = try json.identifier("id")
    self.kind = try json.decode("kind")
    self.what = try json.decode("what")
    self.parameters = try json.decode("parameters")
    self.state = try json.decode("state")
    self.progress = try json.decode("progress")
    self.requester = try json.decode("requester")
    self.requestID = try json.decodeIfPresent("request_id")
    self.createdAt = try json.time("created_ns")
    self.startedAt = try json.timeIfPresent("started_ns")
    self.endedAt = try json.timeIfPresent("ended_ns")
    self.node = try json.decodeIfPresent("node")
    self.attempts = try json.decode("attempts")
    self.notBefore = try json.timeIfPresent("not_before_ns")
    self.result = try json.decodeIfPresent("result")
    self.failure = try json.decodeIfPresent("failure")
    self.joinKey = try json.decode("join_key")
  }
}

extension JobLogLine: JSONEncodable, JSONDecodable {
  package func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("number", self.number)
      json.member("at_ns", self.at)
      json.member("text", self.text)
    }
  }

  package init(json: JSONCursor) throws(JSONError) {
    self.number = try json.decode("number")
    self.at = try json.time("at_ns")
    self.text = try json.decode("text")
  }
}

/// The lines of a job, as they are kept: the last ones.
struct JobLog: Hashable, Sendable, JSONEncodable, JSONDecodable {
  static let linesMax = 500
  static let lineByteCountMax = 500
  static let byteCountMax = 64 << 10

  var lines: [JobLogLine] = []
  private var byteCount = 0

  init() {}

  mutating func append(_ text: String, at time: WallTime) {
    let text = String(decoding: text.utf8.prefix(Self.lineByteCountMax), as: UTF8.self)
    self.lines.append(JobLogLine(number: (self.lines.last?.number ?? 0) + 1, at: time, text: text))
    self.byteCount += text.utf8.count + 64
    var dropped = 0
    while self.byteCount > Self.byteCountMax || self.lines.count - dropped > Self.linesMax {
      self.byteCount -= self.lines[dropped].text.utf8.count + 64
      dropped += 1
    }
    self.lines.removeFirst(dropped)
  }

  func encode(to json: inout JSONWriter) { self.lines.encode(to: &json) }

  init(json: JSONCursor) throws(JSONError) {
    self.lines = try [JobLogLine](json: json)
    self.byteCount = self.lines.reduce(0) { $0 + $1.text.utf8.count + 64 }
  }
}
