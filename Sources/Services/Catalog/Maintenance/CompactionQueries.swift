import Columnar

/// Files of one group while it is worked on. Belongs to its task.
final class Scratch {
  private let folder: String
  private let name: String
  private let storage: FileStorage
  private var paths: [String] = []

  init(folder: String, name: String, storage: FileStorage) {
    (self.folder, self.name, self.storage) = (folder, name, storage)
  }

  func place(_ suffix: String) -> String {
    let path = "\(self.folder)/\(self.name)-\(self.paths.count)-\(suffix)"
    self.paths.append(path)
    return path
  }

  func write(_ bytes: [UInt8], _ suffix: String) async throws -> String {
    let path = self.place(suffix)
    try await self.storage.write(bytes, to: "file://\(path)", isSynced: false)
    return path
  }

  func clear() async throws {
    _ = try await self.storage.delete(self.paths.map { "file://\($0)" })
  }
}

/// What the column engine is asked for a group.
struct CompactionQueries {
  let columns: CompactionColumns
  private let keepsRowIDs: Bool
  private(set) var inputs: [String] = []
  private var parts: [Part] = []

  /// One file: the rows that stay, and what its rows are given.
  private struct Part {
    var path: String
    var conditions: [String]
    var more: [String]
  }

  static let pathColumn = 2_147_483_546
  static let positionColumn = 2_147_483_545
  static let rowIDColumn = 2_147_483_540
  static let ageColumn = 2_147_483_539
  private static let rowID = "_row_id"
  private static let age = "_last_updated_sequence_number"

  init(_ columns: CompactionColumns, keepsRowIDs: Bool) {
    self.columns = columns
    self.keepsRowIDs = keepsRowIDs
  }

  /// The rows of all files.
  ///
  /// - Parameter files: what the inputs call their fields, in the order of the inputs.
  func text(_ files: [[Int: String]]) -> String {
    zip(self.parts, files).map { self.text($0, $1) }.joined(separator: " UNION ALL ")
  }

  private func text(_ part: Part, _ names: [Int: String]) -> String {
    var (fields, selected): ([(id: Int, name: String, word: String)], [String]) = ([], [])
    for column in self.columns.all {
      let name = quoted(identifier: column.name)
      let found = names[column.id].flatMap { _ in
        FileColumn(column.type, "rows.\(name)", names)
      }
      fields.append((column.id, column.name, found?.word ?? column.word))
      selected.append(found.map { "\($0.value) AS \(name)" } ?? "rows.\(name)")
    }
    if self.keepsRowIDs {
      fields += [(Self.rowIDColumn, Self.rowID, "BIGINT"), (Self.ageColumn, Self.age, "BIGINT")]
    }
    let source = Self.table(part.path, fields, options: ", file_row_number = true")
    let kept =
      part.conditions.isEmpty ? "" : " WHERE " + part.conditions.joined(separator: " AND ")
    return "SELECT \((selected + part.more).joined(separator: ", ")) FROM \(source) AS rows\(kept)"
  }

  var fieldIDs: [ParquetOptions.FieldID] {
    let own = self.columns.all.map(\.fieldID)
    guard self.keepsRowIDs else { return own }
    return own + [
      ParquetOptions.FieldID(Self.rowID, Self.rowIDColumn),
      ParquetOptions.FieldID(Self.age, Self.ageColumn),
    ]
  }

  mutating func add(_ input: FileCompactor.Input, in scratch: Scratch) async throws {
    let path = try await scratch.write(input.bytes, "in.parquet")
    self.inputs.append(path)
    var conditions: [String] = []
    for delete in input.deletes {
      conditions.append(try await self.condition(delete, input, in: scratch))
    }
    var more: [String] = []
    if self.keepsRowIDs {
      let first = input.firstRowID.map { "\($0) + rows.file_row_number" } ?? "NULL"
      let age = input.sequenceNumber.map { "\($0)" } ?? "NULL"
      more = [
        "coalesce(rows.\(Self.rowID), \(first))::BIGINT AS \(Self.rowID)",
        "coalesce(rows.\(Self.age), \(age))::BIGINT AS \(Self.age)",
      ]
    }
    self.parts.append(Part(path: path, conditions: conditions, more: more))
  }

  private static func table(
    _ path: String, _ fields: [(id: Int, name: String, word: String)], options: String = ""
  ) -> String {
    let entries = fields.map { field in
      "\(field.id): {name: \(quoted(literal: field.name)), "
        + "type: \(quoted(literal: field.word)), default_value: NULL}"
    }
    return "read_parquet(\(quoted(literal: path)), "
      + "schema = MAP {\(entries.joined(separator: ", "))}\(options))"
  }

  /// Holds for rows that the delete leaves.
  private func condition(
    _ delete: FileCompactor.Delete, _ input: FileCompactor.Input, in scratch: Scratch
  ) async throws -> String {
    switch delete {
    case .positions(let lines):
      let path = try await scratch.write(lines, "positions.csv")
      return "NOT EXISTS (SELECT 1 FROM read_csv(\(quoted(literal: path)), header = false, "
        + "columns = {'pos': 'BIGINT'}) AS gone WHERE gone.pos = rows.file_row_number)"
    case .rows(let bytes):
      let path = try await scratch.write(bytes, "positions.parquet")
      let table = Self.table(
        path,
        [(Self.pathColumn, "file_path", "VARCHAR"), (Self.positionColumn, "pos", "BIGINT")])
      return "NOT EXISTS (SELECT 1 FROM \(table) AS gone WHERE gone.file_path = "
        + "\(quoted(literal: input.path)) AND gone.pos = rows.file_row_number)"
    case .values(let bytes, let ids):
      let path = try await scratch.write(bytes, "values.parquet")
      let columns = self.columns.all.filter { ids.contains($0.id) }
      // Names of the delete file's columns are of no concern: they have the same ids.
      let fields = columns.enumerated().map { ($1.id, "value_\($0)", $1.word) }
      let equal = columns.enumerated().map {
        "gone.value_\($0) IS NOT DISTINCT FROM rows.\(quoted(identifier: $1.name))"
      }
      return "NOT EXISTS (SELECT 1 FROM \(Self.table(path, fields)) AS gone WHERE "
        + equal.joined(separator: " AND ") + ")"
    }
  }
}
