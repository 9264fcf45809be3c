import Admin
import CommandTable

/// `lakectl node list`
enum NodeList {
  static let command = Command(
    name: "list", summary: "list the members of the cluster",
    call: .listing(
      NodeColumns.all, ClusterAPI.nodes,
      examples: [
        Example(text: "Who is there", line: "lakectl node list"),
        Example(
          text: "Disks that fill up",
          line: "lakectl node list --filter disk_used_ratio:over:80% -o name"),
      ],
      input: { _ throws(CommandError) in AdminNothing() }))
}

/// `lakectl node show`
enum NodeShow {
  static let command = Command(
    name: "show", summary: "show one node",
    call: .showing(
      NodeColumns.all, ClusterAPI.node, parameters: [NodeColumns.node.parameter],
      examples: [Example(text: "Everything about it", line: "lakectl node show n1")],
      input: { call throws(CommandError) in NodeInput(node: call[NodeColumns.node].text) }))
}

/// `lakectl node settings list`
enum NodeSettingsList {
  static let command = Command(
    name: "list", summary: "list the configuration in force",
    call: .listing(
      SettingRecordColumns.all, ClusterAPI.config,
      examples: [
        Example(text: "What holds, and why", line: "lakectl node settings list"),
        Example(
          text: "What is not a default",
          line: "lakectl node settings list --exclude source=default"),
      ],
      detail: "Of the node that answers: choose it with --endpoint. Secrets are not shown.",
      input: { _ throws(CommandError) in AdminNothing() }))
}
