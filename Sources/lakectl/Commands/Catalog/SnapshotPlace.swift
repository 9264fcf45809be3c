import Admin
import CommandTable

/// A snapshot by its number, or by a branch or tag that points at it.
enum SnapshotChoice {
  case id(Int64)
  case ref(String)

  init(_ text: String) throws(CommandError) {
    guard !text.isEmpty else {
      throw CommandError(
        .missingValue, "nothing stands behind the at sign",
        why: "a snapshot is named by its number, or by a branch or tag that points at it",
        try: ["lakectl catalog snapshot list TABLE", "lakectl catalog ref list TABLE"])
    }
    self = Int64(text).map { .id($0) } ?? .ref(text)
  }

  var id: Int64? { if case .id(let id) = self { id } else { nil } }
  var ref: String? { if case .ref(let name) = self { name } else { nil } }
}

/// `TABLE@SNAPSHOT`, `TABLE@BRANCH`: a table as it was.
struct SnapshotPlace {
  var table: String
  var snapshot: SnapshotChoice?

  /// An at sign in double quotes is part of a name.
  init(_ text: String) throws(CommandError) {
    var isQuoted = false
    var at: String.Index?
    for index in text.indices {
      if text[index] == "\"" { isQuoted.toggle() }
      if text[index] == "@", !isQuoted, at == nil { at = index }
    }
    guard let at else {
      (self.table, self.snapshot) = (text, nil)
      return
    }
    self.table = String(text[..<at])
    self.snapshot = try SnapshotChoice(String(text[text.index(after: at)...]))
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
    self.snapshot = try SnapshotChoice(snapshot)
  }

  /// The snapshot of a command that needs one.
  func required() throws(CommandError) -> SnapshotChoice {
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
  var from: SnapshotChoice
  var to: SnapshotChoice

  init(_ first: String, _ second: String, _ third: String?) throws(CommandError) {
    if let third {
      (self.table, self.from, self.to) = (
        first, try SnapshotChoice(second), try SnapshotChoice(third)
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
