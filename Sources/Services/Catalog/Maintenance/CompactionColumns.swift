import Columnar
import Iceberg
import JSON

/// A column of the files that are written, with what is in it.
struct CompactionColumn: Sendable {
  var id: Int
  var name: String
  /// What the column engine calls the type.
  var word: String
  var type: IcebergType
  var fieldID: ParquetOptions.FieldID
}

/// What a compaction writes, and what it must know of the files that it reads.
struct CompactionColumns: Sendable {
  private(set) var all: [CompactionColumn] = []
  /// Names of fields from the top down, by their ids; as the engine calls those of lists and maps.
  private(set) var paths: [Int: [String]] = [:]
  /// Fields whose metrics manifests have: not in lists and maps.
  private(set) var measured: [(path: [String], id: Int, type: PrimitiveType)] = []
  /// Fields that a file must have: readers fill in something else than null where it has not.
  private(set) var defaulted: Set<Int> = []

  init(_ schema: Schema) throws(IcebergError) {
    for field in schema.fields {
      let word = try self.word(field.type, [field.name], isRepeated: false, field)
      self.all.append(
        CompactionColumn(
          id: field.id, name: field.name, word: word, type: field.type,
          fieldID: ParquetOptions.FieldID(field.name, field.id, Self.children(field.type))))
    }
  }

  func name(of id: Int) -> String? { self.all.first { $0.id == id }?.name }

  private mutating func word(
    _ type: IcebergType, _ path: [String], isRepeated: Bool, _ field: NestedField
  ) throws(IcebergError) -> String {
    self.paths[field.id] = path
    if let value = field.initialDefault, value != .null { self.defaulted.insert(field.id) }
    switch type {
    case .primitive(let type):
      guard let word = Self.word(type) else { throw Self.unsupported(path) }
      if !isRepeated { self.measured.append((path, field.id, type)) }
      return word
    case .structure(let structure):
      guard !structure.fields.isEmpty else { throw Self.unsupported(path) }
      var words: [String] = []
      for inner in structure.fields {
        let word = try self.word(inner.type, path + [inner.name], isRepeated: isRepeated, inner)
        words.append("\(quoted(identifier: inner.name)) \(word)")
      }
      return "STRUCT(\(words.joined(separator: ", ")))"
    case .list(let list):
      let element = NestedField(list.elementID, "element", list.element)
      return try self.word(list.element, path + ["element"], isRepeated: true, element) + "[]"
    case .map(let map):
      let (key, value) = (
        NestedField(map.keyID, "key", map.key), NestedField(map.valueID, "value", map.value)
      )
      let first = try self.word(map.key, path + ["key"], isRepeated: true, key)
      let second = try self.word(map.value, path + ["value"], isRepeated: true, value)
      return "MAP(\(first), \(second))"
    }
  }

  private static func unsupported(_ path: [String]) -> IcebergError {
    let name = path.joined(separator: ".").prefix(200).debugDescription
    return IcebergError(
      .unsupported, "column \(name) is of a type that is not compacted here")
  }

  private static func children(_ type: IcebergType) -> [ParquetOptions.FieldID] {
    switch type {
    case .primitive: []
    case .structure(let structure):
      structure.fields.map { ParquetOptions.FieldID($0.name, $0.id, self.children($0.type)) }
    case .list(let list):
      [ParquetOptions.FieldID("element", list.elementID, self.children(list.element))]
    case .map(let map):
      [
        ParquetOptions.FieldID("key", map.keyID, self.children(map.key)),
        ParquetOptions.FieldID("value", map.valueID, self.children(map.value)),
      ]
    }
  }

  static func word(_ type: PrimitiveType) -> String? {
    switch type {
    case .boolean: "BOOLEAN"
    case .int: "INTEGER"
    case .long: "BIGINT"
    case .float: "FLOAT"
    case .double: "DOUBLE"
    case .decimal(let precision, let scale): "DECIMAL(\(precision),\(scale))"
    case .date: "DATE"
    case .time: "TIME"
    case .timestamp: "TIMESTAMP"
    case .timestamptz: "TIMESTAMP WITH TIME ZONE"
    case .string: "VARCHAR"
    case .uuid: "UUID"
    case .binary: "BLOB"
    case .fixed, .timestampNanos, .timestamptzNanos, .unknown, .variant, .geometry, .geography: nil
    }
  }
}
