import Admin
import CommandTable
import JSON

/// `lakectl status`
enum Status {
  static let check = Flag("check", "exit 8 unless every service is ok")
  static let service = Option<PlainName>(
    "service", source: .resources("service"), placeholder: "NAME", "only this service")

  static let columns: [Column] = [
    Column(key: "service", isNullable: false),
    Column(
      key: "state", .word(ServiceState.allCases.map(\.rawValue)), priority: 2, isNullable: false),
    Column(key: "node_count", title: "NODES", isNullable: false),
    Column(key: "up_count", title: "UP", isNullable: false), Column(key: "rate_per_s"),
    Column(key: "p99_ms", .real, priority: 1), Column(key: "error_ratio", title: "ERRORS"),
    Column(key: "version", isWide: true), Column(key: "config_revision", isWide: true),
    Column(key: "oldest_alert_at", isWide: true),
  ]

  static let alerts = RecordColumns(
    AlertRecord.self, ["severity", "resource", "message", "since_at"],
    hidden: ["alert", "value", "limit", "command", "state", "ended_at"])
  static let jobs = RecordColumns(
    JobRecord.self, ["job_id", "what", "state", "done_ratio"],
    hidden: Set(JobRecord.fields.map { "\($0.name)" })
      .subtracting(["job_id", "what", "state", "done_ratio"]),
    titles: ["job_id": "JOB", "done_ratio": "DONE"])

  static let command = Command(
    name: "status", summary: "show services, alerts and running jobs", heading: .look,
    call: Call(
      parameters: [check.parameter, service.parameter], effect: .reads,
      output: .list("ServiceStatus", columns),
      exits: [.checkFailed: "with --check: a service is not ok", .notFound: "no such --service"],
      examples: [
        Example(text: "The first look", line: "lakectl status"),
        Example(text: "For a probe", line: "lakectl status --check -q"),
        Example(text: "Keep an eye on it", line: "lakectl status --watch"),
      ],
      detail: """
        First the services, then what fires, then the jobs that run.
        For programs alerts are among the warnings; lakectl alert list has all of them.
        """,
      run: { call async throws(CommandError) in try await run(call) }))

  static func run(_ call: Invocation) async throws(CommandError) -> Outcome {
    let answer = try await call.ask(HealthAPI.status, AdminNothing())
    let found = answer.item["alerts"]?.array ?? []
    var byService: [String: [JSONValue]] = [:]
    for record in answer.item["services"]?.array ?? [] {
      byService[record["service"]?.string ?? "", default: []].append(record)
    }
    if let name = call[self.service]?.text {
      guard byService[name] != nil else {
        throw CommandError(
          .notThere, "there is no service \(name.visible.quoted)",
          why: "the services are \(byService.keys.sorted().joined(separator: ", ").visible)",
          try: ["lakectl service list"])
      }
      byService = byService.filter { $0.key == name }
    }
    let rows = byService.map { Self.row($0, $1, alerts: found) }
    var outcome = Outcome(.rows(rows, next: nil), warnings: answer.warnings)
    if call.format.isForPeople {
      outcome.sections = [
        .init("alerts", self.alerts.list, found.map(self.alerts.row)),
        .init("jobs", self.jobs.list, (answer.item["jobs"]?.array ?? []).map(self.jobs.row)),
      ]
    } else {
      outcome.warnings += found.map { alert in
        Warning(
          "alert." + (alert["alert"]?.string ?? ""),
          "\(alert["severity"]?.string ?? "") \(alert["resource"]?.string ?? ""): "
            + (alert["message"]?.string ?? ""))
      }
    }
    if call[self.check], rows.contains(where: { $0["state"] != "ok" }) {
      outcome.exit = .checkFailed
    }
    return outcome
  }

  /// From best to worst.
  private static let order = [
    "ok", "starting", "draining", "behind", "degraded", "stopped", "unreachable",
  ]

  /// One service on all its nodes. Percentiles are not averaged: the worst node counts.
  private static func row(_ name: String, _ nodes: [JSONValue], alerts: [JSONValue]) -> Row {
    func numbers(_ key: String) -> [Double] { nodes.compactMap { $0[key]?.double } }
    let states = nodes.map { $0["state"]?.string ?? "" }
    let worst = states.max { Self.rank($0) < Self.rank($1) } ?? ""
    let rates = numbers("rate_per_s")
    let rate = rates.reduce(0, +)
    // Of all answers, not of all nodes.
    let errors = nodes.reduce(0.0) {
      $0 + ($1["error_ratio"]?.double ?? 0) * ($1["rate_per_s"]?.double ?? 0)
    }
    let since = alerts.filter { ($0["resource"]?.string ?? "").contains(name) }
      .map { self.alerts.row($0)["since_at"] }.filter { $0 != .null }
    return [
      "service": .text(name), "state": .text(worst), "node_count": .integer(Int64(nodes.count)),
      "up_count": .integer(
        Int64(states.count { $0 != "stopped" && $0 != "unreachable" })),
      "rate_per_s": rates.isEmpty ? .null : .real(rate),
      "p99_ms": numbers("p99_ms").max().map { .real($0) } ?? .null,
      "error_ratio": rate > 0
        ? .real(errors / rate) : numbers("error_ratio").max().map { .real($0) } ?? .null,
      "version": .optional(Self.only(nodes, "version")),
      "config_revision": .optional(Self.only(nodes, "config_revision")),
      "oldest_alert_at": since.min { ($0.number ?? 0) < ($1.number ?? 0) } ?? .null,
    ]
  }

  /// An unknown word is new, and nothing says that it is good.
  private static func rank(_ state: String) -> Int {
    self.order.firstIndex(of: state) ?? self.order.count - 2
  }

  /// What all nodes say, or that they differ.
  private static func only(_ nodes: [JSONValue], _ key: String) -> String? {
    let texts = Set(nodes.compactMap { $0[key]?.string })
    return texts.count > 1 ? texts.sorted().joined(separator: ",") : texts.first
  }
}
