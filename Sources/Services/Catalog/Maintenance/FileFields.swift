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

  /// Whether no row changes when it is read by the ids of columns and, inside of them, by names.
  func canBeRead(as columns: CompactionColumns, needed: Set<Int>) -> Bool {
    guard !self.hasNameless else { return false }
    for id in needed.union(columns.defaulted) where self.paths[id] == nil { return false }
    let wanted = Self.nested(columns.paths, tops: columns.tops)
    let tops = Dictionary(
      self.paths.filter { $0.value.count == 1 }.map { ($0.value[0], $0.key) }
    ) { first, _ in first }
    let found = Self.nested(self.paths, tops: tops)
    for (top, fields) in found {
      // A column that is gone is not read.
      guard columns.paths[top] != nil else { continue }
      for (path, id) in fields {
        guard let present = wanted[top]?[path] else {
          // One that is gone is not read; one that has moved would be missed.
          guard columns.paths[id] == nil else { return false }
          continue
        }
        guard present == id else { return false }
      }
    }
    return true
  }

  /// Fields inside of columns: their ids by the names below the column, by the column's id.
  private static func nested(
    _ paths: [Int: [String]], tops: [String: Int]
  ) -> [Int: [[String]: Int]] {
    var found: [Int: [[String]: Int]] = [:]
    for (id, path) in paths where path.count > 1 {
      guard let top = tops[path[0]] else { continue }
      found[top, default: [:]][Array(path.dropFirst())] = id
    }
    return found
  }
}
