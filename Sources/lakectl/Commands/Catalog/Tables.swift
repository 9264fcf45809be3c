import Admin
import CommandTable

enum TableArgument {
  static let namespace = OptionalArgument<PlainName>(
    "namespace", "the namespace they are in; none, with --recursive: all")
  static let metadata = Option<PlainName>(
    "metadata", .one, placeholder: "URI", "the location of its metadata file")
  static let overwrite = Flag("overwrite", "a table of that name takes this metadata")
  static let newName = Argument<PlainName>("new", "its new full name")
  static let other = Option<PlainName>("as", placeholder: "NAME", "under this full name")
  static let dropped = Argument<PlainName>("table", "the full name it had, or the id of its entry")

  static func path(_ call: Invocation) -> CatalogPathInput {
    CatalogPathInput(
      call[self.namespace]?.text, in: call[CatalogParameters.warehouse]?.text,
      recursive: call[CatalogParameters.recursive])
  }
}

/// `lakectl catalog table list`
enum TableList {
  static let command = Command(
    name: "list", summary: "list the tables of a namespace",
    call: .listing(
      CatalogColumns.object, CatalogAPI.tables,
      parameters: [
        TableArgument.namespace.parameter, CatalogParameters.recursive.parameter,
        CatalogParameters.warehouse.parameter,
      ],
      exits: [.notFound: "there is no such namespace or warehouse"],
      examples: [
        Example(
          text: "The largest", line: "lakectl catalog table list sales --sort size_bytes:desc"),
        Example(text: "All there are", line: "lakectl catalog table list --recursive"),
      ],
      input: { call throws(CommandError) in TableArgument.path(call) }))
}

/// `lakectl catalog table show`
enum TableShow {
  static let command = Command(
    name: "show", summary: "show one table",
    call: .showing(
      CatalogColumns.object, CatalogAPI.table,
      parameters: [CatalogParameters.table.parameter, CatalogParameters.warehouse.parameter],
      exits: [.notFound: "there is no such table"],
      examples: [
        Example(text: "Where it lies", line: "lakectl catalog table show sales.orders -o wide")
      ],
      input: { call throws(CommandError) in CatalogParameters.name(call) }))
}

/// `lakectl catalog table register`
enum TableRegister {
  static let command = Command(
    name: "register", summary: "take a metadata file for a table's",
    call: .changing(
      CatalogColumns.object, CatalogAPI.registerTable,
      parameters: [
        CatalogParameters.table.parameter, TableArgument.metadata.parameter,
        TableArgument.overwrite.parameter, CatalogParameters.warehouse.parameter,
      ],
      exits: [
        .notFound: "there is no such file, or namespace",
        .conflict: "there is a table of that name",
      ],
      examples: [
        Example(
          text: "A table of another catalog",
          line: "lakectl catalog table register sales.old"
            + " --metadata file:///lake/old/metadata/00007-1.metadata.json")
      ],
      detail: "No file is written. The table goes on from there.",
      input: { call throws(CommandError) in
        var input = RegisterTableInput()
        input.name = call[CatalogParameters.table].text
        input.warehouse = call[CatalogParameters.warehouse]?.text
        input.metadata = call[TableArgument.metadata]?.text ?? ""
        input.overwrites = call[TableArgument.overwrite]
        return input
      }))
}

/// `lakectl catalog table rename`
enum TableRename {
  static let command = Command(
    name: "rename", summary: "give a table another name",
    call: .changing(
      CatalogColumns.object, CatalogAPI.renameTable,
      parameters: [
        CatalogParameters.table.parameter, TableArgument.newName.parameter,
        CatalogParameters.warehouse.parameter,
      ],
      exits: [
        .notFound: "there is no such table, or namespace", .conflict: "the new name is taken",
      ],
      examples: [
        Example(
          text: "Into another namespace",
          line: "lakectl catalog table rename sales.orders archive.orders")
      ],
      detail: "Its files stay where they are.",
      input: { call throws(CommandError) in
        var input = RenameObjectInput()
        input.name = call[CatalogParameters.table].text
        input.to = call[TableArgument.newName].text
        input.warehouse = call[CatalogParameters.warehouse]?.text
        return input
      }))
}

