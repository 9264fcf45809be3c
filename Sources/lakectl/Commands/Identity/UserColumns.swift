import Admin
import CommandTable

enum UserColumns {
  static let all = RecordColumns(
    UserRecord.self, ["user", "state", "roles", "groups", "last_login_at"])

  static let user = Argument<PlainName>("user", "the user", source: .resources("user"))
  static let roles = ListOption<PlainName>(
    "role", source: .resources("role"), placeholder: "ROLE", "what the user may do; none: nothing")
  static let groups = ListOption<PlainName>(
    "group", source: .resources("group"), placeholder: "GROUP",
    "whose rights it has; none: nobody's")
  static let passwordFile = Option<FilePath>(
    "password-file", "the file with the password; - is standard input")

  /// The names given, nil when there are none: then nothing changes. The word none stands alone.
  static func names(
    _ option: ListOption<PlainName>, _ call: Invocation
  ) throws(CommandError) -> [String]? {
    let names = call[option].map(\.text)
    guard !names.isEmpty else { return nil }
    guard names.contains("none") else { return names }
    guard names.count == 1 else {
      throw CommandError(
        .conflictingFlags, "--\(option.parameter.name) none stands alone",
        why: "it is given beside \(names.filter { $0 != "none" }.joined(separator: ", ").visible)")
    }
    return []
  }
}
