import Admin
import CommandTable

/// `TABLE@SNAPSHOT`: a table as it was.
struct SnapshotPlace {
  var table: String
  var snapshot: Int64?

  /// An at sign in double quotes is part of a name.
  init(_ text: String) throws(CommandError) {
    var isQuoted = false
    var at: String.Index?
    for index in text.indices {
      if text[index] == "\"" { isQuoted.toggle() }
      if text[index] == "@", !isQuoted { at = index }
    }
    guard let at else {
      (self.table, self.snapshot) = (text, nil)
      return
    }
    self.table = String(text[..<at])
    self.snapshot = try SnapshotID.parse(String(text[text.index(after: at)...]))
  }

  /// The snapshot may also stand behind the table, as an argument of its own.
  init(_ text: String, _ snapshot: String?) throws(CommandError) {
    try self.init(text)
    guard let snapshot else { return }
    guard self.snapshot == nil else {
      throw CommandError(
        .badValue, "two snapshots of \(self.table.visible.quoted) are named",
        why: "one stands behind the at sign, one beside it")
    }
    self.snapshot = try SnapshotID.parse(snapshot)
  }

  /// The snapshot of a command that needs one.
  func required() throws(CommandError) -> Int64 {
    guard let snapshot else {
      throw CommandError(
        .missingValue, "no snapshot of \(self.table.visible.quoted) is named",
        why: "it stands behind an at sign",
        try: ["lakectl catalog snapshot list \(self.table.visible)"])
    }
    return snapshot
  }
}

/// The two snapshots of a comparison: `T@A T@B`, or `T A B`.
struct SnapshotPair {
  var table: String
  var from: Int64
  var to: Int64

  init(_ first: String, _ second: String, _ third: String?) throws(CommandError) {
    if let third {
      (self.table, self.from, self.to) = (
        first, try SnapshotID.parse(second), try SnapshotID.parse(third)
      )
      return
    }
    let (from, to) = (try SnapshotPlace(first), try SnapshotPlace(second))
    guard from.table == to.table else {
      throw CommandError(
        .badValue,
        "\(from.table.visible.quoted) and \(to.table.visible.quoted) are not compared",
        why: "both snapshots are of one table", try: ["lakectl catalog diff TABLE@A TABLE@B"])
    }
    (self.table, self.from, self.to) = (from.table, try from.required(), try to.required())
  }
}
