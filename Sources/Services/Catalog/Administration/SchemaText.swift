import Bytes
import Iceberg
import JSON

/// Columns and partitions as people write them: `id long required`, `day(at)`.
enum SchemaText {
  /// The schema of a request: an Iceberg document, or a column a line.
  static func schema(_ document: JSONValue, _ columns: [String]) throws -> Schema? {
    guard document == .null else {
      do throws(JSONError) {
        return try Schema(parsing: document.jsonBytes.rawBytes, limits: IcebergLimits.metadata)
      } catch {
        throw IcebergError(.badRequest, "the schema is none of Iceberg: \(error)")
      }
    }
    guard !columns.isEmpty else { return nil }
    var fields: [NestedField] = []
    for (position, text) in columns.enumerated() {
      let (path, field) = try self.column(text, id: position + 1)
      guard path.count == 1 else {
        throw IcebergError(
          .badRequest, "\(text.prefix(200).debugDescription) is in a struct: say that as a schema")
      }
      fields.append(field)
    }
    return Schema(fields: fields)
  }

  /// `NAME TYPE`, with `required` behind it or not; the parts of the name, and the column.
  static func column(
    _ text: String, id: Int
  ) throws(IcebergError) -> (path: [String], field: NestedField) {
    let text = text.trimmed
    var isQuoted = false
    let end = text.firstIndex { character in
      if character == "\"" { isQuoted.toggle() }
      return !isQuoted && character == " "
    }
    guard let end else {
      throw IcebergError(
        .badRequest, "\(text.prefix(200).debugDescription) is no column: write NAME TYPE")
    }
    let path = try QualifiedName.parts(String(text[..<end]))
    guard let name = path.last, !path.contains("") else {
      throw IcebergError(.badRequest, "\(text.prefix(200).debugDescription) names no column")
    }
    var type = String(text[end...]).trimmed
    let isRequired = type.lowercased().hasSuffix(" required")
    if isRequired { type = String(type.dropLast(9)).trimmed }
    return (
      path,
      NestedField(id, name, try PrimitiveType(parsing: type.lowercased()), isRequired: isRequired)
    )
  }

  /// `day(at)`, `bucket(16, id)`, `truncate(4, name)`, `region`.
  static func spec(_ texts: [String], of schema: Schema) throws(IcebergError) -> PartitionSpec? {
    guard !texts.isEmpty else { return nil }
    var ids: [String: Int] = [:]
    schema.forEachField { ids[$0.path] = $0.id }
    var spec = PartitionSpec()
    for text in texts {
      let (transform, column, suffix) = try self.partition(text.trimmed)
      guard let id = ids[column] else {
        throw IcebergError(.badRequest, "there is no column \(column.prefix(200).debugDescription)")
      }
      spec.fields.append(
        PartitionField(
          sourceID: id, fieldID: PartitionField.unassignedID,
          name: column.replacing(".", with: "_") + suffix, transform: transform))
    }
    return spec
  }

  private static func partition(
    _ text: String
  ) throws(IcebergError) -> (Transform, column: String, suffix: String) {
    guard let open = text.firstIndex(of: "("), text.hasSuffix(")") else {
      return (.identity, text, "")
    }
    let word = String(text[..<open]).trimmed
    let inside = text[text.index(after: open)...].dropLast()
    let parts = inside.split(separator: ",").map { String($0).trimmed }
    switch (word, parts.count) {
    case ("bucket", 2): return (try Transform(parsing: "bucket[\(parts[0])]"), parts[1], "_bucket")
    case ("truncate", 2):
      return (try Transform(parsing: "truncate[\(parts[0])]"), parts[1], "_trunc")
    case ("year", 1), ("month", 1), ("day", 1), ("hour", 1):
      return (try Transform(parsing: word), parts[0], "_\(word)")
    case ("identity", 1): return (.identity, parts[0], "")
    default:
      throw IcebergError(
        .badRequest,
        "\(text.prefix(200).debugDescription) is no partition: write COLUMN, year(COLUMN), "
          + "month(COLUMN), day(COLUMN), hour(COLUMN), bucket(N, COLUMN) or truncate(N, COLUMN)")
    }
  }
}

extension String {
  /// Without blanks at its ends.
  fileprivate var trimmed: String {
    var text = Substring(self)
    while text.first == " " || text.first == "\t" { text.removeFirst() }
    while let last = text.last, last == " " || last == "\t" || last == "\r" { text.removeLast() }
    return String(text)
  }
}
