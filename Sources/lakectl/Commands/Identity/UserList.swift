import Admin
import CommandTable

/// `lakectl user list`
enum UserList {
  static let command = Command(
    name: "list", summary: "list users",
    call: .listing(
      UserColumns.all, IdentityAPI.users,
      examples: [
        Example(text: "Everybody", line: "lakectl user list"),
        Example(text: "Who may do everything", line: "lakectl user list --filter roles=admin"),
      ],
      input: { _ throws(CommandError) in AdminNothing() }))
}

/// `lakectl user show`
enum UserShow {
  static let command = Command(
    name: "show", summary: "show one user",
    call: .showing(
      UserColumns.all, IdentityAPI.user, parameters: [UserColumns.user.parameter],
      exits: [.notFound: "there is no such user"],
      examples: [Example(text: "All about ann", line: "lakectl user show ann")],
      input: { call throws(CommandError) in NameInput(call[UserColumns.user].text) }))
}
