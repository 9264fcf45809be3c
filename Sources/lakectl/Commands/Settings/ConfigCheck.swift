import CommandTable

/// `lakectl config check`
enum ConfigCheck {
  static let command = Command(
    name: "check", summary: "check the files of contexts",
    call: Call(
      effect: .reads,
      output: .list(
        "ConfigFinding",
        [
          Column(key: "place", isNullable: false),
          Column(key: "state", .word(["warn", "fail"]), priority: 3, isNullable: false),
          Column(key: "found", priority: 2, isNullable: false), Column(key: "advice", priority: 1),
        ]), needs: .configuration,
      exits: [.checkFailed: "a value cannot be used, or others can read a secret"],
      examples: [Example(text: "Look for mistakes", line: "lakectl config check")],
      detail: "Unknown keys are warnings; they may belong to a newer lakectl.",
      run: { call async throws(CommandError) in
        let findings = call.configuration.findings
        var outcome = Outcome.list(
          findings.map { finding in
            [
              "place": .text(
                finding.line.map { "\(finding.path):\($0)" } ?? finding.path),
              "state": .text(finding.isError ? "fail" : "warn"), "found": .text(finding.message),
              "advice": .optional(finding.advice.isEmpty ? nil : finding.advice),
            ]
          })
        if findings.contains(where: \.isError) { outcome.exit = .checkFailed }
        return outcome
      }))
}
