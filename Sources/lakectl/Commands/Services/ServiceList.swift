import Admin
import CommandTable

/// `lakectl service list`
enum ServiceList {
  static let command = Command(
    name: "list", summary: "list services on all nodes",
    call: .listing(
      ServiceColumns.all, ClusterAPI.services,
      examples: [
        Example(text: "Where everything listens", line: "lakectl service list"),
        Example(text: "What is not well", line: "lakectl service list --exclude state=ok"),
      ],
      input: { _ throws(CommandError) in ServicesInput() }))
}

/// `lakectl service show`
enum ServiceShow {
  static let command = Command(
    name: "show", summary: "show one service on all its nodes",
    call: .listing(
      ServiceColumns.all, ClusterAPI.service,
      parameters: [ServiceColumns.service.parameter, Shared.node.parameter],
      exits: [.notFound: "there is no such service"],
      examples: [Example(text: "All about it", line: "lakectl service show admin -o wide")],
      input: { call throws(CommandError) in ServiceColumns.input(call) }))
}
