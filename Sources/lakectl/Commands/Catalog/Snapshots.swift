import Admin
import CommandTable

/// `lakectl catalog snapshot list`
enum SnapshotList {
  static let command = Command(
    name: "list", summary: "list the snapshots of a table",
    call: .listing(
      CatalogColumns.snapshot, CatalogAPI.snapshots,
      parameters: [CatalogParameters.table.parameter, CatalogParameters.warehouse.parameter],
      exits: [.notFound: "there is no such table"],
      examples: [
        Example(
          text: "The last ones", line: "lakectl catalog snapshot list sales.orders --limit 5")
      ],
      input: { call throws(CommandError) in CatalogParameters.name(call) }))
}

/// `lakectl catalog snapshot rollback`
enum SnapshotRollback {
  static let snapshot = OptionalArgument<PlainName>(
    "snapshot", "the snapshot, branch or tag to go back to; or TABLE@SNAPSHOT")

  static let command = Command(
    name: "rollback", summary: "let a table go back to a snapshot",
    call: .changing(
      CatalogColumns.object, CatalogAPI.rollback,
      parameters: [
        CatalogParameters.table.parameter, snapshot.parameter, Shared.force.parameter,
        CatalogParameters.warehouse.parameter,
      ],
      exits: [
        .notFound: "there is no such table or snapshot",
        .conflict: "it is no ancestor of the present one; --force not-ancestor",
      ],
      examples: [
        Example(
          text: "As it was before the last load",
          line: "lakectl catalog snapshot rollback sales.orders@3051729675574597004 --yes")
      ],
      detail: "Later snapshots stay; the undo line brings them back.",
      input: { call throws(CommandError) in
        var input = RollbackInput()
        let place = try SnapshotPlace(
          call[CatalogParameters.table].text, call[snapshot]?.text)
        input.name = place.table
        input.warehouse = call[CatalogParameters.warehouse]?.text
        let choice = try place.required()
        (input.snapshotID, input.ref) = (choice.id, choice.ref)
        input.force = call[Shared.force].map(\.text)
        return input
      }))
}

/// `lakectl catalog ref list`
enum RefList {
  static let command = Command(
    name: "list", summary: "list the branches and tags of a table",
    call: .listing(
      CatalogColumns.ref, CatalogAPI.refs,
      parameters: [CatalogParameters.table.parameter, CatalogParameters.warehouse.parameter],
      exits: [.notFound: "there is no such table"],
      examples: [Example(text: "All of them", line: "lakectl catalog ref list sales.orders")],
      input: { call throws(CommandError) in CatalogParameters.name(call) }))
}

enum RefArgument {
  static let ref = Argument<PlainName>("ref", "the branch or tag")
  static let at = Option<PlainName>(
    "at", placeholder: "SNAPSHOT", "at this snapshot, branch or tag, not the present one")
  static let branch = Flag("branch", "make a branch, not a tag")
  static let keep = Option<Duration>("keep", "keep it this long")

  static func input(_ call: Invocation) -> TableRefInput {
    var input = TableRefInput()
    input.name = call[CatalogParameters.table].text
    input.warehouse = call[CatalogParameters.warehouse]?.text
    input.ref = call[self.ref].text
    return input
  }
}

/// `lakectl catalog ref create`
enum RefCreate {
  static let command = Command(
    name: "create", summary: "make a branch or a tag",
    call: .changing(
      CatalogColumns.ref, CatalogAPI.createRef,
      parameters: [
        CatalogParameters.table.parameter, RefArgument.ref.parameter, RefArgument.at.parameter,
        RefArgument.branch.parameter, RefArgument.keep.parameter,
        CatalogParameters.warehouse.parameter,
      ],
      exits: [
        .notFound: "there is no such table", .conflict: "there is one of that name elsewhere",
      ],
      examples: [
        Example(
          text: "A tag that is kept for a year",
          line: "lakectl catalog ref create sales.orders q3 --keep 365d")
      ],
      input: { call throws(CommandError) in
        var input = RefArgument.input(call)
        if let text = call[RefArgument.at]?.text {
          let choice = try SnapshotChoice(text)
          (input.snapshotID, input.atRef) = (choice.id, choice.ref)
        }
        input.isBranch = call[RefArgument.branch]
        input.keepSeconds = call[RefArgument.keep]?.components.seconds
        return input
      }))
}

/// `lakectl catalog ref delete`
enum RefDelete {
  static let command = Command(
    name: "delete", summary: "remove a branch or a tag",
    call: .changing(
      CatalogColumns.ref, CatalogAPI.deleteRef,
      parameters: [
        CatalogParameters.table.parameter, RefArgument.ref.parameter,
        CatalogParameters.warehouse.parameter,
      ],
      exits: [.notFound: "there is no such table, branch or tag"],
      examples: [
        Example(text: "Not needed", line: "lakectl catalog ref delete sales.orders q3 --yes")
      ],
      input: { call throws(CommandError) in RefArgument.input(call) }))
}

/// `lakectl catalog event list`
enum CatalogEventList {
  static let after = Option<Int>("after", placeholder: "N", "only events with larger numbers")
  static let namespace = Option<PlainName>(
    "namespace", placeholder: "NAME", "only of this namespace and what is below it")

  static let command = Command(
    name: "list", summary: "list what has happened, in order",
    call: .listing(
      CatalogColumns.event, CatalogAPI.events,
      parameters: [
        after.parameter, namespace.parameter, CatalogParameters.warehouse.parameter,
      ],
      examples: [
        Example(
          text: "What came after one", line: "lakectl catalog event list --after 120 -o jsonl")
      ],
      input: { call throws(CommandError) in
        var input = CatalogEventsInput()
        input.since = Int64(call[after] ?? 0)
        input.namespace = call[namespace]?.text
        input.warehouse = call[CatalogParameters.warehouse]?.text
        return input
      }))
}
