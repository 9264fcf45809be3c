import Admin
import CommandTable
import JSON

/// `lakectl version`
enum Version {
  static let server = Flag("server", "the versions of the daemon too")

  static let command = Command(
    name: "version", summary: "show the version of lakectl", heading: .look, call: made)

  private static var made: Call {
    var call = Call(
      parameters: [server.parameter], effect: .reads,
      output: .list(
        "Version",
        [
          Column(key: "component", isNullable: false), Column(key: "version", isNullable: false),
          Column(key: "protocol", isNullable: false, "the version of the admin API"),
          Column(key: "commit", isWide: true, "the source it was built from"),
        ]), needs: .nothing,
      exits: [.unavailable: "with --server: nobody answers"],
      examples: [
        Example(text: "Show the version", line: "lakectl version"),
        Example(text: "For a bug report", line: "lakectl version --server -o json"),
      ],
      run: { call async throws(CommandError) in try await run(call) })
    call.clusterFlag = server.parameter
    return call
  }

  static func run(_ call: Invocation) async throws(CommandError) -> Outcome {
    var rows: [Row] = [
      [
        "component": "lakectl", "version": .text(Release.version),
        "protocol": .text(Release.adminProtocol),
      ]
    ]
    guard call[self.server] else { return .list(rows) }
    let answer = try await call.ask(HealthAPI.version, AdminNothing())
    for item in answer.items {
      rows.append([
        "component": .optional(item["component"]?.string),
        "version": .optional(item["version"]?.string),
        "protocol": .optional(item["protocol"]?.string),
        "commit": .optional(item["commit"]?.string),
      ])
    }
    var outcome = Outcome(.rows(rows, next: nil), warnings: answer.warnings)
    let daemon = answer.items.first { $0["component"]?.string == "laked" }?["version"]?.string
    if let daemon, let warning = Self.skew(ours: Release.version, theirs: daemon) {
      outcome.warnings.append(warning)
    }
    return outcome
  }

  /// More than one minor apart.
  static func skew(ours: String, theirs: String) -> Warning? {
    func parts(_ text: String) -> (major: Int, minor: Int)? {
      let numbers = text.split(separator: ".").map { Int($0.prefix { $0.isNumber }) }
      guard numbers.count >= 2, let major = numbers[0], let minor = numbers[1] else { return nil }
      return (major, minor)
    }
    guard let us = parts(ours), let them = parts(theirs),
      us.major != them.major || abs(us.minor - them.minor) > 1
    else { return nil }
    let isOlder = (us.major, us.minor) < (them.major, them.minor)
    return Warning(
      isOlder ? "client.older_than_server" : "client.newer_than_server",
      "lakectl \(ours) and laked \(theirs) are more than one minor version apart")
  }
}
