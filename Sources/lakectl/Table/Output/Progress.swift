package import Values

/// How far a job is.
package struct ProgressState: Hashable, Sendable {
  package var jobID: String
  package var what: String
  package var doneBytes: Int64?
  package var totalBytes: Int64?
  package var doneCount: Int64?
  package var totalCount: Int64?

  package init(jobID: String, what: String) {
    self.jobID = jobID
    self.what = what
  }

  package var doneRatio: Double? {
    if let done = self.doneBytes, let total = self.totalBytes, total > 0 {
      return min(1, max(0, Double(done) / Double(total)))
    }
    if let done = self.doneCount, let total = self.totalCount, total > 0 {
      return min(1, max(0, Double(done) / Double(total)))
    }
    return nil
  }
}

/// When progress is written to standard error and how. Pure: the caller writes what it is given.
///
/// On a terminal one line is redrawn at most ten times a second. Elsewhere there is one line at the
/// start, every 30 s, and at the end; for programs these are lines of JSON.
package struct ProgressLines: Sendable {
  package enum Manner: Sendable { case terminal, lines, json, silent }

  package let manner: Manner
  private var lastWritten: MonotonicTime?
  private var lastWidth = 0

  package init(manner: Manner) { self.manner = manner }

  package mutating func text(
    _ state: ProgressState, now: MonotonicTime, isLast: Bool = false
  ) -> String? {
    let pause: Duration = self.manner == .terminal ? .milliseconds(100) : .seconds(30)
    guard self.manner != .silent, isLast || self.lastWritten.map({ now - $0 >= pause }) ?? true
    else { return nil }
    self.lastWritten = now
    if self.manner == .json { return Self.json(state) }
    let line = Self.line(state)
    guard self.manner == .terminal else { return line + "\n" }
    let width = TextWidth.of(line)
    let blanks = String(repeating: " ", count: max(0, self.lastWidth - width))
    self.lastWidth = width
    return "\r" + line + blanks + (isLast ? "\n" : "")
  }

  private static func line(_ state: ProgressState) -> String {
    var parts = [state.jobID.visible, state.what.visible]
    if let ratio = state.doneRatio { parts.append(Humanised.ratio(ratio)) }
    if let done = state.doneBytes, let total = state.totalBytes {
      parts.append("\(Humanised.bytes(done)) of \(Humanised.bytes(total))")
    } else if let done = state.doneCount, let total = state.totalCount {
      parts.append("\(Humanised.count(done)) of \(Humanised.count(total))")
    }
    return parts.joined(separator: "  ")
  }

  private static func json(_ state: ProgressState) -> String {
    var object = JSONObjectText()
    object.add("type", "progress")
    object.add("job_id", state.jobID)
    if let done = state.doneBytes { object.add("done_bytes", done) }
    if let total = state.totalBytes { object.add("total_bytes", total) }
    if let done = state.doneCount { object.add("done_count", done) }
    if let total = state.totalCount { object.add("total_count", total) }
    return object.line
  }
}
