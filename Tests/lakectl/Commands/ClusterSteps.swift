/// The commands that ask a cluster, against the sample one.
enum ClusterSteps {
  static let config = """
    current = lab

    [context down]
    endpoint = http://127.0.0.1:1

    [context lab]
    endpoint = http://127.0.0.1:7300
    """ + "\n"

  static let policy =
    #"{"Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"raw/*"}]}"#

  static let documents = """
    kind: role
    name: curator
    inherits: [reader]
    ---
    kind: role
    name: auditor
    ---
    - kind: user
      name: ann
      roles: [reader, curator]
    - {kind: grant, who: role/curator, privilege: "job:operate", resource: "*"}
    - {kind: setting, key: jobs.keep_days, value: 14}
    """

  /// By command: what stands behind it. Each has a table, a JSON document and an error.
  private static let lines: [(command: String, flags: [String])] = [
    ("status", ["", "-o json", "--check", "--service nope", "-c down", "-o wide --service admin"]),
    (
      "doctor",
      [
        "", "-o json", "--only disk", "-c down", "--fix", "--fix --yes -o json", "--fix -n",
      ]
    ),
    (
      "logs",
      [
        "", "-o json", "--grep full -o wide", "--follow -o jsonl", "--follow -o json", "-c down",
        "--grep '('", "--since tomorrow", "--since 15m -o tsv --columns node,code",
      ]
    ),
    ("events", ["", "-o json", "--follow", "-c down", "--since -1h -o wide"]),
    ("alert list", ["", "-o json", "-o wide", "-c down", "--filter level=critical"]),
    ("metrics list", ["--match http", "-o json", "-c down"]),
    (
      "metrics history",
      [
        "lake_http_request_seconds", "lake_http_request_seconds -o json",
        "lake_http_request_seconds -c down",
      ]
    ),
    (
      "wait",
      [
        "cluster --for state=degraded", "service/admin --for ready -o json",
        "cluster --for healthy",
        "job/01J9DONE00 --for done", "job/01J9FAILED --for state=succeeded",
        "user/nobody --for gone", "user/nobody --for state=active", "user/nobody --for exists",
        "user/ann --for ready", "sevice/x --for ready", "cluster --for healthy -c down",
      ]
    ),
    ("whoami", ["", "-o json", "-c down"]),
    ("cluster show", ["", "-o json", "-c down"]),
    ("cluster settings list", ["", "-o json", "-o wide", "-c down"]),
    ("cluster settings show", ["jobs.keep_days", "jobs.keep_days -o json", "jobs.keep"]),
    (
      "cluster settings set",
      ["jobs.keep_days 14", "jobs.keep_days 14 -o json", "nope 1", "jobs.keep_days 14 -n"]
    ),
    ("cluster settings unset", ["jobs.keep_days", "jobs.keep_days -o json", "nope"]),
    ("node list", ["", "-o json", "-o name", "-o csv --columns node,state", "-c down"]),
    ("node show", ["n1", "n1 -o json", "n9"]),
    (
      "node drain",
      [
        "n2 --yes", "n2 --yes -o json", "n2", "n2 -n", "n2 --yes --wait", "n9 --yes",
        "n2 --yes --wait -o json",
      ]
    ),
    ("node undrain", ["n2", "n2 -o json", "n9"]),
    ("node remove", ["n2 --confirm n2", "n2 --confirm n2 -o json", "n2 --yes", "n2 --confirm n1"]),
    ("node settings list", ["", "-o json", "-c down"]),
    ("service list", ["", "-o json", "-o wide", "-c down", "--exclude state=ok"]),
    ("service show", ["admin", "admin -o json", "nope"]),
    ("service reload", ["admin", "admin -o json", "nope"]),
    (
      "service drain",
      ["admin --yes", "admin --yes -o json", "admin", "admin --yes --wait", "nope --yes"]
    ),
    ("service undrain", ["admin", "admin -o json", "nope"]),
    ("service stop", ["admin --node n1 --yes", "admin --node n1 --yes -o json", "admin --yes"]),
    ("service log-level", ["admin debug", "admin debug --for 5m -o json", "admin loud"]),
    ("job list", ["", "-o json", "--state active -o name", "-c down"]),
    ("job show", ["last", "01J9FAILED -o json", "01J9NOPE"]),
    (
      "job wait",
      [
        "01J9DONE00", "01J9DONE00 -o json", "01J9FAILED", "01J9FAILED -o json",
        "01J9DONE00 01J9FAILED", "01J9FZ7K2M --timeout 0s", "01J9FZ7K2M --timeout 0s -o json",
        "01J9NOPE",
      ]
    ),
    ("job logs", ["01J9DONE00", "01J9DONE00 -o json", "01J9DONE00 --follow", "01J9NOPE"]),
    ("job cancel", ["01J9FZ7K2M --yes", "01J9FZ7K2M --yes -o json", "01J9FZ7K2M", "01J9NOPE"]),
    ("job pause", ["01J9FZ7K2M", "01J9FZ7K2M -o json", "01J9NOPE"]),
    ("job resume", ["01J9FZ7K2M", "01J9FZ7K2M -o json", "01J9NOPE"]),
    ("facts status", ["", "-o json", "-c down"]),
    ("facts list", ["node/", "-o json", "-c down"]),
    ("facts show", ["node/n1", "node/n1 -o json", "node/n9"]),
    ("support bundle", ["--list", "--list -o json", "--list -c down"]),
    ("user list", ["", "-o json", "--filter roles=admin -o name", "-c down"]),
    ("user show", ["ann", "ann -o json", "nobody"]),
    (
      "user create",
      ["ann --role reader", "ann -o json", "ann --role none --role reader", "ann -n"]
    ),
    ("user set", ["ann --role reader", "ann --group none -o json", "ann", "nobody --role reader"]),
    ("user disable", ["ann --yes", "ann --yes -o json", "ann", "nobody --yes"]),
    ("user enable", ["ann", "ann -o json", "nobody"]),
    ("user delete", ["ann --yes", "ann --yes -o json", "ann", "ann -o json"]),
    ("account list", ["", "-o json", "-c down"]),
    ("account show", ["lab", "lab -o json", "nobody"]),
    ("account create", ["lab --email lab@example.com", "lab -o json", "''"]),
    ("account delete", ["lab --yes", "lab --yes -o json", "lab"]),
    ("group list", ["", "-o json", "-o wide", "-c down"]),
    ("group show", ["analysts", "analysts -o json", "nobody"]),
    ("group create", ["analysts --role reader", "analysts -o json", "''"]),
    ("group delete", ["analysts --yes", "analysts --yes -o json", "analysts"]),
    ("group add", ["analysts ann", "analysts ann -o json", "nobody ann"]),
    ("group remove", ["analysts ann", "analysts ann -o json", "nobody ann"]),
    ("role list", ["", "-o json", "-o wide", "-c down"]),
    ("role show", ["curator", "curator -o json", "nobody"]),
    ("role create", ["curator --inherits reader", "curator -o json", "-c down curator"]),
    ("role delete", ["curator --yes", "curator --yes -o json", "curator"]),
    ("role assign", ["curator --to ann", "curator --to ann -o json", "curator"]),
    (
      "role unassign",
      ["curator --to ann --yes", "curator --to ann --yes -o json", "curator --to ann"]
    ),
    ("grant list", ["", "-o json", "--to role/reader --filter effect=deny", "-c down"]),
    (
      "grant add",
      [
        "job:operate --on '*' --to role/curator", "job:operate --on '*' --to role/curator -o json",
        "job:operate",
      ]
    ),
    (
      "grant remove",
      [
        "job:operate --on '*' --to role/curator --yes",
        "job:operate --on '*' --to role/curator --yes -o json",
        "job:operate --on '*' --to role/curator",
      ]
    ),
    ("policy list", ["", "-o json", "-c down"]),
    ("policy show", ["read-raw", "read-raw -o json", "nope"]),
    (
      "policy attach",
      ["read-raw --to user/ann", "read-raw --to user/ann -o json", "nope --to ann"]
    ),
    (
      "policy detach",
      [
        "read-raw --to user/ann --yes", "read-raw --to user/ann --yes -o json",
        "read-raw --to user/ann",
      ]
    ),
    ("policy delete", ["read-raw --yes", "read-raw --yes -o json", "read-raw"]),
    ("key list", ["", "-o json", "-c down"]),
    ("key show", ["LAKEK7Q2", "LAKEK7Q2 -o json", "NOPE"]),
    ("key create", ["--show-secret", "--show-secret -o json", "--user ann", "-n"]),
    (
      "key rotate",
      ["LAKEK7Q2 --yes --show-secret", "LAKEK7Q2 --yes --show-secret -o json", "LAKEK7Q2"]
    ),
    ("key disable", ["LAKEK7Q2 --yes", "LAKEK7Q2 --yes -o json", "LAKEK7Q2"]),
    ("key enable", ["LAKEK7Q2", "LAKEK7Q2 -o json", "NOPE"]),
    ("key delete", ["LAKEK7Q2 --yes", "LAKEK7Q2 --yes -o json", "LAKEK7Q2"]),
    ("key data list", ["", "-o json", "-c down"]),
    ("key data rotate", ["", "-o json", "--wait", "-c down"]),
    ("token list", ["", "-o json", "-c down"]),
    ("token create", ["--for 30m --show-secret", "--show-secret -o json", "--for 30m"]),
    ("token revoke", ["T7Q2 --yes", "T7Q2 --yes -o json", "T7Q2"]),
  ]

