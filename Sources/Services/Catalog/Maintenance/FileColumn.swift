import Columnar
import Iceberg

/// A column of one file as it is read, and as the schema wants it. The column engine finds fields inside of
/// a column by their names, which in a file of before a field was renamed are other ones.
struct FileColumn {
  /// The type of what is read, with the names that the file has.
  let word: String
  /// Makes what is wanted of what is read.
  let value: String

  /// - Parameters:
  ///   - column: how a query calls what is read.
  ///   - names: what the file calls its fields, by their ids.
  /// - Returns: nil when nothing of the column's fields is in the file.
  init?(_ type: IcebergType, _ column: String, _ names: [Int: String]) {
    guard let word = Self.word(type, names) else { return nil }
    self.word = word
    self.value = Self.value(type, column, names, depth: 0)
  }

  private static func word(_ type: IcebergType, _ names: [Int: String]) -> String? {
    switch type {
    case .primitive(let type): return CompactionColumns.word(type)
    case .structure(let structure):
      let words = structure.fields.compactMap { field -> String? in
        guard let name = names[field.id], let word = Self.word(field.type, names) else {
          return nil
        }
        return "\(quoted(identifier: name)) \(word)"
      }
      return words.isEmpty ? nil : "STRUCT(\(words.joined(separator: ", ")))"
    case .list(let list): return Self.word(list.element, names).map { $0 + "[]" }
    case .map(let map):
      guard let key = Self.word(map.key, names), let value = Self.word(map.value, names) else {
        return nil
      }
      return "MAP(\(key), \(value))"
    }
  }

  private static func value(
    _ type: IcebergType, _ given: String, _ names: [Int: String], depth: Int
  ) -> String {
    guard !Self.isAsWanted(type, names) else { return given }
    switch type {
    case .primitive: return given
    case .structure(let structure):
      let fields = structure.fields.map { field in
        let inner =
          names[field.id].map { "(\(given)).\(quoted(identifier: $0))" }
        let value =
          inner.map { Self.value(field.type, $0, names, depth: depth) }
          ?? "NULL::\(Self.wanted(field.type))"
        return "\(quoted(identifier: field.name)) := \(value)"
      }
      return "CASE WHEN \(given) IS NULL THEN NULL "
        + "ELSE struct_pack(\(fields.joined(separator: ", "))) END"
    case .list(let list):
      let element = "e\(depth)"
      let value = Self.value(list.element, element, names, depth: depth + 1)
      return "list_transform(\(given), lambda \(element): \(value))"
    case .map(let map):
      let entry = "e\(depth)"
      let key = Self.value(map.key, "\(entry).key", names, depth: depth + 1)
      let value = Self.value(map.value, "\(entry).value", names, depth: depth + 1)
      return "map_from_entries(list_transform(map_entries(\(given)), "
        + "lambda \(entry): struct_pack(key := \(key), value := \(value))))"
    }
  }

  /// Whether the file has all that is wanted, by the names that are wanted.
  private static func isAsWanted(_ type: IcebergType, _ names: [Int: String]) -> Bool {
    switch type {
    case .primitive: true
    case .structure(let structure):
      structure.fields.allSatisfy {
        names[$0.id] == $0.name && Self.isAsWanted($0.type, names)
      }
    case .list(let list): Self.isAsWanted(list.element, names)
    case .map(let map): Self.isAsWanted(map.key, names) && Self.isAsWanted(map.value, names)
    }
  }

  /// The type with the names of the schema; of every type that is compacted.
  private static func wanted(_ type: IcebergType) -> String {
    switch type {
    case .primitive(let type): return CompactionColumns.word(type) ?? "VARCHAR"
    case .structure(let structure):
      let words = structure.fields.map {
        "\(quoted(identifier: $0.name)) \(Self.wanted($0.type))"
      }
      return "STRUCT(\(words.joined(separator: ", ")))"
    case .list(let list): return Self.wanted(list.element) + "[]"
    case .map(let map): return "MAP(\(Self.wanted(map.key)), \(Self.wanted(map.value)))"
    }
  }
}
