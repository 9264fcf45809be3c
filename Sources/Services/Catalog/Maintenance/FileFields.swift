import Columnar

/// The fields of a Parquet file: names from the top down, by ids.
struct FileFields {
  private var paths: [Int: [String]] = [:]
  private var hasNameless = false

  init(of path: String, _ session: Session) async throws {
    let rows = try await session.query(
      """
      SELECT coalesce(field_id, -1)::BIGINT, coalesce(num_children, 0)::BIGINT, name,
          coalesce(repetition_type, '')
        FROM parquet_schema(\(quoted(literal: path)))
      """)
    // The file's tree stands in one list: each group before what is in it.
    var open: [(left: Int64, name: String?)] = []
    var isRoot = true
    while let chunk = try await rows.next() {
      let (ids, counts) = (
        chunk.column(0).values(of: Int64.self), chunk.column(1).values(of: Int64.self)
      )
      for row in 0..<chunk.rowCount {
        let (id, count) = (Int(ids[row]), counts[row])
        let name = chunk.column(2).text(row)
        let isRepeated = chunk.column(3).text(row) == "REPEATED"
        if isRoot {
          isRoot = false
          open = [(count, nil)]
          continue
        }
        while let last = open.last, last.left == 0 { open.removeLast() }
        if !open.isEmpty { open[open.count - 1].left -= 1 }
        // The group that repeats has no name of its own in a schema.
        let isSilent = isRepeated && id == -1 && count > 0
        if !isSilent {
          let path = open.compactMap(\.name) + [name]
          if id == -1 { self.hasNameless = true } else { self.paths[id] = path }
        }
        if count > 0 { open.append((count, isSilent ? nil : name)) }
      }
    }
  }

  /// What the file calls its fields, without those around them.
  var names: [Int: String] { self.paths.compactMapValues(\.last) }

  /// Whether no row changes when it is read by the ids of columns and, inside of them, by the names that
  /// the file has.
  func canBeRead(as columns: CompactionColumns, needed: Set<Int>) -> Bool {
    guard !self.hasNameless else { return false }
    for id in needed.union(columns.defaulted) where self.paths[id] == nil { return false }
    let (found, wanted) = (Self.parents(self.paths), Self.parents(columns.paths))
    // One that is gone is not read, and one that is new is null; one that has moved would be missed.
    for (id, parent) in found {
      guard let place = wanted[id] else { continue }
      guard place == parent else { return false }
    }
    return columns.all.allSatisfy { column in
      self.paths[column.id] == nil || FileColumn(column.type, "", self.names) != nil
    }
  }

  /// The field around each field, 0 of columns.
  private static func parents(_ paths: [Int: [String]]) -> [Int: Int] {
    let ids = Dictionary(paths.map { ($0.value, $0.key) }) { first, _ in first }
    return paths.mapValues { path in
      path.count == 1 ? 0 : ids[Array(path.dropLast())] ?? -1
    }
  }
}
