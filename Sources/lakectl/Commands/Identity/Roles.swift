import Admin
import CommandTable

enum RoleColumns {
  static let all = RecordColumns(
    RoleRecord.self, ["role", "users_count", "grants_count", "inherits"])

  static let role = Argument<PlainName>("role", "the role", source: .resources("role"))
  static let to = Option<PlainName>(
    "to", .one, source: .resources("principal"), placeholder: "WHO", "a user, or group/NAME")

  static func member(_ call: Invocation) -> MemberInput {
    MemberInput(name: call[self.role].text, member: call[self.to]?.text ?? "")
  }
}

/// `lakectl role list`
enum RoleList {
  static let command = Command(
    name: "list", summary: "list roles",
    call: .listing(
      RoleColumns.all, IdentityAPI.roles,
      examples: [Example(text: "With what they are for", line: "lakectl role list -o wide")],
      input: { _ throws(CommandError) in AdminNothing() }))
}

/// `lakectl role show`
enum RoleShow {
  static let command = Command(
    name: "show", summary: "show one role",
    call: .showing(
      RoleColumns.all, IdentityAPI.role, parameters: [RoleColumns.role.parameter],
      exits: [.notFound: "there is no such role"],
      examples: [
        Example(text: "What it is for", line: "lakectl role show reader")
      ],
      detail: "What it allows: lakectl grant list --to role/NAME.",
      input: { call throws(CommandError) in NameInput(call[RoleColumns.role].text) }))
}

/// `lakectl role create`
enum RoleCreate {
  static let role = Argument<PlainName>("role", "the name of the new role")
  static let inherits = ListOption<PlainName>(
    "inherits", source: .resources("role"), placeholder: "ROLE",
    "it has the grants of this role too")

  static let command = Command(
    name: "create", summary: "make a role",
    call: .changing(
      RoleColumns.all, IdentityAPI.createRole,
      parameters: [
        role.parameter, inherits.parameter, Shared.description.parameter,
        Shared.ifNotExists.parameter,
      ],
      exits: [.conflict: "there is a role of that name", .notFound: "there is no role to inherit"],
      examples: [
        Example(
          text: "A reader that may do a little more",
          line: "lakectl role create curator --inherits reader")
      ],
      input: { call throws(CommandError) in
        var input = RoleInput()
        input.role = call[role].text
        input.inherits = call[inherits].map(\.text)
        input.summary = call[Shared.description] ?? ""
        input.ifNotExists = call[Shared.ifNotExists]
        return input
      }))
}

/// `lakectl role delete`
enum RoleDelete {
  static let command = Command(
    name: "delete", summary: "remove a role and what it grants",
    call: .changing(
      RoleColumns.all, IdentityAPI.deleteRole,
      parameters: [RoleColumns.role.parameter, Shared.ifExists.parameter],
      exits: [.notFound: "there is no such role", .conflict: "it is built in, or still assigned"],
      examples: [Example(text: "It is not used", line: "lakectl role delete curator --yes")],
      guarded: true,
      input: { call throws(CommandError) in
        NameInput(call[RoleColumns.role].text, ifExists: call[Shared.ifExists])
      }))
}

/// `lakectl role assign`
enum RoleAssign {
  static let command = Command(
    name: "assign", summary: "give a role to a user or a group",
    call: .changing(
      RoleColumns.all, IdentityAPI.assignRole,
      parameters: [RoleColumns.role.parameter, RoleColumns.to.parameter],
      exits: [.notFound: "there is no such role, user or group"],
      examples: [Example(text: "Ann may read", line: "lakectl role assign reader --to ann")],
      input: { call throws(CommandError) in RoleColumns.member(call) }))
}

/// `lakectl role unassign`
enum RoleUnassign {
  static let command = Command(
    name: "unassign", summary: "take a role back",
    call: .changing(
      RoleColumns.all, IdentityAPI.unassignRole,
      parameters: [RoleColumns.role.parameter, RoleColumns.to.parameter],
      exits: [
        .notFound: "there is no such role, user or group",
        .conflict: "no administrator would be left",
      ],
      examples: [
        Example(text: "No longer", line: "lakectl role unassign reader --to group/analysts --yes")
      ],
      input: { call throws(CommandError) in RoleColumns.member(call) }))
}
