import Admin
import Iceberg

/// The columns of a table while they are changed. What may not be is told by the rules of a commit.
struct SchemaEdit {
  private(set) var schema: Schema
  private var lastID: Int
  /// What was done, a line each.
  private(set) var lines: [AdminPlanLine] = []

  init(_ metadata: TableMetadata) throws(IcebergError) {
    guard let schema = metadata.currentSchema else {
      throw IcebergError(.validation, "the table has no current schema")
    }
    self.schema = schema
    self.lastID = metadata.lastColumnID
  }

  mutating func apply(_ input: AlterTableInput) throws(IcebergError) {
    for path in input.drops { try self.drop(path) }
    for (path, name) in input.renames.sorted(by: { $0.key < $1.key }) {
      try self.change(path, "rename", "\(path) to \(name)") { $0.name = name }
    }
    for (path, text) in input.types.sorted(by: { $0.key < $1.key }) {
      let type = try PrimitiveType(parsing: text.lowercased())
      try self.change(path, "widen", "\(path) to \(type)") { $0.type = .primitive(type) }
    }
    for path in input.optionals {
      try self.change(path, "let be null", path) { $0.isRequired = false }
    }
    for path in input.requireds {
      try self.change(path, "require", path) { $0.isRequired = true }
    }
    for text in input.additions { try self.add(text) }
  }

  private mutating func add(_ text: String) throws(IcebergError) {
    let (path, field) = try SchemaText.column(text, id: self.lastID + 1)
    self.lastID += 1
    self.lines.append(AdminPlanLine("add", text))
    guard path.count > 1 else {
      self.schema.fields.append(field)
      return
    }
    try Self.edit(&self.schema.fields, path.dropLast()) { (fields, index) throws(IcebergError) in
      guard case .structure(var structure) = fields[index].type else {
        throw IcebergError(
          .badRequest, "\(fields[index].name.debugDescription) is no struct: nothing is added to it"
        )
      }
      structure.fields.append(field)
      fields[index].type = .structure(structure)
    }
  }

  private mutating func drop(_ path: String) throws(IcebergError) {
    self.lines.append(AdminPlanLine("drop", path))
    try Self.edit(&self.schema.fields, try QualifiedName.parts(path)[...]) { (fields, index) in
      fields.remove(at: index)
    }
  }

  private mutating func change(
    _ path: String, _ word: String, _ text: String, _ body: (inout NestedField) -> Void
  ) throws(IcebergError) {
    self.lines.append(AdminPlanLine(word, text))
    try Self.edit(&self.schema.fields, try QualifiedName.parts(path)[...]) { (fields, index) in
      body(&fields[index])
    }
  }

  /// Finds a column through the structs above it, those in lists and maps too: `items.element.price`.
  private static func edit(
    _ fields: inout [NestedField], _ path: ArraySlice<String>,
    _ body: (inout [NestedField], Int) throws(IcebergError) -> Void
  ) throws(IcebergError) {
    guard let name = path.first, let index = fields.firstIndex(where: { $0.name == name }) else {
      throw IcebergError(
        .badRequest, "there is no column \((path.first ?? "").prefix(200).debugDescription)")
    }
    guard path.count > 1 else { return try body(&fields, index) }
    fields[index].type = try self.edited(fields[index].type, path.dropFirst(), body)
  }

  private static func edited(
    _ type: IcebergType, _ path: ArraySlice<String>,
    _ body: (inout [NestedField], Int) throws(IcebergError) -> Void
  ) throws(IcebergError) -> IcebergType {
    switch type {
    case .structure(var structure):
      try self.edit(&structure.fields, path, body)
      return .structure(structure)
    case .list(var list) where path.first == "element" && path.count > 1:
      list.element = try self.edited(list.element, path.dropFirst(), body)
      return .list(list)
    case .map(var map) where path.first == "value" && path.count > 1:
      map.value = try self.edited(map.value, path.dropFirst(), body)
      return .map(map)
    default:
      throw IcebergError(
        .badRequest,
        "there is no column \(path.joined(separator: ".").prefix(200).debugDescription)")
    }
  }
}
