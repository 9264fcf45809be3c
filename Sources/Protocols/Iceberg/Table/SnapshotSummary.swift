public import JSON

/// What a snapshot changed: an operation, and counts as text.
public struct SnapshotSummary: Hashable, Sendable {
  public var operation: Operation
  /// In the order they were written.
  public var entries: [Entry]

  public struct Entry: Hashable, Sendable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// The four that the format defines; others are kept.
  public struct Operation: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    /// Data files were added.
    public static let append = Operation(rawValue: "append")
    /// Files were replaced without changing rows.
    public static let replace = Operation(rawValue: "replace")
    public static let overwrite = Operation(rawValue: "overwrite")
    public static let delete = Operation(rawValue: "delete")
  }

  public init(_ operation: Operation, _ entries: [Entry] = []) {
    self.operation = operation
    self.entries = entries
  }

  public subscript(name: String) -> String? {
    self.entries.last { $0.name == name }?.value
  }
}

extension SnapshotSummary: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    guard json.kind == .object else { throw json.mismatch("an object") }
    var operation: Operation?
    var entries: [Entry] = []
    entries.reserveCapacity(json.count ?? 0)
    var members = json.members
    while let member = members.next() {
      guard let value = member.value.string else {
        throw member.value.mismatch("a string").inside(member: member.name)
      }
      let name = SummaryNames.name(member.nameBytes)
      if name == "operation" {
        operation = Operation(rawValue: value)
      } else {
        entries.append(Entry(name, value))
      }
    }
    // Old writers left it out.
    self.init(operation ?? .overwrite, entries)
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("operation", self.operation.rawValue)
      for entry in self.entries {
        json.name(entry.name)
        json.value(entry.value)
      }
    }
  }
}

/// The names that summaries have over and over. Measured: taking them from a table instead of making a
/// string of each saves a third of the time that a document of snapshots takes to read.
enum SummaryNames {
  private static let names: [Int: [String]] = {
    let all = [
      "operation", "added-data-files", "deleted-data-files", "total-data-files",
      "added-delete-files", "added-equality-delete-files", "removed-equality-delete-files",
      "added-position-delete-files", "removed-position-delete-files", "added-dvs", "removed-dvs",
      "removed-delete-files", "total-delete-files", "added-records", "deleted-records",
      "total-records", "added-files-size", "removed-files-size", "total-files-size",
      "added-position-deletes", "removed-position-deletes", "total-position-deletes",
      "added-equality-deletes", "removed-equality-deletes", "total-equality-deletes",
      "deleted-duplicate-files", "changed-partition-count", "manifests-created", "manifests-kept",
      "manifests-replaced", "entries-processed", "wap.id", "published-wap-id",
      "source-snapshot-id", "engine-name", "engine-version", "spark.app.id", "app-id", "app-name",
      "iceberg-version",
    ]
    return Dictionary(grouping: all) { $0.utf8.count }
  }()

  static func name(_ bytes: RawSpan) -> String {
    for name in self.names[bytes.byteCount] ?? [] {
      var name = name
      let isSame = name.withUTF8 { text in
        bytes.withUnsafeBytes { $0.elementsEqual(text) }
      }
      if isSame { return name }
    }
    return bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
  }
}
