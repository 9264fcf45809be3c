private import Synchronization

/// Where a command that does not hold all its rows puts them, some at a time: logs that are followed,
/// long lists. Rows come in the order they are given; filters and the limit hold, sorting does not.
///
/// Under `json`, which promises one document, rows are kept for it; a command without an end refuses
/// that format with `requireLines`.
package final class RowSink: Sendable {
  private struct State {
    var hasHeader = false
    var count = 0
    var isCut = false
    var kept: [Row] = []
    var widths: [String: Int] = [:]
  }

  private let state = Mutex(State())
  private let rendering: Rendering
  private let output: Output
  private let console: any Console

  package static let keptCountMax = 1_000_000

  init(_ rendering: Rendering, output: Output, console: any Console) {
    self.rendering = rendering
    self.output = output
    self.console = console
  }

  /// Writes the rows. False when no more are wanted: the limit is reached, or nobody reads.
  package func emit(_ rows: [Row]) throws(CommandError) -> Bool {
    let selection = self.rendering.selection
    var chosen = rows.filter(selection.accepts)
    let (hasHeader, isFull): (Bool, Bool) = self.state.withLock { state in
      let room = selection.limit.map { max(0, $0 - state.count) } ?? .max
      chosen = Array(chosen.prefix(room))
      state.count += chosen.count
      // The command is told to stop, so whether there are more is not known.
      state.isCut = selection.limit == state.count
      if !chosen.isEmpty, self.rendering.format != .json {
        defer { state.hasHeader = true }
        return (state.hasHeader, selection.limit == state.count)
      }
      state.kept += chosen
      return (state.hasHeader, selection.limit == state.count)
    }
    if self.rendering.format == .json {
      guard self.kept.count <= Self.keptCountMax else {
        throw CommandError(
          .overLimit, "there are more than \(Self.keptCountMax) rows for one document",
          why: "json is one document and is kept in memory", try: ["-o jsonl, or --limit"])
      }
    } else if !chosen.isEmpty {
      guard try self.write(chosen, isFirst: !hasHeader) else { return false }
    }
    return !isFull
  }

  private func write(_ rows: [Row], isFirst: Bool) throws(CommandError) -> Bool {
    var rendering = self.rendering
    rendering.hasHeaders = rendering.hasHeaders && isFirst
    rendering.selection = rendering.selection.onlyColumns
    guard rendering.format == .jsonl else {
      rendering.widthsBefore = self.state.withLock { $0.widths }
      let rendered = rendering.render(Outcome(.rows(rows, next: nil)), output: self.output)
      self.state.withLock { $0.widths = rendered.widths }
      return try self.console.write(rendered.text)
    }
    // A line at a time: a reader at the end of a pipe sees each row whole.
    let columns = rendering.selection.columns ?? self.output.columns
    for row in rows {
      guard try self.console.write(Envelope.line(row, columns: columns)) else { return false }
    }
    return true
  }

  /// What `emit` kept for the document.
  var kept: [Row] { self.state.withLock { $0.kept } }
  var count: Int { self.state.withLock { $0.count } }
  var isCut: Bool { self.state.withLock { $0.isCut } }
}

extension RowSelection {
  func accepts(_ row: Row) -> Bool {
    self.filters.allSatisfy { $0.matches(row) } && !self.excludes.contains { $0.matches(row) }
  }

  /// For rows that were chosen before.
  var onlyColumns: RowSelection {
    var selection = self
    selection.filters = []
    selection.excludes = []
    selection.sortColumn = nil
    selection.limit = nil
    return selection
  }
}

extension Invocation {
  /// For commands that go on until they are interrupted.
  package func requireLines(flag: String) throws(CommandError) {
    guard self.format == .json else { return }
    throw CommandError(
      .conflictingFlags, "\(flag) does not go with -o json",
      why: "json promises one document; jsonl writes an object for each row",
      try: ["lakectl \(self.path.joined(separator: " ")) \(flag) -o jsonl"])
  }
}
