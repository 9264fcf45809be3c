import Admin
import CommandTable

/// `lakectl user set`
enum UserSet {
  static let command = Command(
    name: "set", summary: "change roles and groups of a user",
    call: .changing(
      UserColumns.all, IdentityAPI.setUser,
      parameters: [
        UserColumns.user.parameter, UserColumns.roles.parameter, UserColumns.groups.parameter,
      ],
      exits: [
        .notFound: "there is no such user or role",
        .conflict: "no administrator would be left, or --if-match failed",
      ],
      examples: [
        Example(text: "These roles, no others", line: "lakectl user set ann --role reader"),
        Example(text: "Out of every group", line: "lakectl user set ann --group none"),
      ],
      detail: "What is given replaces what was there; what is not given stays.", guarded: true,
      input: { call throws(CommandError) in
        var input = UserInput()
        input.user = call[UserColumns.user].text
        input.roles = try UserColumns.names(UserColumns.roles, call)
        input.groups = try UserColumns.names(UserColumns.groups, call)
        guard input.roles != nil || input.groups != nil else {
          throw CommandError(
            .missingValue, "nothing to set of user \(input.user.visible.quoted)",
            why: "neither --role nor --group is given", try: ["lakectl user set --help"])
        }
        return input
      }))
}

/// `lakectl user disable`
enum UserDisable {
  static let command = Command(
    name: "disable", summary: "refuse a user from now on",
    call: .changing(
      UserColumns.all, IdentityAPI.disableUser, parameters: [UserColumns.user.parameter],
      exits: [.notFound: "there is no such user", .conflict: "no administrator would be left"],
      examples: [Example(text: "On leave", line: "lakectl user disable ann --yes")],
      input: { call throws(CommandError) in NameInput(call[UserColumns.user].text) }))
}

/// `lakectl user enable`
enum UserEnable {
  static let command = Command(
    name: "enable", summary: "accept a user again",
    call: .changing(
      UserColumns.all, IdentityAPI.enableUser, parameters: [UserColumns.user.parameter],
      exits: [.notFound: "there is no such user"],
      examples: [Example(text: "Back again", line: "lakectl user enable ann")],
      input: { call throws(CommandError) in NameInput(call[UserColumns.user].text) }))
}

/// `lakectl user delete`
enum UserDelete {
  static let command = Command(
    name: "delete", summary: "remove a user with its keys and tokens",
    call: .changing(
      UserColumns.all, IdentityAPI.deleteUser,
      parameters: [UserColumns.user.parameter, Shared.ifExists.parameter],
      exits: [.notFound: "there is no such user", .conflict: "no administrator would be left"],
      examples: [Example(text: "For good", line: "lakectl user delete ann --yes")], guarded: true,
      input: { call throws(CommandError) in
        NameInput(call[UserColumns.user].text, ifExists: call[Shared.ifExists])
      }))
}
