import Bytes
import SeriesColumns
import SeriesModel
import SeriesSchema
import SeriesStorage

/// A measure as a door sees it: its table, and its names by their bytes.
final class DoorTable: Sendable {
  /// The entity of measures that doors make: all tags of a series in one text, `k=v,k=v` in the order of
  /// their names. So a series may come with other tags than the first one had, and stays a series of its own.
  static let seriesTag = "_series"
  /// Where tags stand in such measures.
  static let family = "tags"

  let mapping: TableMapping
  let tags: ByteIndex
  let fields: ByteIndex
  /// Tags in the order of their names' bytes.
  let ordered: [Int]
  /// The tag that holds all others; nil in measures that others made.
  let seriesTag: Int?
  let name: [UInt8]
  /// By tag: its name.
  let tagNames: [[UInt8]]

  init(_ mapping: TableMapping) {
    let subject = mapping.subject
    self.mapping = mapping
    self.tags = ByteIndex(subject.tags.map(\.name))
    self.fields = ByteIndex(subject.fields.map(\.name))
    self.seriesTag = subject.tag(Self.seriesTag)
    self.name = Array(subject.name.utf8)
    self.tagNames = subject.tags.map { Array($0.name.utf8) }
    let seriesTag = self.seriesTag
    self.ordered = subject.tags.indices.filter { $0 != seriesTag }.sorted {
      subject.tags[$0].name.utf8.lexicographicallyPrecedes(subject.tags[$1].name.utf8)
    }
  }

  var subject: Subject { self.mapping.subject }
}

/// The tables of one group, kept from one request to the next.
struct DoorTables: Sendable {
  private(set) var index = ByteIndex()
  private(set) var tables: [DoorTable] = []
  var generation: UInt64 = 0

  func find(_ name: RawSpan, guess: Int) -> Int? { self.index.find(name, guess: guess) }

  mutating func set(_ table: DoorTable) -> Int {
    let name = table.name
    if let number = self.index.find(name.rawBytes) {
      self.tables[number] = table
      return number
    }
    self.tables.append(table)
    return self.index.add(name.rawBytes)
  }
}
