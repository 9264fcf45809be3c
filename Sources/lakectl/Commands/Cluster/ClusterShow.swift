import Admin
import CommandTable

/// `lakectl cluster show`
enum ClusterShow {
  static let columns = RecordColumns(
    ClusterRecord.self, ["name", "id", "state", "version", "leader", "node_count", "up_count"],
    titles: ["node_count": "NODES", "up_count": "UP"])

  static let command = Command(
    name: "show", summary: "show the cluster",
    call: .showing(
      columns, ClusterAPI.show,
      examples: [
        Example(text: "What this is", line: "lakectl cluster show"),
        Example(text: "Its id, for a script", line: "lakectl cluster show -o tsv --columns id"),
      ],
      input: { _ throws(CommandError) in AdminNothing() }))
}
