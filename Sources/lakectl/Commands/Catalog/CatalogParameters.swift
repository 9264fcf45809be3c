import Admin
import CommandTable
import Values

/// What several commands of the catalog take.
enum CatalogParameters {
  static let warehouse = Option<PlainName>(
    "warehouse", source: .resources("warehouse"), placeholder: "NAME",
    "in this warehouse, not the default one")
  static let recursive = Flag("recursive", "all that is below it")
  static let table = Argument<PlainName>("table", "the full name of the table")
  static let properties = ListOption<PlainName>(
    "property", placeholder: "KEY=VALUE", "set this property")
  static let removals = ListOption<PlainName>(
    "remove", placeholder: "KEY", "take this property away")
  static let protected = Option<PlainName>(
    "protected", source: .words(["true", "false"]), placeholder: "BOOL",
    "true: it cannot be dropped")

  /// The properties that were given as KEY=VALUE.
  static func properties(_ call: Invocation) throws(CommandError) -> [String: String] {
    var properties: [String: String] = [:]
    for text in call[self.properties].map(\.text) {
      guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
        throw CommandError(
          .missingValue, "\(text.visible.quoted) sets no property",
          why: "it is not KEY=VALUE", try: ["--property owner=ann"])
      }
      properties[String(text[..<equals])] = String(text[text.index(after: equals)...])
    }
    return properties
  }

  static func truth(
    _ option: Option<PlainName>, _ call: Invocation
  ) throws(CommandError) -> Bool? {
    guard let text = call[option]?.text else { return nil }
    guard text == "true" || text == "false" else {
      throw CommandError(
        .missingValue, "\(text.visible.quoted) is neither true nor false",
        why: "the option is a yes or a no", try: ["true", "false"])
    }
    return text == "true"
  }

  static func name(_ call: Invocation) -> CatalogNameInput {
    CatalogNameInput(call[self.table].text, in: call[self.warehouse]?.text)
  }
}

enum CatalogColumns {
  static let warehouse = RecordColumns(
    WarehouseRecord.self, ["warehouse", "location", "state", "storage", "soft_delete_s"])
  static let namespace = RecordColumns(
    NamespaceRecord.self, ["namespace", "table_count", "view_count", "owner", "location"],
    titles: ["table_count": "TABLES", "view_count": "VIEWS"])
  static let object = RecordColumns(
    CatalogObjectRecord.self,
    ["name", "rows_count", "files_count", "size_bytes", "snapshot_id", "updated_at"],
    titles: ["object_id": "ENTRY", "snapshot_id": "SNAPSHOT"])
  static let view = RecordColumns(
    CatalogObjectRecord.self, ["name", "updated_at"], titles: ["object_id": "ENTRY"])
  static let dropped = RecordColumns(
    CatalogObjectRecord.self, ["name", "kind", "dropped_at", "purge_at", "size_bytes"],
    titles: ["object_id": "ENTRY"])
  static let snapshot = RecordColumns(
    SnapshotRecord.self, ["snapshot_id", "at", "operation", "refs", "added_rows_count"],
    titles: ["snapshot_id": "SNAPSHOT"])
  static let ref = RecordColumns(
    TableRefRecord.self, ["ref", "type", "snapshot_id", "keep_s"],
    titles: ["snapshot_id": "SNAPSHOT"])
  static let event = RecordColumns(
    CatalogEventRecord.self, ["sequence", "at", "type", "name", "actor"])
}
