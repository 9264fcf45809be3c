import Admin
import CommandTable
import JSON

enum GrantColumns {
  static let all = RecordColumns(
    GrantRecord.self, ["who", "privilege", "resource", "effect", "source"])

  static let privilege = Argument<PlainName>("privilege", "the action; * and ? match")
  static let on = Option<PlainName>(
    "on", .one, placeholder: "RESOURCE", "on what; * and ? match")
  static let to = Option<PlainName>(
    "to", .one, source: .resources("principal"), placeholder: "WHO",
    "role/NAME, user/NAME or group/NAME")
  static let deny = Flag("deny", "forbid instead of allow; a denial always wins")

  static let parameters = [
    privilege.parameter, on.parameter, to.parameter, deny.parameter,
  ]

  static func input(_ call: Invocation) -> GrantInput {
    var input = GrantInput()
    input.who = call[self.to]?.text ?? ""
    input.privilege = call[self.privilege].text
    input.resource = call[self.on]?.text ?? ""
    input.deny = call[self.deny]
    return input
  }
}

/// `lakectl grant list`
enum GrantList {
  static let on = Option<PlainName>(
    "on", placeholder: "RESOURCE", "only those that reach this resource")
  static let to = Option<PlainName>(
    "to", source: .resources("principal"), placeholder: "WHO", "only those of this one")

  static let command = Command(
    name: "list", summary: "list what is allowed and denied",
    call: .listing(
      GrantColumns.all, IdentityAPI.grants, parameters: [on.parameter, to.parameter],
      examples: [
        Example(text: "What readers may do", line: "lakectl grant list --to role/reader"),
        Example(text: "What is forbidden", line: "lakectl grant list --filter effect=deny"),
      ],
      input: { call throws(CommandError) in
        var input = GrantsInput()
        input.who = call[to]?.text
        input.resource = call[on]?.text
        return input
      }))
}

/// `lakectl grant add`
enum GrantAdd {
  static let command = Command(
    name: "add", summary: "allow or deny something",
    call: .changing(
      GrantColumns.all, IdentityAPI.addGrant, parameters: GrantColumns.parameters,
      exits: [.notFound: "there is no such role, user or group"],
      examples: [
        Example(
          text: "Curators may end jobs",
          line: "lakectl grant add job:operate --on '*' --to role/curator")
      ],
      input: { call throws(CommandError) in GrantColumns.input(call) }))
}

/// `lakectl grant remove`
enum GrantRemove {
  static let command = Command(
    name: "remove", summary: "take a grant back",
    call: .changing(
      GrantColumns.all, IdentityAPI.removeGrant, parameters: GrantColumns.parameters,
      exits: [.conflict: "no administrator would be left"],
      examples: [
        Example(
          text: "No longer",
          line: "lakectl grant remove job:operate --on '*' --to role/curator --yes")
      ],
      detail: "A grant that is not there is gone already: that is no error.",
      input: { call throws(CommandError) in GrantColumns.input(call) }))
}

enum DecisionColumns {
  static let all = RecordColumns(DecisionRecord.self, ["decision", "rule", "source"])

  /// Denied is an answer, and exit 8.
  static func decide(
    _ call: Invocation, _ input: DecisionInput
  ) async throws(CommandError) -> Outcome {
    let answer = try await call.ask(IdentityAPI.explain, input)
    var outcome = Outcome(.record(self.all.row(answer.item)), warnings: answer.warnings)
    if answer.item["decision"]?.string != "allowed" { outcome.exit = .checkFailed }
    return outcome
  }
}

/// `lakectl grant explain`
enum GrantExplain {
  static let who = Argument<PlainName>(
    "who", "a user, or key/ID", source: .resources("user"))
  static let privilege = Argument<PlainName>("privilege", "the action")
  static let resource = Argument<PlainName>("resource", "on what")

  static let command = Command(
    name: "explain", summary: "tell whether somebody may, and by which rule",
    call: Call(
      parameters: [who.parameter, privilege.parameter, resource.parameter], effect: .reads,
      output: RecordColumns.one(of: DecisionRecord.self, DecisionColumns.all),
      exits: [.checkFailed: "it is denied", .notFound: "there is no such user or key"],
      examples: [
        Example(text: "May ann end jobs?", line: "lakectl grant explain ann job:operate job/1")
      ],
      run: { call async throws(CommandError) in
        var input = DecisionInput()
        input.who = call[who].text
        input.privilege = call[privilege].text
        input.resource = call[resource].text
        return try await DecisionColumns.decide(call, input)
      }))
}
