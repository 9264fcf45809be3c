import Admin
import CommandTable
import Values

/// `lakectl user password`
enum UserPassword {
  static let command = Command(
    name: "password", summary: "change the password of a user",
    call: .changing(
      RecordColumns(
        UserRecord.self, ["user"],
        hidden: Set(UserRecord.fields.map { "\($0.name)" }).subtracting(["user"])),
      IdentityAPI.setPassword,
      parameters: [UserColumns.user.parameter, UserColumns.passwordFile.parameter],
      exits: [.notFound: "there is no such user", .refused: "there is nobody to ask"],
      examples: [
        Example(text: "Asks twice, shows nothing", line: "lakectl user password ann"),
        Example(
          text: "In a script", line: "lakectl user password ann --password-file /run/secrets/ann"),
      ],
      detail: "One's own password needs no right; that of others needs identity:admin.",
      input: { call throws(CommandError) in
        var input = PasswordInput()
        input.user = call[UserColumns.user].text
        // A dry run asks nobody.
        input.password = Secret(call.isDryRun ? "not-asked-for" : try password(call))
        return input
      }))

  private static func password(_ call: Invocation) throws(CommandError) -> String {
    if let file = call[UserColumns.passwordFile] { return try Password.read(file, call) }
    let name = call[UserColumns.user].text.visible
    guard call.surroundings.canAsk else {
      throw CommandError(
        .confirmationMissing, "there is no terminal to type a password on",
        why: "nothing was changed",
        try: ["lakectl user password \(name.shellQuoted) --password-file FILE"])
    }
    let console = call.surroundings.console
    guard let first = console.askSecret("new password of \(name): "), !first.isEmpty,
      let second = console.askSecret("the same again: ")
    else {
      throw CommandError(
        .confirmationDeclined, "no password was typed", why: "nothing was changed")
    }
    guard first == second else {
      throw CommandError(
        .confirmationMismatch, "the two passwords differ", why: "nothing was changed",
        try: ["lakectl user password \(name.shellQuoted)"])
    }
    return first
  }
}
