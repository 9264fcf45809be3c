import Admin
import Bytes
import CommandTable
import JSON

enum EntryColumns {
  static let entry = RecordColumns(
    CatalogEntryRecord.self, ["name", "entry", "metadata_location"])
  static let taken = RecordColumns(
    CatalogEntryRecord.self, ["name", "entry", "metadata_location"], hidden: ["properties"])
}

/// `lakectl catalog export`
enum CatalogExport {
  static let command = Command(
    name: "export", summary: "list every pointer of a warehouse",
    call: .listing(
      EntryColumns.entry, CatalogContentAPI.entries,
      parameters: [NamespaceArgument.parent.parameter, CatalogParameters.warehouse.parameter],
      exits: [.notFound: "there is no such warehouse"],
      examples: [
        Example(text: "Into a file", line: "lakectl catalog export -o json > lake.json")
      ],
      detail: "Namespaces, tables and views with their metadata files: no data is copied.",
      input: { call throws(CommandError) in
        CatalogPathInput(
          call[NamespaceArgument.parent]?.text, in: call[CatalogParameters.warehouse]?.text)
      }))
}

/// `lakectl catalog import`
enum CatalogImport {
  static let file = Argument<FilePath>("file", "what export has written; - is standard input")

  static let command = Command(
    name: "import", summary: "take the pointers that were exported",
    call: Call(
      parameters: [file.parameter, CatalogParameters.warehouse.parameter], effect: .writes,
      output: RecordColumns.list(of: CatalogEntryRecord.self, EntryColumns.taken),
      exits: [
        .usage: "the file is no export", .partlyDone: "some were not taken",
        .conflict: "none was taken: others have their names",
      ],
      examples: [
        Example(text: "After a loss of the store", line: "lakectl catalog import lake.json"),
        Example(text: "What it would do", line: "lakectl catalog import lake.json -n"),
      ],
      detail: """
        Namespaces are made, tables and views registered from their metadata files.
        What is there already in the same state is passed over.
        """,
      run: { call async throws(CommandError) in try await run(call) }))

  static func run(_ call: Invocation) async throws(CommandError) -> Outcome {
    let entries = try Self.entries(try call.content(of: call[self.file]), call[self.file].text)
    var rows: [Row] = []
    var failures: [CommandError] = []
    for (number, entry) in entries.enumerated() {
      var input = CatalogEntryInput()
      input.name = entry["name"]?.string ?? ""
      input.entry = entry["entry"]?.string ?? ""
      input.metadataLocation = entry["metadata_location"]?.string
      input.warehouse = call[CatalogParameters.warehouse]?.text
      for name in entry["properties"]?.object?.names ?? [] {
        input.properties[name] = entry["properties"]?[name]?.string
      }
      do throws(CommandError) {
        let answer = try await call.ask(
          CatalogContentAPI.importEntry, input, isPlan: call.isDryRun, part: "\(number)")
        if answer.changed || call.isDryRun { rows.append(EntryColumns.taken.row(answer.item)) }
      } catch {
        failures.append(error)
      }
    }
    guard let first = failures.first else { return .list(rows) }
    guard !rows.isEmpty || failures.count < entries.count else { throw first }
    var outcome = Outcome.list(rows)
    outcome.notes = failures.map { "not taken: \($0.message)" }
    outcome.exit = .partlyDone
    return outcome
  }

  /// The items of a document, or an object a line.
  private static func entries(
    _ bytes: [UInt8], _ path: String
  ) throws(CommandError) -> [JSONValue] {
    if let document = try? JSONValue(parsing: bytes.rawBytes) {
      if let items = document["items"]?.array { return items }
      if document["entry"] != nil { return [document] }
    }
    var found: [JSONValue] = []
    for line in bytes.split(separator: UInt8(ascii: "\n")) where !line.isEmpty {
      guard let entry = try? JSONValue(parsing: Array(line).rawBytes), entry["entry"] != nil else {
        throw CommandError(
          .missingValue, "\(path.visible) is no export of a catalog",
          why: "it has something else than entries",
          try: ["lakectl catalog export -o json > \(path.visible)"])
      }
      found.append(entry)
    }
    return found
  }
}
