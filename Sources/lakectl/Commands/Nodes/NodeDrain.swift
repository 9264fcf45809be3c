import Admin
import CommandTable

/// `lakectl node drain`
enum NodeDrain {
  static let keep = ListOption<PlainName>(
    "keep-role", placeholder: "ROLE", "this role stays while the node drains")

  static let command = Command(
    name: "drain", summary: "move what a node leads and holds to others",
    call: .changing(
      NodeColumns.drain, ClusterAPI.drain,
      parameters: [NodeColumns.node.parameter, keep.parameter, Shared.force.parameter],
      exits: [
        .notFound: "there is no such node",
        .conflict: "too few nodes would be left; --force under-replicated",
      ],
      examples: [
        Example(text: "Before maintenance", line: "lakectl node drain n4 --yes --wait")
      ],
      detail: "Leaders move first, then data.",
      input: { call throws(CommandError) in
        var input = NodeInput(node: call[NodeColumns.node].text)
        input.keepRoles = call[keep].map(\.text)
        input.force = call[Shared.force].map(\.text)
        return input
      }))
}

/// `lakectl node undrain`
enum NodeUndrain {
  static let command = Command(
    name: "undrain", summary: "let a drained node take part again",
    call: .changing(
      NodeColumns.drain, ClusterAPI.undrain, parameters: [NodeColumns.node.parameter],
      exits: [.notFound: "there is no such node"],
      examples: [Example(text: "After maintenance", line: "lakectl node undrain n4")],
      input: { call throws(CommandError) in NodeInput(node: call[NodeColumns.node].text) }))
}

/// `lakectl node remove`
enum NodeRemove {
  static let command = Command(
    name: "remove", summary: "forget a node that is drained or dead",
    call: .changing(
      NodeColumns.drain, ClusterAPI.remove,
      parameters: [NodeColumns.node.parameter, Shared.force.parameter],
      exits: [.notFound: "there is no such node", .conflict: "it is up and not drained"],
      examples: [
        Example(text: "A machine that is gone", line: "lakectl node remove n4 --confirm n4")
      ],
      input: { call throws(CommandError) in
        var input = NodeInput(node: call[NodeColumns.node].text)
        input.force = call[Shared.force].map(\.text)
        return input
      }))
}