  private static let special: [(command: String, steps: [GoldenTests.Step])] = [
    (
      "user password",
      [
        Self.step("user password ann --password-file -", "correct horse\n"),
        Self.step("user password ann --password-file - -o json", "correct horse\n"),
        Self.step("user password ann --password-file -", "\n"), Self.step("user password ann"),
      ]
    ),
    (
      "policy create",
      [
        Self.step("policy create read-raw -f -", policy),
        Self.step("policy create read-raw -f - -o json", policy),
        Self.step("policy create read-raw -f -", "a: [b"),
        Self.step("policy create read-raw -f /nowhere/x.json"),
      ]
    ),
    (
      "policy set",
      [
        Self.step("policy set read-raw -f - --yes", policy),
        Self.step("policy set read-raw -f - --yes --if-match 4 -o json", policy),
        Self.step("policy set read-raw -f -", policy),
      ]
    ),
    (
      "grant explain",
      [
        Self.step("grant explain ann job:operate job/1"),
        Self.step("grant explain ann job:operate"),
        Self.allowed("grant explain root job:operate job/1"),
        Self.allowed("grant explain root job:operate job/1 -o json"),
      ]
    ),
    (
      "policy test",
      [
        Self.step("policy test ann s3:GetObject --on raw/a --condition aws:SourceIp=10.0.0.1"),
        Self.step("policy test ann s3:GetObject --on raw/a --condition x"),
        Self.allowed("policy test root s3:GetObject --on raw/a"),
        Self.allowed("policy test root s3:GetObject --on raw/a -o json"),
      ]
    ),
    (
      "apply",
      [
        Self.step("apply -f - -n", documents), Self.step("apply -f -", documents),
        Self.step("apply -f - -o json", documents), Self.step("apply"),
        Self.step("apply -f -", "kind: user\nname: ann\nrole: [x]\n"),
        Self.step("apply -f -", "kind: usr\n"),
        Self.step("apply -f -", "kind: role\nname: curator\ndescription: other\n"),
        Self.step("apply -f - --prune", documents),
        Self.step("apply -f - --prune --confirm prune", documents),
      ]
    ),
    (
      "export",
      ["export", "export -o json", "export --kind role --kind grant", "export -c down"].map {
        Self.step($0)
      }
    ),
  ]

  static let all: [(command: String, steps: [GoldenTests.Step])] =
    (lines + objectLines + catalogLines + seriesLines).map { command, flags in
      (
        command,
        flags.map { Self.step(command + ($0.isEmpty ? "" : " " + $0)) }
      )
    } + special + objectSpecial + catalogSpecial + seriesSpecial

  static func step(_ line: String, _ input: String = "") -> GoldenTests.Step {
    GoldenTests.Step(line: line, config: Self.config, input: input)
  }

  private static func allowed(_ line: String) -> GoldenTests.Step {
    var step = Self.step(line)
    step.isAllowed = true
    return step
  }
}
