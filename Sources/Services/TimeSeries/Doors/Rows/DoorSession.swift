import Bytes
import Runtime
import SeriesColumns
package import SeriesIngest
import SeriesModel
import SeriesSchema
import SeriesStorage
import Values

/// What doors write through, and what they remember between requests.
package final class DoorEnvironment: Sendable {
  let writes: WriteEnvironment
  let schema: DoorSchema
  let options: DoorOptions
  private let known = Guarded<[String: DoorTables]>([:])

  package init(_ writes: WriteEnvironment, _ options: DoorOptions = DoorOptions()) {
    self.writes = writes
    self.options = options
    self.schema = DoorSchema(writes.registry, options)
  }

  /// The tables of a group as far as they were asked for, those that changed since left out.
  func tables(_ group: String) -> DoorTables {
    let generation = self.writes.registry.current.generation
    var tables = self.known.withLock { $0[group] } ?? DoorTables()
    guard tables.generation != generation else { return tables }
    var fresh = DoorTables()
    for table in tables.tables {
      guard let subject = self.writes.registry.subject(.measure, group, table.subject.name) else {
        continue
      }
      _ = fresh.set(
        subject === table.subject ? table : DoorTable(self.writes.mappings[subject]))
    }
    tables = fresh
    tables.generation = generation
    self.remember(tables, of: group)
    return tables
  }

  func remember(_ tables: DoorTables, of group: String) {
    self.known.withLock { known in
      // Few groups have doors; whoever makes thousands pays for it with look-ups.
      if known.count >= 1024 { known.removeAll() }
      known[group] = tables
    }
  }
}

/// The points of one request on their way into a group. For one task.
struct DoorSession: ~Copyable {
  private let environment: DoorEnvironment
  let group: String
  private var tables: DoorTables
  private var isChanged = false
  private var guess = 0
  private var batches = DoorBatches()
  private(set) var needs: [String: DoorNeed] = [:]
  /// Measures that the schema has no room for, and why.
  private(set) var problems: [String: String] = [:]
  /// When the request came: the time of points that have none, and the version of all, so that what comes later
  /// wins.
  private let now: Int64
  private let timeMax: Int64
  private(set) var rowsWritten = 0
  private(set) var valuesWritten = 0

  init(_ group: String, in environment: DoorEnvironment) {
    self.environment = environment
    self.group = group
    self.tables = environment.tables(group)
    self.now = environment.writes.time.wallNow.nanoseconds
    self.timeMax = self.now + 366 * 86_400 * 1_000_000_000
  }

  var isDue: Bool { self.batches.byteCount >= self.environment.writes.byteCountMax }

  /// Takes a point. False when the schema has to grow first: what it needs is noted, and the point is to be
  /// given again after `grow`.
  mutating func add(
    _ point: borrowing DoorPoint, isLast: Bool
  ) throws(DoorRefusal) -> Bool {
    let time = point.time ?? self.now
    guard time <= self.timeMax else { throw .timeAhead }
    if let table = self.table(point), try self.batches.place(point, table) {
      try self.batches.add(point, table, time: time, version: self.now)
      return true
    }
    guard !isLast else { throw .schema }
    self.note(point)
    return false
  }

  private mutating func table(_ point: borrowing DoorPoint) -> DoorTable? {
    let name = point.bytes.bytes.extracting(point.name)
    if let number = self.tables.find(name, guess: self.guess) {
      self.guess = number
      return self.tables.tables[number]
    }
    guard let text = name.text else { return nil }
    return self.learn(text)
  }

  private mutating func learn(_ name: String) -> DoorTable? {
    guard
      let subject = self.environment.writes.registry.subject(.measure, self.group, name)
    else { return nil }
    self.isChanged = true
    self.guess = self.tables.set(DoorTable(self.environment.writes.mappings[subject]))
    return self.tables.tables[self.guess]
  }

  private mutating func note(_ point: borrowing DoorPoint) {
    let name = point.text(point.name)
    self.needs[name, default: DoorNeed()].add(point)
  }

  /// Makes in the schema what was noted. Throws when nothing of this request can be written.
  mutating func grow() async throws(SeriesFault) {
    let needs = self.needs
    self.needs = [:]
    let problems = try await self.environment.schema.apply(needs, in: self.group)
    self.problems.merge(problems) { _, new in new }
    for name in needs.keys { _ = self.learn(name) }
  }

  /// Writes what was gathered; it is durable afterwards.
  mutating func handOver() async throws(SeriesError) {
    if self.isChanged {
      self.environment.remember(self.tables, of: self.group)
      self.isChanged = false
    }
    let (rows, values) = (self.batches.rowCount, self.batches.valueCount)
    guard rows > 0 else { return }
    let batches = self.batches.take()
    guard !self.environment.writes.registry.isDeleting(self.group) else {
      throw SeriesError(.unknownGroup, "the group \(self.group) is being deleted")
    }
    _ = try await self.environment.writes.store.write(batches)
    self.rowsWritten += rows
    self.valuesWritten += values
  }
}
