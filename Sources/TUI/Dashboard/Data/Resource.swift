package import CommandTable
package import Values

/// What is known of one thing that is asked for again and again.
package struct Resource: Sendable {
  package var rows = RowSet()
  package var fetchedAt: MonotonicTime?
  /// When it was last wanted by a pane; the least wanted are forgotten first.
  package var wantedAt: MonotonicTime
  /// Why the last answer has no rows. The rows of the answer before stay.
  package var failure: CommandError?
  package var history = History()
  package var rates = CounterRates()
  /// Where a tail goes on.
  package var cursor: String?
  package var isTruncated = false
  /// Counts changes of the rows.
  package var version = 0

  package static let tailCountMax = 5000
  /// Longer lists have no rates and no history.
  package static let followedCountMax = 2000

  package init(wantedAt: MonotonicTime) { self.wantedAt = wantedAt }

  /// Takes an answer in.
  mutating func absorb(
    _ answer: ScreenAnswer.Part, isTail: Bool, followed: [ScreenColumn], at time: MonotonicTime
  ) {
    switch answer.result {
    case .failure(let error):
      self.failure = error
      return
    case .success(let rows):
      self.failure = nil
      self.fetchedAt = time
      self.isTruncated = answer.isTruncated
      if isTail, let next = answer.next {
        if self.cursor != nil {
          self.rows = self.rows.appending(rows, countMax: Resource.tailCountMax)
        } else {
          self.rows = rows
        }
        if !rows.isEmpty || self.cursor == nil { self.version += 1 }
        self.cursor = next
        return
      }
      self.rows = rows
      self.version += 1
    }
    if self.rows.count <= Self.followedCountMax { self.follow(followed, at: time) }
  }

  private mutating func follow(_ columns: [ScreenColumn], at time: MonotonicTime) {
    let counted = Set(
      columns.compactMap { column in
        if case .rate(let key) = column.form { key } else { nil }
      })
    var counters: [String: Double] = [:]
    for key in counted {
      guard let place = self.rows.index(of: key) else { continue }
      for row in 0..<self.rows.count {
        if let value = self.rows[row, place].number {
          counters[History.key(self.rows.names[row], key)] = value
        }
      }
    }
    if !counters.isEmpty { self.rates.update(counters, at: time) }
    var values: [String: Double] = [:]
    for column in columns where column.isFollowed {
      for row in 0..<self.rows.count {
        guard case .known(let cell) = self.cell(column, row: row), let value = cell.number else {
          continue
        }
        values[History.key(self.rows.names[row], column.key)] = value
      }
    }
    if !values.isEmpty { self.history.append(values, at: time) }
  }

  /// A row with the rates that stand for cells it does not have.
  func row(_ index: Int, _ columns: [ScreenColumn]) -> Row {
    var row = self.rows.row(index)
    for column in columns {
      guard case .rate = column.form, case .known(let cell) = self.cell(column, row: index) else {
        continue
      }
      row[column.key] = cell
    }
    return row
  }

  package enum Value: Sendable {
    case known(Cell)
    /// A rate that needs a second sample.
    case pending
  }

  /// The cell of a column: its own, or the rate that stands for it.
  package func cell(_ column: ScreenColumn, row: Int) -> Value {
    let own = self.rows[row, column.key]
    guard own == .null, case .rate(let counter) = column.form else { return .known(own) }
    let name = self.rows.names[row]
    if let rate = self.rates[name, counter] { return .known(.real(rate)) }
    return self.rates.isPending(name, counter) ? .pending : .known(.null)
  }
}
