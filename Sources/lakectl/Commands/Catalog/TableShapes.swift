import Admin
import Bytes
import CommandTable
import JSON

/// A file with columns: an Iceberg schema, or `NAME TYPE` lines.
enum SchemaFile {
  static let option = Option<FilePath>(
    "schema", placeholder: "FILE", "its columns: an Iceberg schema, or NAME TYPE lines")

  static func read(
    _ file: FilePath, _ call: Invocation
  ) throws(CommandError) -> (schema: JSONValue, columns: [String]) {
    let bytes = try call.content(of: file)
    let text = String(decoding: bytes, as: UTF8.self)
    if text.first(where: { !$0.isWhitespace }) == "{" {
      do throws(JSONError) { return (try JSONValue(parsing: bytes.rawBytes), []) } catch {
        throw CommandError(
          .badInput, "cannot understand \(file.text.visible)", why: error.description)
      }
    }
    let lines = text.split(whereSeparator: \.isNewline).map(String.init).filter { line in
      line.contains { !$0.isWhitespace } && !line.hasPrefix("#")
    }
    guard !lines.isEmpty else {
      throw CommandError(
        .badInput, "\(file.text.visible) has no columns", why: "a line each is NAME TYPE",
        try: ["id long required"])
    }
    return (.null, lines)
  }
}

/// `lakectl catalog table create`
enum TableCreate {
  static let schema = Option<FilePath>(
    "schema", .one, placeholder: "FILE",
    "its columns: an Iceberg schema, or NAME TYPE lines; - is standard input")
  static let partition = ListOption<PlainName>(
    "partition", placeholder: "SPEC", "such as day(at), bucket(16, id), region")
  static let location = Option<PlainName>(
    "location", placeholder: "URI", "where it shall lie, not by its name")

  static let command = Command(
    name: "create", summary: "make an empty table",
    call: .changing(
      CatalogColumns.object, CatalogShapeAPI.createTable,
      parameters: [
        CatalogParameters.table.parameter, schema.parameter, partition.parameter,
        CatalogParameters.properties.parameter, location.parameter,
        CatalogParameters.warehouse.parameter,
      ],
      exits: [
        .notFound: "there is no such namespace",
        .conflict: "there is a table or view of that name, or its place is taken",
      ],
      examples: [
        Example(
          text: "With a partition for each day",
          line: "lakectl catalog table create sales.orders --schema orders.txt"
            + " --partition 'day(at)'")
      ],
      detail: """
        A line of the file is NAME TYPE, with `required` behind it or not: id long required.
        Nested columns need an Iceberg schema as JSON.
        """,
      input: { call throws(CommandError) in
        var input = CreateTableInput()
        input.name = call[CatalogParameters.table].text
        input.warehouse = call[CatalogParameters.warehouse]?.text
        if let file = call[schema] {
          (input.schema, input.columns) = try SchemaFile.read(file, call)
        }
        input.partition = call[partition].map(\.text)
        input.location = call[location]?.text
        input.properties = try CatalogParameters.properties(call)
        return input
      }))
}

/// `lakectl catalog table alter`
enum TableAlter {
  static let columns = RecordColumns(
    TableSchemaRecord.self, ["table", "schema_id", "columns_count"], titles: ["schema": "DOCUMENT"])
  static let add = ListOption<PlainName>(
    "add", placeholder: "COLUMN", "add a column: 'NAME TYPE'; a.b is b in struct a")
  static let drop = ListOption<PlainName>("drop", placeholder: "NAME", "take a column away")
  static let rename = ListOption<PlainName>(
    "rename", placeholder: "OLD=NEW", "give a column another name")
  static let type = ListOption<PlainName>(
    "type", placeholder: "NAME=TYPE", "make a column wider: int to long")
  static let optional = ListOption<PlainName>(
    "optional", placeholder: "NAME", "let a column be null")
  static let require = ListOption<PlainName>(
    "require", placeholder: "NAME", "let a column never be null")

  static let command = Command(
    name: "alter", summary: "change the columns of a table",
    call: .changing(
      columns, CatalogShapeAPI.alterTable,
      parameters: [
        CatalogParameters.table.parameter, add.parameter, drop.parameter, rename.parameter,
        type.parameter, optional.parameter, require.parameter,
        CatalogParameters.warehouse.parameter,
      ],
      exits: [
        .notFound: "there is no such table",
        .conflict: "it was changed meanwhile, or --if-match failed",
      ],
      examples: [
        Example(
          text: "One more, one wider",
          line: "lakectl catalog table alter sales.orders --add 'note string' --type id=long --yes"
        ),
        Example(
          text: "What would become of it",
          line: "lakectl catalog table alter sales.orders --rename at=sold_at -n"),
      ],
      detail: """
        Rows that are there keep their meaning: columns are known by ids, not by names.
        What readers of older files could not follow is refused, with the rule.
        """, guarded: true,
      input: { call throws(CommandError) in
        var input = AlterTableInput()
        input.name = call[CatalogParameters.table].text
        input.warehouse = call[CatalogParameters.warehouse]?.text
        input.additions = call[add].map(\.text)
        input.drops = call[drop].map(\.text)
        input.renames = try pairs(call[rename].map(\.text), "--rename at=sold_at")
        input.types = try pairs(call[type].map(\.text), "--type id=long")
        input.optionals = call[optional].map(\.text)
        input.requireds = call[require].map(\.text)
        return input
      }))

  private static func pairs(
    _ texts: [String], _ example: String
  ) throws(CommandError) -> [String: String] {
    var pairs: [String: String] = [:]
    for text in texts {
      guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
        throw CommandError(
          .missingValue, "\(text.visible.quoted) says too little", why: "it has no =",
          try: [example])
      }
      pairs[String(text[..<equals])] = String(text[text.index(after: equals)...])
    }
    return pairs
  }
}
