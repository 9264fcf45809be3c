import Admin
import CommandTable
import Values

/// `lakectl user create`
enum UserCreate {
  static let user = Argument<PlainName>("user", "the name of the new user")

  static let account = Option<PlainName>(
    "account", source: .resources("account"), placeholder: "ACCOUNT",
    "the account that it is of, when that is not the daemon's own")
  static let isAccountRoot = Flag(
    "account-root", "it may do all with what the account owns")

  static let command = Command(
    name: "create", summary: "make a user",
    call: .changing(
      UserColumns.all, IdentityAPI.createUser,
      parameters: [
        user.parameter, UserColumns.passwordFile.parameter, UserColumns.roles.parameter,
        UserColumns.groups.parameter, account.parameter, isAccountRoot.parameter,
        Shared.ifNotExists.parameter,
      ],
      exits: [.conflict: "there is a user of that name", .notFound: "there is no such role"],
      examples: [
        Example(
          text: "With a password from a file",
          line: "lakectl user create ann --password-file ann.txt --role reader"),
        Example(text: "For access keys only", line: "lakectl user create etl --role writer"),
      ],
      detail: "Without --password-file the user cannot log in by password.",
      input: { call throws(CommandError) in
        var input = UserInput()
        input.user = call[user].text
        input.password = try call[UserColumns.passwordFile].map { (file) throws(CommandError) in
          Secret(try Password.read(file, call))
        }
        input.roles = try UserColumns.names(UserColumns.roles, call)
        input.groups = try UserColumns.names(UserColumns.groups, call)
        input.account = call[account]?.text
        input.isAccountRoot = call[isAccountRoot]
        input.ifNotExists = call[Shared.ifNotExists]
        return input
      }))
}

enum Password {
  /// The first line of a file, as editors end it.
  static func read(_ file: FilePath, _ call: Invocation) throws(CommandError) -> String {
    let bytes = try call.content(of: file)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw CommandError(.badInput, "the password cannot be read", why: "it is not UTF-8")
    }
    let line = text.split(separator: "\n", omittingEmptySubsequences: false).first ?? ""
    let password = line.last == "\r" ? line.dropLast() : line
    guard !password.isEmpty else {
      throw CommandError(
        .badInput, "there is no password in \(file.text.visible)", why: "its first line is empty")
    }
    return String(password)
  }
}
