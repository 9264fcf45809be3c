import Admin
import Bytes
import CommandTable
import JSON
import Values
import YAML

enum PolicyColumns {
  static let all = RecordColumns(
    PolicyRecord.self, ["policy", "statements_count", "attached_to", "updated_at"],
    hidden: ["document"], titles: ["statements_count": "STATEMENTS"])
  static let one = RecordColumns(
    PolicyRecord.self, ["policy", "statements_count", "attached_to", "updated_at"],
    titles: ["statements_count": "STATEMENTS"])

  static let policy = Argument<PlainName>("policy", "the policy", source: .resources("policy"))
  static let file = Option<FilePath>(
    "file", .one, short: "f", placeholder: "PATH",
    "the document, JSON or YAML; - is standard input")
  static let to = Option<PlainName>(
    "to", .one, source: .resources("principal"), placeholder: "WHO",
    "user/NAME, group/NAME or role/NAME")

  static func input(_ name: String, _ call: Invocation) throws(CommandError) -> PolicyInput {
    var input = PolicyInput()
    input.policy = name
    input.summary = call[Shared.description] ?? ""
    if let file = call[self.file] {
      let bytes = try call.content(of: file)
      do throws(YAMLError) {
        input.document = try YAML.document(parsing: String(decoding: bytes, as: UTF8.self)).json()
      } catch {
        throw CommandError(
          .badInput, "cannot understand \(file.text.visible)", why: error.description)
      }
    }
    return input
  }
}

/// `lakectl policy list`
enum PolicyList {
  static let command = Command(
    name: "list", summary: "list policies",
    call: .listing(
      PolicyColumns.all, IdentityAPI.policies,
      examples: [Example(text: "And whom they hold for", line: "lakectl policy list")],
      input: { _ throws(CommandError) in AdminNothing() }))
}

/// `lakectl policy show`
enum PolicyShow {
  static let command = Command(
    name: "show", summary: "show one policy with its document",
    call: .showing(
      PolicyColumns.one, IdentityAPI.policy, parameters: [PolicyColumns.policy.parameter],
      exits: [.notFound: "there is no such policy"],
      examples: [
        Example(text: "Its rules", line: "lakectl policy show read-raw"),
        Example(
          text: "The document alone",
          line: "lakectl policy show read-raw -o json | jq .item.document"),
      ],
      input: { call throws(CommandError) in NameInput(call[PolicyColumns.policy].text) }))
}

/// `lakectl policy create`
enum PolicyCreate {
  static let policy = Argument<PlainName>("policy", "the name of the new policy")

  static let command = Command(
    name: "create", summary: "make a policy from a document",
    call: .changing(
      PolicyColumns.all, IdentityAPI.createPolicy,
      parameters: [
        policy.parameter, PolicyColumns.file.parameter, Shared.description.parameter,
        Shared.ifNotExists.parameter,
      ],
      exits: [.conflict: "there is a policy of that name", .usage: "the document is refused"],
      examples: [
        Example(text: "From a file", line: "lakectl policy create read-raw -f read-raw.json")
      ],
      input: { call throws(CommandError) in
        var input = try PolicyColumns.input(call[policy].text, call)
        input.ifNotExists = call[Shared.ifNotExists]
        return input
      }))
}

/// `lakectl policy set`
enum PolicySet {
  static let command = Command(
    name: "set", summary: "replace the document of a policy",
    call: .changing(
      PolicyColumns.all, IdentityAPI.setPolicy,
      parameters: [
        PolicyColumns.policy.parameter, PolicyColumns.file.parameter,
        Shared.description.parameter,
      ],
      exits: [.notFound: "there is no such policy", .conflict: "--if-match failed"],
      examples: [
        Example(text: "New rules", line: "lakectl policy set read-raw -f read-raw.json --yes")
      ], guarded: true,
      input: { call throws(CommandError) in
        try PolicyColumns.input(call[PolicyColumns.policy].text, call)
      }))
}

