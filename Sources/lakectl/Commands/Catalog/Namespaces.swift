import Admin
import CommandTable

enum NamespaceArgument {
  static let one = Argument<PlainName>("namespace", "its levels, joined by dots")
  static let owner = Option<PlainName>(
    "owner", placeholder: "NAME", "whose it is: its property owner")
  static let parent = OptionalArgument<PlainName>("parent", "the namespace above; else the top")

  static func name(_ call: Invocation) -> CatalogNameInput {
    CatalogNameInput(call[self.one].text, in: call[CatalogParameters.warehouse]?.text)
  }

  static func change(_ call: Invocation) throws(CommandError) -> NamespaceInput {
    var input = NamespaceInput()
    input.name = call[self.one].text
    input.warehouse = call[CatalogParameters.warehouse]?.text
    input.properties = try CatalogParameters.properties(call)
    input.owner = call[self.owner]?.text
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
        NamespaceArgument.parent.parameter, CatalogParameters.recursive.parameter,
        CatalogParameters.warehouse.parameter,
      ],
      exits: [.notFound: "there is no such namespace or warehouse"],
      examples: [
        Example(text: "Those at the top", line: "lakectl catalog namespace list"),
        Example(text: "Those below one", line: "lakectl catalog namespace list sales"),
      ],
      input: { call throws(CommandError) in
        CatalogPathInput(
          call[NamespaceArgument.parent]?.text, in: call[CatalogParameters.warehouse]?.text,
          recursive: call[CatalogParameters.recursive])
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
        NamespaceArgument.one.parameter, NamespaceArgument.owner.parameter,
        CatalogParameters.properties.parameter, CatalogParameters.warehouse.parameter,
      ],
      exits: [
        .conflict: "there is a namespace of that name",
        .notFound: "the namespace above, or the warehouse, is not there",
      ],
      examples: [
        Example(
          text: "With an owner",
          line: "lakectl catalog namespace create sales --owner ann")
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
        NamespaceArgument.one.parameter, NamespaceArgument.owner.parameter,
        CatalogParameters.properties.parameter, CatalogParameters.removals.parameter,
        CatalogParameters.warehouse.parameter,
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
  static let recursive = Flag("recursive", "with all tables, views and namespaces in it")
  static let tree = RecordColumns(
    NamespaceTreeRecord.self,
    ["namespace", "namespaces_count", "tables_count", "views_count", "purge_at"])

  static let command = Command(
    name: "delete", summary: "remove a namespace", call: made)

  private static var made: Call {
    var call = Call.changing(
      CatalogColumns.namespace, CatalogAPI.deleteNamespace,
      parameters: [
        NamespaceArgument.one.parameter, recursive.parameter,
        CatalogParameters.warehouse.parameter,
      ],
      exits: [.notFound: "there is no such namespace", .conflict: "it is not empty, or protected"],
      examples: [
        Example(text: "It is empty", line: "lakectl catalog namespace delete sales.eu --yes"),
        Example(
          text: "With all that is in it",
          line: "lakectl catalog namespace delete sales --recursive --confirm sales"),
      ],
      detail: """
        With --recursive tables and views are dropped, not purged.
        The warehouse says how long they are held. More than 10,000 of them go by a job.
        """,
      input: { call throws(CommandError) in NamespaceArgument.name(call) })
    let (plain, plan) = (call.run, call.plan)
    guard let plan else { preconditionFailure("BUG: a command that is hard to undo has no plan") }
    call.run = { call async throws(CommandError) in
      guard call[recursive] else { return try await plain(call) }
      let answer = try await call.ask(CatalogShapeAPI.dropTree, NamespaceArgument.name(call))
      var outcome = try await call.changed(answer, tree)
      outcome.output = RecordColumns.change(of: NamespaceTreeRecord.self, tree)
      return outcome
    }
    call.plan = { call async throws(CommandError) in
      guard call[recursive] else { return try await plan(call) }
      return call.plan(
        try await call.ask(CatalogShapeAPI.dropTree, NamespaceArgument.name(call), isPlan: true))
    }
    call.raises = [(recursive.parameter, .destroys)]
    return call
  }
}
