import Admin
import CommandTable

enum GroupColumns {
  static let all = RecordColumns(
    GroupRecord.self, ["group", "roles", "users_count"], titles: ["users": "MEMBERS"])

  static let group = Argument<PlainName>("group", "the group", source: .resources("group"))

  static func member(_ call: Invocation) -> MemberInput {
    MemberInput(name: call[self.group].text, member: call[UserColumns.user].text)
  }
}

/// `lakectl group list`
enum GroupList {
  static let command = Command(
    name: "list", summary: "list groups",
    call: .listing(
      GroupColumns.all, IdentityAPI.groups,
      examples: [Example(text: "With their members", line: "lakectl group list -o wide")],
      input: { _ throws(CommandError) in AdminNothing() }))
}

/// `lakectl group show`
enum GroupShow {
  static let command = Command(
    name: "show", summary: "show one group",
    call: .showing(
      GroupColumns.all, IdentityAPI.group, parameters: [GroupColumns.group.parameter],
      exits: [.notFound: "there is no such group"],
      examples: [Example(text: "Who is in it", line: "lakectl group show analysts")],
      input: { call throws(CommandError) in NameInput(call[GroupColumns.group].text) }))
}

/// `lakectl group create`
enum GroupCreate {
  static let group = Argument<PlainName>("group", "the name of the new group")

  static let command = Command(
    name: "create", summary: "make a group",
    call: .changing(
      GroupColumns.all, IdentityAPI.createGroup,
      parameters: [group.parameter, UserColumns.roles.parameter, Shared.ifNotExists.parameter],
      exits: [.conflict: "there is a group of that name", .notFound: "there is no such role"],
      examples: [
        Example(text: "Who reads", line: "lakectl group create analysts --role reader")
      ],
      input: { call throws(CommandError) in
        var input = GroupInput()
        input.group = call[group].text
        input.roles = try UserColumns.names(UserColumns.roles, call)
        input.ifNotExists = call[Shared.ifNotExists]
        return input
      }))
}

/// `lakectl group delete`
enum GroupDelete {
  static let command = Command(
    name: "delete", summary: "remove a group",
    call: .changing(
      GroupColumns.all, IdentityAPI.deleteGroup,
      parameters: [GroupColumns.group.parameter, Shared.ifExists.parameter],
      exits: [.notFound: "there is no such group"],
      examples: [Example(text: "Its members stay", line: "lakectl group delete analysts --yes")],
      guarded: true,
      input: { call throws(CommandError) in
        NameInput(call[GroupColumns.group].text, ifExists: call[Shared.ifExists])
      }))
}

/// `lakectl group add`
enum GroupAdd {
  static let command = Command(
    name: "add", summary: "put a user into a group",
    call: .changing(
      GroupColumns.all, IdentityAPI.addMember,
      parameters: [GroupColumns.group.parameter, UserColumns.user.parameter],
      exits: [.notFound: "there is no such group or user"],
      examples: [Example(text: "One more", line: "lakectl group add analysts ann")],
      input: { call throws(CommandError) in GroupColumns.member(call) }))
}

/// `lakectl group remove`
enum GroupRemove {
  static let command = Command(
    name: "remove", summary: "take a user out of a group",
    call: .changing(
      GroupColumns.all, IdentityAPI.removeMember,
      parameters: [GroupColumns.group.parameter, UserColumns.user.parameter],
      exits: [.notFound: "there is no such group or user"],
      examples: [Example(text: "One less", line: "lakectl group remove analysts ann")],
      input: { call throws(CommandError) in GroupColumns.member(call) }))
}
