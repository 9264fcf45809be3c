import Admin
import CommandTable
import JSON

/// `lakectl whoami`
enum Whoami {
  static let columns: [Column] = [
    Column(key: "user", .text, isNullable: false, "who the credential says you are"),
    Column(key: "context", .text, "the context in use"),
    Column(key: "roles", .list, isNullable: false, "what you may do"),
    Column(key: "token_expires_at", title: "TOKEN EXPIRES", .time, "when the credential ends"),
    Column(key: "method", .text, isWide: true, "how you proved it"),
  ]
  private static let record = RecordColumns(WhoamiRecord.self, ["user"])

  static let command = Command(
    name: "whoami", summary: "show who the credential says you are", heading: .access,
    call: Call(
      effect: .reads, output: .record("Whoami", columns),
      examples: [Example(text: "And where", line: "lakectl whoami")],
      run: { call async throws(CommandError) in
        let answer = try await call.ask(IdentityAPI.whoami, AdminNothing())
        var row = record.row(answer.item)
        row["context"] = .optional(call.settings.contextName)
        return Outcome(.record(row), warnings: answer.warnings)
      }))
}
