public import JSON

/// A branch or a tag.
public struct SnapshotReference: Hashable, Sendable {
  public var snapshotID: Int64
  public var kind: Kind
  /// How much of a branch's history expiration keeps.
  public var minSnapshotsToKeep: Int?
  public var maxSnapshotAgeMS: Int64?
  /// When the reference itself expires.
  public var maxRefAgeMS: Int64?
  public var unknown: JSONObject

  public enum Kind: String, CaseIterable, Sendable, JSONEncodable {
    case branch, tag
  }

  /// The branch that readers see when they name none.
  public static let main = "main"

  public init(
    _ kind: Kind, at snapshotID: Int64, minSnapshotsToKeep: Int? = nil,
    maxSnapshotAgeMS: Int64? = nil, maxRefAgeMS: Int64? = nil
  ) {
    self.snapshotID = snapshotID
    self.kind = kind
    self.minSnapshotsToKeep = minSnapshotsToKeep
    self.maxSnapshotAgeMS = maxSnapshotAgeMS
    self.maxRefAgeMS = maxRefAgeMS
    self.unknown = JSONObject()
  }

  static let known: [StaticString] = [
    "snapshot-id", "type", "min-snapshots-to-keep", "max-snapshot-age-ms", "max-ref-age-ms",
  ]
}

extension SnapshotReference: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    self.snapshotID = try json.long("snapshot-id")
    let text = try json.string("type")
    guard let kind = Kind(rawValue: text.lowercased()) else {
      throw JSONError(.ruleBroken, "\(quoted(text)) is neither branch nor tag", path: "$")
        .inside(member: "type")
    }
    self.kind = kind
    self.minSnapshotsToKeep = try json.intIfPresent("min-snapshots-to-keep")
    self.maxSnapshotAgeMS = try json.longIfPresent("max-snapshot-age-ms")
    self.maxRefAgeMS = try json.longIfPresent("max-ref-age-ms")
    self.unknown = json.unknownMembers(Self.known)
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      self.encodeMembers(to: &json)
      json.members(self.unknown)
    }
  }

  func encodeMembers(to json: inout JSONWriter) {
    json.member("snapshot-id", self.snapshotID)
    json.member("type", self.kind)
    json.member("min-snapshots-to-keep", ifPresent: self.minSnapshotsToKeep)
    json.member("max-snapshot-age-ms", ifPresent: self.maxSnapshotAgeMS)
    json.member("max-ref-age-ms", ifPresent: self.maxRefAgeMS)
  }

  /// Checks what a new reference of that name must keep to.
  func check(name: String) throws(IcebergError) {
    guard !name.isEmpty else { throw .validation("a reference has a name") }
    if name == Self.main, self.kind == .tag { throw .validation("main is a branch, not a tag") }
    if self.kind == .tag, self.minSnapshotsToKeep != nil || self.maxSnapshotAgeMS != nil {
      throw .validation("tag \(quoted(name)) cannot have the retention of a branch")
    }
    for (what, value) in [
      ("min-snapshots-to-keep", self.minSnapshotsToKeep.map(Int64.init)),
      ("max-snapshot-age-ms", self.maxSnapshotAgeMS), ("max-ref-age-ms", self.maxRefAgeMS),
    ] {
      if let value, value <= 0 {
        throw .validation("\(what) of \(quoted(name)) is \(value), not positive")
      }
    }
  }
}
