import Admin
import CommandTable
import Values

enum TokenColumns {
  static let all = RecordColumns(
    TokenRecord.self, ["token_id", "user", "scope", "expires_at"], hidden: ["secret"],
    titles: ["token_id": "TOKEN"])
  static let made = RecordColumns(
    TokenRecord.self, ["token_id", "user", "scope", "expires_at", "secret"],
    titles: ["token_id": "TOKEN"])
}

/// `lakectl token list`
enum TokenList {
  static let command = Command(
    name: "list", summary: "list tokens that have not ended",
    call: .listing(
      TokenColumns.all, IdentityAPI.tokens,
      examples: [Example(text: "Who holds one", line: "lakectl token list")],
      input: { _ throws(CommandError) in AdminNothing() }))
}

/// `lakectl token create`
enum TokenCreate {
  static let user = Option<PlainName>(
    "user", source: .resources("user"), placeholder: "USER", "for whom; oneself when left out")
  static let duration = Option<Duration>("for", default: "1h", "it ends after this time")
  static let scope = ListOption<PlainName>(
    "scope", source: .resources("role"), placeholder: "ROLE", "only the rights of this role")

  static let command = Command(
    name: "create", summary: "make a token that ends by itself",
    call: .changing(
      TokenColumns.made, IdentityAPI.createToken,
      parameters: [
        duration.parameter, scope.parameter, user.parameter, Shared.description.parameter,
      ],
      exits: [.notFound: "there is no such user or role", .denied: "it is for somebody else"],
      examples: [
        Example(
          text: "For a CI run",
          line: "lakectl token create --for 30m --scope reader --out ci-token")
      ],
      detail: """
        The token is told once: in the file of --out, or on the terminal.
        The file can be the --token-file of a context.
        """,
      input: { call throws(CommandError) in
        var input = TokenInput()
        input.user = call[user]?.text
        input.forMilliseconds = (call[duration] ?? .seconds(3600)).milliseconds
        input.scope = call[scope].map(\.text)
        input.summary = call[Shared.description] ?? ""
        return input
      }
    ).tellingOnce { _, secret in secret + "\n" })
}

/// `lakectl token revoke`
enum TokenRevoke {
  static let token = Argument<PlainName>(
    "token", "the id of the token, not the token", source: .resources("token"))

  static let command = Command(
    name: "revoke", summary: "end a token now",
    call: .changing(
      TokenColumns.all, IdentityAPI.revokeToken,
      parameters: [token.parameter, Shared.ifExists.parameter],
      exits: [.notFound: "there is no such token"],
      examples: [Example(text: "It leaked", line: "lakectl token revoke T7Q2 --yes")],
      input: { call throws(CommandError) in
        NameInput(call[token].text, ifExists: call[Shared.ifExists])
      }))
}
