private import Synchronization

/// What a command prints: the shape of its JSON document and its columns.
package struct Output: Sendable {
  package enum Shape: Sendable {
    /// `{kind, version, items, truncated, next, warnings}`.
    case list
    /// `{kind, version, item, warnings}`.
    case record
    /// `{kind, version, changed, item, job, warnings}`.
    case change
    /// A document printed unchanged.
    case document
  }

  package var shape: Shape
  package var kind: String
  package var version: Int
  private var source: ColumnSource

  /// Made when they are first asked for: a table has some thousand of them, and a command needs its own.
  package var columns: [Column] {
    get { self.source.columns }
    set { self.source = ColumnSource { newValue } }
  }

  private init(shape: Shape, kind: String, _ columns: @escaping @Sendable () -> [Column]) {
    self.shape = shape
    self.kind = kind
    self.version = 1
    self.source = ColumnSource(columns)
  }

  /// Rows of things of `kind`; the document is a `kind` with `List` after it.
  package static func list(
    _ kind: String, _ columns: @escaping @autoclosure @Sendable () -> [Column]
  ) -> Output {
    Output(shape: .list, kind: kind + "List", columns)
  }

  package static func record(
    _ kind: String, _ columns: @escaping @autoclosure @Sendable () -> [Column]
  ) -> Output {
    Output(shape: .record, kind: kind, columns)
  }

  /// `changed` is put after the given columns.
  package static func change(
    _ kind: String, _ columns: @escaping @autoclosure @Sendable () -> [Column]
  ) -> Output {
    Output(shape: .change, kind: kind + "Change") {
      columns() + [Column(key: "changed", .flag, isNullable: false)]
    }
  }

  package static let document = Output(shape: .document, kind: "Document") { [] }

  /// The column that names a row.
  package var nameKey: String? { self.columns.first?.key }
  package var isList: Bool { self.shape == .list }

  /// Finds a column by its key or its title.
  package func column(named name: String) -> Column? {
    self.columns.first { $0.key == name }
      ?? self.columns.first { $0.title.lowercased() == name.lowercased() }
  }
}

/// Columns that are made once, by the first who asks.
private final class ColumnSource: Sendable {
  private let make: @Sendable () -> [Column]
  private let made = Mutex<[Column]?>(nil)

  init(_ make: @escaping @Sendable () -> [Column]) { self.make = make }

  var columns: [Column] {
    self.made.withLock { made in
      if let made { return made }
      let fresh = self.make()
      made = fresh
      return fresh
    }
  }
}

package enum OutputFormat: String, WordValue {
  case table, wide, json, jsonl, csv, tsv, name, schema
  package static let placeholder = "FORMAT"

  /// Progress, warnings and errors are JSON lines then.
  package var isJSON: Bool { self == .json || self == .jsonl }
  package var isForPeople: Bool { self == .table || self == .wide }
}

package enum ColorChoice: String, WordValue {
  case auto, always, never
  package static let placeholder = "WHEN"
}
