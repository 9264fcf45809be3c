package import JSON
package import SeriesColumns
package import SeriesModel
import Values

/// A row as people read it, and as `series write` takes it:
///
///     {"measure": "G/N", "tags": {…}, "fields": {…}, "time": "…", "version": 1}
package struct RowText {
  package let kind: TableKind
  /// `GROUP/NAME`.
  package let name: String
  /// What stands beside the row.
  package var object = JSONObject()
  private var tags = JSONObject()
  private var fields = JSONObject()

  package init(kind: TableKind, name: String) {
    self.kind = kind
    self.name = name
  }

  package mutating func add(_ column: String, _ value: SeriesValue) {
    if self.kind == .trace, column == TableMapping.spanColumn {
      self.object["span"] = value.json
    } else if column.hasPrefix("#") {
      self.fields[String(column.dropFirst())] = value.json
    } else {
      self.tags[Self.tag(column)] = value.json
    }
  }

  /// A column is FAMILY/TAG.
  private static func tag(_ column: String) -> String {
    guard let slash = column.firstIndex(of: "/") else { return column }
    return String(column[column.index(after: slash)...])
  }

  /// With its end.
  package func line(time: Int64, version: Int64) -> String {
    var object = self.object
    object["tags"] = .object(self.tags)
    if self.kind != .trace {
      object["time"] = .string(Timestamp(WallTime(nanoseconds: time)).description)
    }
    switch self.kind {
    case .stream:
      object["stream"] = .string(self.name)
      // What is left of the element's id.
      object["element_id"] = .string(String(UInt64(bitPattern: version), radix: 16))
    case .trace: object["trace"] = .string(self.name)
    case .measure, .document:
      object["measure"] = .string(self.name)
      object["version"] = .integer(version)
      object["fields"] = .object(self.fields)
    }
    return JSONValue.object(object).text() + "\n"
  }
}