/// `lakectl policy delete`
enum PolicyDelete {
  static let command = Command(
    name: "delete", summary: "remove a policy",
    call: .changing(
      PolicyColumns.all, IdentityAPI.deletePolicy,
      parameters: [PolicyColumns.policy.parameter, Shared.ifExists.parameter],
      exits: [.notFound: "there is no such policy", .conflict: "it holds for somebody"],
      examples: [Example(text: "It is not used", line: "lakectl policy delete read-raw --yes")],
      guarded: true,
      input: { call throws(CommandError) in
        NameInput(call[PolicyColumns.policy].text, ifExists: call[Shared.ifExists])
      }))
}

/// `lakectl policy attach`
enum PolicyAttach {
  static let command = Command(
    name: "attach", summary: "let a policy hold for somebody",
    call: .changing(
      PolicyColumns.all, IdentityAPI.attachPolicy,
      parameters: [PolicyColumns.policy.parameter, PolicyColumns.to.parameter],
      exits: [.notFound: "there is no such policy, user, group or role"],
      examples: [
        Example(text: "For a group", line: "lakectl policy attach read-raw --to group/analysts")
      ],
      input: { call throws(CommandError) in
        MemberInput(
          name: call[PolicyColumns.policy].text, member: call[PolicyColumns.to]?.text ?? "")
      }))
}

/// `lakectl policy detach`
enum PolicyDetach {
  static let command = Command(
    name: "detach", summary: "let a policy hold for somebody no longer",
    call: .changing(
      PolicyColumns.all, IdentityAPI.detachPolicy,
      parameters: [PolicyColumns.policy.parameter, PolicyColumns.to.parameter],
      exits: [.notFound: "there is no such policy, user, group or role"],
      examples: [
        Example(
          text: "No longer", line: "lakectl policy detach read-raw --to group/analysts --yes")
      ],
      input: { call throws(CommandError) in
        MemberInput(
          name: call[PolicyColumns.policy].text, member: call[PolicyColumns.to]?.text ?? "")
      }))
}

/// `lakectl policy test`
enum PolicyTest {
  static let who = Argument<PlainName>("who", "a user, or key/ID", source: .resources("user"))
  static let action = Argument<PlainName>("action", "the action, such as s3:GetObject")
  static let on = Option<PlainName>("on", .one, placeholder: "RESOURCE", "on what")
  static let condition = ListOption<Condition>(
    "condition", "a key of conditions, such as aws:SourceIp=10.0.0.1")

  static let command = Command(
    name: "test", summary: "ask the policies about one request",
    call: Call(
      parameters: [who.parameter, action.parameter, on.parameter, condition.parameter],
      effect: .reads, output: RecordColumns.one(of: DecisionRecord.self, DecisionColumns.all),
      exits: [.checkFailed: "it is denied", .notFound: "there is no such user or key"],
      examples: [
        Example(
          text: "From outside",
          line: "lakectl policy test ann s3:GetObject --on raw/a --condition aws:SourceIp=10.0.0.1")
      ],
      detail: "One evaluator decides for all services; a denial wins over every grant.",
      run: { call async throws(CommandError) in
        var input = DecisionInput()
        input.who = call[who].text
        input.privilege = call[action].text
        input.resource = call[on]?.text ?? ""
        for pair in call[condition] { input.context[pair.key] = pair.value }
        return try await DecisionColumns.decide(call, input)
      }))

  struct Condition: ArgumentValue {
    var key: String
    var value: String
    static let placeholder = "KEY=VALUE"

    init(argument: String) throws(ValueError) {
      guard let equals = argument.firstIndex(of: "="), equals != argument.startIndex else {
        throw ValueError(.malformed, "\(argument.visible.quoted) is not KEY=VALUE")
      }
      self.key = String(argument[..<equals])
      self.value = String(argument[argument.index(after: equals)...])
    }
  }
}
