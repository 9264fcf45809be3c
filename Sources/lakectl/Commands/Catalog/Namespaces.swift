import Admin
import CommandTable

enum NamespaceArgument {
  static let one = Argument<PlainName>("namespace", "its levels, joined by dots")
  static let parent = OptionalArgument<PlainName>("parent", "the namespace above; else the top")

  static func name(_ call: Invocation) -> CatalogNameInput {
    CatalogNameInput(call[self.one].text, in: call[CatalogParameters.warehouse]?.text)
  }

  static func change(_ call: Invocation) throws(CommandError) -> NamespaceInput {
    var input = NamespaceInput()
    input.name = call[self.one].text
    input.warehouse = call[CatalogParameters.warehouse]?.text
    input.properties = try CatalogParameters.properties(call)
    return input
  }
}

/// `lakectl catalog namespace list`
enum NamespaceList {
  static let command = Command(
    name: "list", summary: "list the namespaces below one",
    call: .listing(
      CatalogColumns.namespace, CatalogAPI.namespaces,
      parameters: [
        NamespaceArgument.parent.parameter, CatalogParameters.warehouse.parameter,
      ],
      exits: [.notFound: "there is no such namespace or warehouse"],
      examples: [
        Example(text: "Those at the top", line: "lakectl catalog namespace list"),
        Example(text: "Those below one", line: "lakectl catalog namespace list sales"),
      ],
      input: { call throws(CommandError) in
        CatalogPathInput(
          call[NamespaceArgument.parent]?.text, in: call[CatalogParameters.warehouse]?.text)
      }))
}

/// `lakectl catalog namespace show`
enum NamespaceShow {
  static let command = Command(
    name: "show", summary: "show one namespace",
    call: .showing(
      CatalogColumns.namespace, CatalogAPI.namespace,
      parameters: [NamespaceArgument.one.parameter, CatalogParameters.warehouse.parameter],
      exits: [.notFound: "there is no such namespace or warehouse"],
      examples: [Example(text: "What was set", line: "lakectl catalog namespace show sales.eu")],
      input: { call throws(CommandError) in NamespaceArgument.name(call) }))
}

/// `lakectl catalog namespace create`
enum NamespaceCreate {
  static let command = Command(
    name: "create", summary: "make a namespace",
    call: .changing(
      CatalogColumns.namespace, CatalogAPI.createNamespace,
      parameters: [
        NamespaceArgument.one.parameter, CatalogParameters.properties.parameter,
        CatalogParameters.warehouse.parameter,
      ],
      exits: [
        .conflict: "there is a namespace of that name",
        .notFound: "the namespace above, or the warehouse, is not there",
      ],
      examples: [
        Example(
          text: "With an owner",
          line: "lakectl catalog namespace create sales --property owner=ann")
      ],
      input: { call throws(CommandError) in try NamespaceArgument.change(call) }))
}

/// `lakectl catalog namespace set`
enum NamespaceSet {
  static let command = Command(
    name: "set", summary: "change the properties of a namespace",
    call: .changing(
      CatalogColumns.namespace, CatalogAPI.setNamespace,
      parameters: [
        NamespaceArgument.one.parameter, CatalogParameters.properties.parameter,
        CatalogParameters.removals.parameter, CatalogParameters.warehouse.parameter,
      ],
      exits: [.notFound: "there is no such namespace or warehouse"],
      examples: [
        Example(
          text: "One more, one less",
          line: "lakectl catalog namespace set sales --property team=eu --remove owner")
      ],
      input: { call throws(CommandError) in
        var input = try NamespaceArgument.change(call)
        input.removals = call[CatalogParameters.removals].map(\.text)
        return input
      }))
}

/// `lakectl catalog namespace delete`
enum NamespaceDelete {
  static let command = Command(
    name: "delete", summary: "remove an empty namespace",
    call: .changing(
      CatalogColumns.namespace, CatalogAPI.deleteNamespace,
      parameters: [NamespaceArgument.one.parameter, CatalogParameters.warehouse.parameter],
      exits: [.notFound: "there is no such namespace", .conflict: "it is not empty, or protected"],
      examples: [
        Example(text: "It is empty", line: "lakectl catalog namespace delete sales.eu --yes")
      ],
      input: { call throws(CommandError) in NamespaceArgument.name(call) }))
}
