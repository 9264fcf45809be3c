package import Dashboard
import JSON
package import Values

/// Clusters that never were, as recordings: what the admin API would have answered.
package enum SampleCluster: String, CaseIterable, Sendable {
  /// Everything is well.
  case calm
  /// A node goes after ten seconds, and is back after forty.
  case nodeDown = "node-down"
  /// Names with escape codes, control, wide and combining characters, and very long ones.
  case hostile

  /// 2026-11-20T14:03:21Z
  package static let startedAt = WallTime(nanoseconds: 1_795_183_401_000_000_000)
  package static let momentCount = 31

  package var context: ContextFacts {
    switch self {
    case .calm: ContextFacts(name: "prod", isProtected: true)
    case .nodeDown: ContextFacts(name: "dev")
    case .hostile: ContextFacts(name: "ev\u{1B}[2Jil")
    }
  }

  package var recording: Recording {
    var recording = Recording(context: self.context, startedAt: Self.startedAt)
    for moment in 0..<Self.momentCount {
      let milliseconds = Int64(moment) * 2000
      func add(_ path: String, _ reply: JSONValue) {
        recording.entries.append(
          .init(milliseconds: milliseconds, path: "/admin/v1/\(path)", reply: .success(reply)))
      }
      add("services", Self.list(self.services(moment)))
      add("nodes", Self.list(self.nodes(moment)))
      add("metrics", .array(self.metrics(moment)))
      if moment == 0 || self == .nodeDown { add("alerts", Self.list(self.alerts(moment))) }
      if moment % 5 == 0 { add("jobs", Self.list(self.jobs(moment))) }
      add("logs", self.logs(moment))
      if self != .nodeDown {
        add("object/operations", Self.list(self.operations(moment)))
        add("catalog/activity", Self.list(self.tables(commits: 4100 + moment * 8)))
        add("series/groups", Self.list(self.seriesGroups(moment)))
      }
      guard moment == 0 else { continue }
      self.addObjects(to: &recording)
      self.addCatalog(to: &recording)
      self.addSeries(to: &recording)
      add("jobs/01J9FZ7K2M/logs", Self.list(self.jobLog))
      add("users", Self.list(self.users))
      add("keys", Self.list(self.keys))
      add("groups", Self.list(self.groups))
      add("roles", Self.list(self.roles))
      add("tokens", Self.list(self.tokens))
      add("events", Self.list(self.events))
      add("cluster", ["item": Self.cluster])
      add("cluster/settings", Self.list(self.settings))
    }
    return recording
  }

  static func list(_ items: [JSONValue]) -> JSONValue {
    ["items": .array(items), "next": .null, "truncated": false]
  }

  /// A time so many seconds after the start.
  static func at(_ seconds: Int) -> JSONValue {
    .string(Timestamp(Self.startedAt + .seconds(seconds)).description)
  }

  /// Up and down between 0 and 1, the same in every run.
  static func wave(_ moment: Int, _ phase: Int) -> Double {
    let step = (moment * 3 + phase * 7) % 20
    return Double(step < 10 ? step : 20 - step) / 10
  }

  /// Names of this cluster: hostile ones say what they are.
  func name(_ plain: String) -> String {
    guard self == .hostile else { return plain }
    switch plain {
    case "n1": return "n1\u{1B}[31m\u{07}"
    case "n2": return "n2\r\nSTATE down"
    case "n3": return "\u{202E}3n\u{202C}日本語"
    case "catalog": return "cat\u{1B}]0;owned\u{07}alog"
    case "objects": return "e\u{301}tage\u{200B}" + String(repeating: "x", count: 300)
    default: return plain + "\t\u{9B}K"
    }
  }

  private func isDown(_ moment: Int) -> Bool {
    self == .nodeDown && (5..<20).contains(moment)
  }

  private func services(_ moment: Int) -> [JSONValue] {
    let services: [(String, String, Double, Double)] = [
      ("catalog", "n1", 1200, 18), ("objects", "n4", 41_800, 4.1), ("sql", "n2", 9600, 7.9),
      ("replication", "n6", 12_400, 31), ("series", "n3", 310_000, 2.2),
    ]
    return services.enumerated().map { index, service in
      let (name, node, rate, p99) = service
      let isDown = self.isDown(moment) && node == "n4"
      var count = 0.0
      for step in 0...moment { count += 2 * rate * (0.6 + 0.4 * Self.wave(step, index)) }
      let state = isDown ? "unreachable" : name == "replication" ? "behind" : "ok"
      return [
        "service": .string(self.name(name)), "node": .string(self.name(node)),
        "state": .string(state), "listen": [.string("127.0.0.1:\(9000 + index)")],
        "request_count": .integer(isDown ? 0 : Int64(count)),
        "p99_ms": isDown ? .null : .double(p99 * (0.9 + 0.2 * Self.wave(moment, index + 3))),
        "error_ratio": .double(index == 1 ? 0.0001 : 0),
        "open_connections": .integer(12 + index * 31),
        "version": "0.3.0",
      ]
    }
  }

  private func nodes(_ moment: Int) -> [JSONValue] {
    let roles: [[JSONValue]] = [
      ["catalog", "sql"], ["sql"], ["sql", "series"], ["objects"], ["sql", "objects"],
      ["objects", "replication"],
    ]
    return (1...6).map { index in
      let isDown = self.isDown(moment) && index == 4
      return [
        "node": .string(self.name("n\(index)")), "state": isDown ? "down" : "up",
        "roles": .array(roles[index - 1]), "address": .string("10.0.0.\(index):7301"),
        "cpu_ratio": isDown ? .null : .double(0.25 + 0.3 * Self.wave(moment, index)),
        "memory_ratio": isDown ? .null : .double(0.40 + 0.03 * Double(index)),
        "disk_used_ratio": .double(index == 4 ? 0.93 : 0.55 + 0.03 * Double(index)),
        "disk_total_bytes": .integer(512 << 30), "shard_count": .integer(40 + index),
        "fsync_p99_ms": .double(1.8 + 0.1 * Double(index)),
        "loop_p99_ms": isDown ? .null : .double(0.9 + Self.wave(moment, index)),
        "clock_offset_ms": .double(0.2), "zone": .string("z\(index % 3 + 1)"),
        "uptime_s": .integer(86_400 * 3 + moment * 2), "version": "0.3.0",
      ]
    }
  }

  private func alerts(_ moment: Int) -> [JSONValue] {
    var alerts: [JSONValue] = [
      [
        "alert": "replication lag", "severity": "critical",
        "resource": "pg-orders/public.orders", "value": 372, "limit": 60, "state": "firing",
        "message": "6m 12s, limit 1m", "since_at": Self.at(-180),
        "command": "lakectl replication lag pg-orders",
      ],
      [
        "alert": "disk filling", "severity": "warning",
        "resource": .string(self.name("n4")), "value": 0.93, "limit": 0.9, "state": "firing",
        "message": "93% used, full in 9 h at this rate", "since_at": Self.at(-720),
        "command": "lakectl node show n4",
      ],
      [
        "alert": "certificate expiry", "severity": "warning",
        "resource": "n1", "value": 13, "limit": 14, "state": "ended",
        "message": "renewed", "since_at": Self.at(-90_000), "command": "lakectl doctor --only tls",
      ],
    ]
    if self.isDown(moment) {
      alerts.insert(
        [
          "alert": "node down", "severity": "critical", "resource": "n4",
          "value": 1, "limit": 0, "state": "firing", "message": "no heartbeat",
          "since_at": Self.at(10), "command": "lakectl node show n4",
        ], at: 0)
    }
    return alerts
  }

  private func jobs(_ moment: Int) -> [JSONValue] {
    let states = ["succeeded", "running", "failed", "succeeded", "queued"]
    return (0..<12).map { index in
      let id = index == 1 ? "01J9FZ7K2M" : "01J9FZ7K\(10 + index)"
      let state = states[index % states.count]
      let done = state == "running" ? min(1, 0.4 + Double(moment) / 80) : state == "queued" ? 0 : 1
      return [
        "job_id": .string(id), "kind": "identity.rotate", "state": .string(state),
        "what": .string(
          index == 1
            ? "rotate the data keys of \(self.name("sql"))" : "expire tokens, part \(index)"),
        "done_ratio": .double(done), "started_at": Self.at(-600 * (index + 1)),
        "node": .string(self.name("n\(index % 3 + 1)")),
        "eta_s": state == "running" ? .integer(500 - moment * 2) : JSONValue.null, "actor": "ada",
        "result": .null,
        "error": state == "failed" ? "disk of n3 is full: 0 B free of 512 GiB" : .null,
      ]
    }
  }

  private var jobLog: [JSONValue] {
    (0..<8).map { index in
      [
        "line": .integer(index + 1), "at": Self.at(-60 + index * 7),
        "message": .string(
          index == 5 ? "key 17 is in use, waiting" : "wrapped key \(index + 11) of 48 again"),
      ]
    }
  }

  private func logs(_ moment: Int) -> JSONValue {
    let levels = ["info", "info", "debug", "warning", "info", "error"]
    let count = moment == 0 ? 40 : 2
    let lines: [JSONValue] = (0..<count).map { index in
      let number = moment == 0 ? index : 40 + (moment - 1) * 2 + index
      return [
        "at": Self.at(moment == 0 ? index * 3 - 120 : moment * 2 - 1 + index),
        "node": .string(self.name("n\(number % 6 + 1)")),
        "service": .string(self.name(number % 2 == 0 ? "sql" : "catalog")),
        "level": .string(levels[number % levels.count]),
        "message": .string(
          self == .hostile && number % 3 == 0
            ? "line \(number)\u{1B}[2J\u{1B}[H gone\nsecond line"
            : "served request \(number) in \(number % 9).\(number % 7) ms"),
        "code": number % 6 == 5 ? "sql.deadlock" : .null,
        "request_id": .string("01J9G2M8Q\(100 + number)"), "sequence_id": .string("\(number)"),
        "fields": ["rows": .integer(number * 3), "database": "shop"],
      ]
    }
    return ["items": .array(lines), "next": .string("c\(moment)")]
  }

  private var users: [JSONValue] {
    ["ada", "bob", "carol", "ci"].enumerated().map { index, user in
      [
        "user": .string(self.name(user)), "state": user == "bob" ? "disabled" : "active",
        "roles": user == "ada" ? ["admin"] : ["reader", "writer"],
        "last_login_at": index == 3 ? .null : Self.at(-3600 * (index + 1)), "auth": "scram",
        "created_at": Self.at(-86_400 * 40),
      ]
    }
  }

  private var keys: [JSONValue] {
    (1...3).map { index in
      [
        "key_id": .string("LKAB\(index)7Q2"), "user": "ci",
        "state": index == 3 ? "expired" : "active", "created_at": Self.at(-86_400 * index),
        "expires_at": Self.at(86_400 * (3 - index)), "last_used_at": Self.at(-60 * index),
      ]
    }
  }

  private var groups: [JSONValue] {
    [["group": "analysts", "roles": ["reader"], "users_count": 2, "users": ["bob", "carol"]]]
  }

  private var roles: [JSONValue] {
    [
      ["role": "admin", "users_count": 1, "grants_count": 1, "inherits": []],
      ["role": "reader", "users_count": 3, "grants_count": 4, "inherits": []],
      ["role": "writer", "users_count": 3, "grants_count": 6, "inherits": ["reader"]],
    ]
  }

  private var tokens: [JSONValue] {
    [["token_id": "t-81", "user": "ci", "scope": ["catalog"], "expires_at": Self.at(1800)]]
  }

  private var events: [JSONValue] {
    (0..<12).map { index in
      [
        "at": Self.at(-index * 300), "actor": index % 3 == 0 ? "ada" : "ci",
        "kind": index % 4 == 0 ? "user" : "key", "action": index % 4 == 0 ? "disable" : "rotate",
        "resource": .string(index % 4 == 0 ? self.name("bob") : "LKAB17Q2"),
        "result": index == 7 ? "denied" : "ok", "request_id": .string("01J9G2M8R\(index)"),
        "event_id": .string("e\(index)"), "source": "10.0.0.9", "details": ["grace_s": 3600],
      ]
    }
  }

  private static let cluster: JSONValue = [
    "name": "prod", "id": "7f1c9a52-3c1e-4c60-9f3e-5d1e2c0a7b11", "state": "ok",
    "version": "0.3.0", "leader": "n1", "node_count": 6, "shard_count": 44,
    "stored_bytes": .integer(3 << 40), "created_at": "2026-10-01T08:00:00Z",
  ]

  private var settings: [JSONValue] {
    let settings: [(String, String, String, String)] = [
      ("jobs.kept", "7d", "7d", "default"), ("jobs.running_max", "8", "4", "cluster"),
      ("log.level", "info", "info", "default"), ("tokens.ttl", "30m", "1h", "cluster"),
    ]
    return settings.map { key, value, fallback, source in
      [
        "key": .string(key), "value": .string(value), "default": .string(fallback),
        "source": .string(source), "restart_needed": .boolean(key == "jobs.running_max"),
        "type": "duration", "range": "1m to 30d", "description": .string("how \(key) is set"),
      ]
    }
  }

  private func metrics(_ moment: Int) -> [JSONValue] {
    [
      [
        "name": "http_requests_total", "help": "requests answered", "type": "counter",
        "series": [
          [
            "labels": ["route": "/v1/config", "code": "200"],
            "value": .integer(Int64(moment) * 400),
          ],
          [
            "labels": ["route": "/v1/config", "code": "500"], "value": .integer(Int64(moment) * 2),
          ],
        ],
      ],
      [
        "name": "process_resident_bytes", "help": "memory in use", "type": "gauge",
        "series": [["labels": [:], "value": .integer(61_000_000 + Int64(moment) * 1000)]],
      ],
      [
        "name": "loop_delay_seconds", "help": "how late timers are", "type": "histogram",
        "series": [
          [
            "labels": ["loop": "0"], "count": .integer(Int64(moment) * 1000), "sum": 0.5,
            "mean": 0.0004, "p50": 0.0002, "p90": 0.0006,
            "p99": .double(0.0009 + 0.001 * Self.wave(moment, 2)), "p999": 0.004, "max": 0.02,
          ]
        ],
      ],
    ]
  }
}
