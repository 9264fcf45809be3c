import Admin
import CommandTable

enum ViewArgument {
  static let sql = Option<FilePath>(
    "sql", placeholder: "FILE", "the file with its text; - is standard input")
  static let dialect = Option<PlainName>(
    "dialect", placeholder: "WORD", "the language of the text, such as spark")
  static let namespace = Option<PlainName>(
    "default-namespace", placeholder: "NAME", "where names of the text are looked up")

  static let parameters = [
    ViewDrop.view.parameter, sql.parameter, dialect.parameter, SchemaFile.option.parameter,
    namespace.parameter, CatalogParameters.properties.parameter,
  ]

  static func input(_ call: Invocation) throws(CommandError) -> ViewInput {
    var input = ViewInput()
    input.name = call[ViewDrop.view].text
    input.warehouse = call[CatalogParameters.warehouse]?.text
    if let file = call[self.sql] {
      input.sql = String(decoding: try call.content(of: file), as: UTF8.self)
    }
    input.dialect = call[self.dialect]?.text
    if let file = call[SchemaFile.option] {
      (input.schema, input.columns) = try SchemaFile.read(file, call)
    }
    input.defaultNamespace = call[self.namespace]?.text
    input.properties = try CatalogParameters.properties(call)
    return input
  }
}

/// `lakectl catalog view create`
enum ViewCreate {
  static let command = Command(
    name: "create", summary: "make a view",
    call: .changing(
      ContentColumns.view, CatalogShapeAPI.createView,
      parameters: ViewArgument.parameters + [CatalogParameters.warehouse.parameter],
      exits: [
        .notFound: "there is no such namespace",
        .conflict: "there is a table or view of that name",
      ],
      examples: [
        Example(
          text: "For Spark",
          line: "lakectl catalog view create sales.daily --sql daily.sql --dialect spark"
            + " --schema daily.txt")
      ],
      detail: "The catalog keeps the text; engines that read the dialect run it.",
      input: { call throws(CommandError) in try ViewArgument.input(call) }))
}

/// `lakectl catalog view set`
enum ViewSet {
  static let command = Command(
    name: "set", summary: "change the text or properties of a view",
    call: .changing(
      ContentColumns.view, CatalogShapeAPI.setView,
      parameters: ViewArgument.parameters + [
        CatalogParameters.removals.parameter, CatalogParameters.protected.parameter,
        CatalogParameters.warehouse.parameter,
      ],
      exits: [.notFound: "there is no such view"],
      examples: [
        Example(
          text: "Another text",
          line: "lakectl catalog view set sales.daily --sql daily.sql --dialect spark")
      ],
      detail: "A text replaces that of its dialect; those of other dialects stay.",
      input: { call throws(CommandError) in
        var input = try ViewArgument.input(call)
        input.removals = call[CatalogParameters.removals].map(\.text)
        input.isProtected = try CatalogParameters.truth(CatalogParameters.protected, call)
        return input
      }))
}

/// `lakectl catalog view rename`
enum ViewRename {
  static let command = Command(
    name: "rename", summary: "give a view another name",
    call: .changing(
      CatalogColumns.view, CatalogShapeAPI.renameView,
      parameters: [
        ViewDrop.view.parameter, TableArgument.newName.parameter,
        CatalogParameters.warehouse.parameter,
      ],
      exits: [
        .notFound: "there is no such view, or namespace", .conflict: "the new name is taken",
      ],
      examples: [
        Example(
          text: "Another name", line: "lakectl catalog view rename sales.daily sales.per_day")
      ],
      input: { call throws(CommandError) in
        var input = RenameObjectInput()
        input.name = call[ViewDrop.view].text
        input.to = call[TableArgument.newName].text
        input.warehouse = call[CatalogParameters.warehouse]?.text
        return input
      }))
}

/// `lakectl catalog view undrop`
enum ViewUndrop {
  static let dropped = Argument<PlainName>("view", "the full name it had, or the id of its entry")

  static let command = Command(
    name: "undrop", summary: "take a dropped view back",
    call: .changing(
      CatalogColumns.view, CatalogAPI.undropTable,
      parameters: [
        dropped.parameter, TableArgument.other.parameter, CatalogParameters.warehouse.parameter,
      ],
      exits: [.notFound: "it is not held any more", .conflict: "the name is taken"],
      examples: [
        Example(text: "As it was", line: "lakectl catalog view undrop sales.daily")
      ],
      input: { call throws(CommandError) in
        var input = RestoreInput()
        input.name = call[dropped].text
        input.newName = call[TableArgument.other]?.text
        input.warehouse = call[CatalogParameters.warehouse]?.text
        return input
      }))
}
