import Admin
import CommandTable

enum AccountColumns {
  static let all = RecordColumns(
    AccountRecord.self, ["account", "account_id", "email", "users_count", "created_at"],
    titles: ["account_id": "ID"])

  static let account = Argument<PlainName>(
    "account", "the account, by its name or id", source: .resources("account"))
  static let email = Option<PlainName>(
    "email", placeholder: "ADDRESS", "by which lists of permissions may name it")
}

/// `lakectl account list`
enum AccountList {
  static let command = Command(
    name: "list", summary: "list accounts",
    call: .listing(
      AccountColumns.all, IdentityAPI.accounts,
      examples: [Example(text: "With their ids", line: "lakectl account list -o json")],
      input: { _ throws(CommandError) in AdminNothing() }))
}

/// `lakectl account show`
enum AccountShow {
  static let command = Command(
    name: "show", summary: "show one account",
    call: .showing(
      AccountColumns.all, IdentityAPI.account, parameters: [AccountColumns.account.parameter],
      exits: [.notFound: "there is no such account"],
      examples: [Example(text: "Its canonical id", line: "lakectl account show lake")],
      input: { call throws(CommandError) in NameInput(call[AccountColumns.account].text) }))
}

/// `lakectl account create`
enum AccountCreate {
  static let account = Argument<PlainName>("account", "the name of the new account")

  static let command = Command(
    name: "create", summary: "make an account",
    call: .changing(
      AccountColumns.all, IdentityAPI.createAccount,
      parameters: [
        account.parameter, AccountColumns.email.parameter, Shared.ifNotExists.parameter,
      ],
      exits: [.conflict: "there is an account of that name"],
      examples: [
        Example(
          text: "With a user that may do all in it",
          line: "lakectl account create lab && lakectl user create kim --account lab --account-root"
        )
      ],
      input: { call throws(CommandError) in
        var input = AccountInput()
        input.account = call[account].text
        input.email = call[AccountColumns.email]?.text
        input.ifNotExists = call[Shared.ifNotExists]
        return input
      }))
}

/// `lakectl account delete`
enum AccountDelete {
  static let command = Command(
    name: "delete", summary: "remove an account without users",
    call: .changing(
      AccountColumns.all, IdentityAPI.deleteAccount,
      parameters: [AccountColumns.account.parameter, Shared.ifExists.parameter],
      exits: [.notFound: "there is no such account", .conflict: "it has users or keys"],
      examples: [Example(text: "It owns nothing more", line: "lakectl account delete lab --yes")],
      guarded: true,
      input: { call throws(CommandError) in
        NameInput(call[AccountColumns.account].text, ifExists: call[Shared.ifExists])
      }))
}
