import Admin
import CommandTable

enum FactColumns {
  static let all = RecordColumns(
    FactRecord.self, ["key", "size_bytes", "modified_revision_id", "lease_id"], hidden: ["value"],
    titles: ["modified_revision_id": "MODIFIED", "created_revision_id": "CREATED"])
  static let one = RecordColumns(FactRecord.self, ["key", "value", "size_bytes"])
  static let status = RecordColumns(
    FactsStatusRecord.self, ["facts", "state", "revision_id", "leader", "size_bytes"],
    titles: ["watch_count": "WATCHES", "lease_count": "LEASES"])
}

/// `lakectl facts status`
enum FactsStatus {
  static let command = Command(
    name: "status", summary: "show how the store of facts is",
    call: .showing(
      FactColumns.status, ClusterAPI.factsStatus,
      examples: [Example(text: "Whether it leads, and how fast", line: "lakectl facts status")],
      input: { _ throws(CommandError) in AdminNothing() }))
}

/// `lakectl facts list`
enum FactsList {
  static let prefix = OptionalArgument<PlainName>("prefix", "only keys that begin with this")

  static let command = Command(
    name: "list", summary: "list the names of facts",
    call: .listing(
      FactColumns.all, ClusterAPI.facts, parameters: [prefix.parameter],
      examples: [
        Example(text: "All of one kind", line: "lakectl facts list node/"),
        Example(
          text: "The largest", line: "lakectl facts list --sort size_bytes:desc --limit 10"),
      ],
      detail: "To find out what a cluster believes; values stay with facts show.",
      input: { call throws(CommandError) in
        var input = FactsInput()
        input.prefix = call[prefix]?.text ?? ""
        return input
      }))
}

/// `lakectl facts show`
enum FactsShow {
  static let key = Argument<PlainName>("key", "the name of the fact", source: .resources("fact"))

  static let command = Command(
    name: "show", summary: "show one fact",
    call: .showing(
      FactColumns.one, ClusterAPI.fact, parameters: [key.parameter],
      exits: [.notFound: "there is no such fact"],
      examples: [Example(text: "What it says", line: "lakectl facts show node/n1")],
      detail: "A value that is no text, or may hold a secret, is not shown.",
      input: { call throws(CommandError) in
        var input = FactInput()
        input.key = call[key].text
        return input
      }))
}