/// `lakectl catalog table set`
enum TableSet {
  static let command = Command(
    name: "set", summary: "change the properties of a table",
    call: .changing(
      CatalogColumns.object, CatalogAPI.setTable,
      parameters: [
        CatalogParameters.table.parameter, CatalogParameters.properties.parameter,
        CatalogParameters.removals.parameter, CatalogParameters.protected.parameter,
        CatalogParameters.warehouse.parameter,
      ],
      exits: [.notFound: "there is no such table", .conflict: "--if-match failed"],
      examples: [
        Example(
          text: "Nobody shall drop it",
          line: "lakectl catalog table set sales.orders --protected true")
      ],
      guarded: true,
      input: { call throws(CommandError) in
        var input = TableChangeInput()
        input.name = call[CatalogParameters.table].text
        input.warehouse = call[CatalogParameters.warehouse]?.text
        input.properties = try CatalogParameters.properties(call)
        input.removals = call[CatalogParameters.removals].map(\.text)
        input.isProtected = try CatalogParameters.truth(CatalogParameters.protected, call)
        return input
      }))
}

/// `lakectl catalog table drop`
enum TableDrop {
  static let command = Command(
    name: "drop", summary: "drop a table and keep its files",
    call: .changing(
      CatalogColumns.object, CatalogAPI.dropTable,
      parameters: [CatalogParameters.table.parameter, CatalogParameters.warehouse.parameter],
      exits: [.notFound: "there is no such table", .conflict: "it is protected"],
      examples: [
        Example(text: "It is not used", line: "lakectl catalog table drop sales.orders --yes")
      ],
      detail: "The plan says how it can be taken back, and for how long.",
      input: { call throws(CommandError) in CatalogParameters.name(call) }))
}

/// `lakectl catalog table undrop`
enum TableUndrop {
  static let command = Command(
    name: "undrop", summary: "take a dropped table back",
    call: .changing(
      CatalogColumns.object, CatalogAPI.undropTable,
      parameters: [
        TableArgument.dropped.parameter, TableArgument.other.parameter,
        CatalogParameters.warehouse.parameter,
      ],
      exits: [.notFound: "it is not held any more", .conflict: "the name is taken"],
      examples: [
        Example(
          text: "Beside the new one",
          line: "lakectl catalog table undrop sales.orders --as sales.orders_old")
      ],
      input: { call throws(CommandError) in
        var input = RestoreInput()
        input.name = call[TableArgument.dropped].text
        input.newName = call[TableArgument.other]?.text
        input.warehouse = call[CatalogParameters.warehouse]?.text
        return input
      }))
}

/// `lakectl catalog table purge`
enum TablePurge {
  static let command = Command(
    name: "purge", summary: "delete a table with its files",
    call: .changing(
      CatalogColumns.object, CatalogAPI.purgeTable,
      parameters: [TableArgument.dropped.parameter, CatalogParameters.warehouse.parameter],
      exits: [.notFound: "there is no such table, and none that was dropped"],
      examples: [
        Example(
          text: "Now, and for ever",
          line: "lakectl catalog table purge sales.orders --yes --confirm sales.orders")
      ],
      detail: "A job deletes everything below its location.",
      input: { call throws(CommandError) in
        CatalogNameInput(
          call[TableArgument.dropped].text, in: call[CatalogParameters.warehouse]?.text)
      }))
}

/// `lakectl catalog deleted list`
enum DeletedList {
  static let namespace = OptionalArgument<PlainName>("namespace", "only those of this namespace")

  static let command = Command(
    name: "list", summary: "list dropped tables and views that are held",
    call: .listing(
      CatalogColumns.dropped, CatalogAPI.dropped,
      parameters: [namespace.parameter, CatalogParameters.warehouse.parameter],
      examples: [
        Example(text: "What can be taken back", line: "lakectl catalog deleted list sales")
      ],
      input: { call throws(CommandError) in
        CatalogPathInput(call[namespace]?.text, in: call[CatalogParameters.warehouse]?.text)
      }))
}

/// `lakectl catalog view list`
enum ViewList {
  static let command = Command(
    name: "list", summary: "list the views of a namespace",
    call: .listing(
      CatalogColumns.view, CatalogAPI.views,
      parameters: [
        TableArgument.namespace.parameter, CatalogParameters.recursive.parameter,
        CatalogParameters.warehouse.parameter,
      ],
      exits: [.notFound: "there is no such namespace or warehouse"],
      examples: [Example(text: "All of them", line: "lakectl catalog view list sales")],
      input: { call throws(CommandError) in TableArgument.path(call) }))
}

/// `lakectl catalog view drop`
enum ViewDrop {
  static let view = Argument<PlainName>("view", "the full name of the view")

  static let command = Command(
    name: "drop", summary: "drop a view",
    call: .changing(
      CatalogColumns.view, CatalogAPI.dropView,
      parameters: [view.parameter, CatalogParameters.warehouse.parameter],
      exits: [.notFound: "there is no such view", .conflict: "it is protected"],
      examples: [
        Example(text: "It is not used", line: "lakectl catalog view drop sales.daily --yes")
      ],
      input: { call throws(CommandError) in
        CatalogNameInput(call[view].text, in: call[CatalogParameters.warehouse]?.text)
      }))
}
