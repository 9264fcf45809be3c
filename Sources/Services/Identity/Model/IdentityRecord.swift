package import JSON
private import Bytes
package import Values

/// The kinds of stored things. The word is part of the fact's key and of the audit log.
package enum RecordKind: String, Hashable, Sendable, CaseIterable {
  case account, user, group, role, policy, client, key, token, revocation
  /// All grants to one `Who`.
  case grants
  /// Which account, user, key and token are the root ones.
  case root
}

/// Something that is kept in the facts store and in the directory, under a name of its own.
package protocol IdentityRecord: Hashable, Sendable, JSONEncodable, JSONDecodable {
  static var kind: RecordKind { get }
  /// How many there may be.
  static var countMax: Int { get }
  static var table: ReferenceWritableKeyPath<Directory, [String: Stored<Self>]> { get }
  var name: String { get }

  /// Whether it may stand in `directory`: names, limits, and that what it refers to is there.
  func check(in directory: Directory) throws(IdentityError)

  /// Who or what refers to a record of this name, when it must not go.
  static func users(of name: String, in directory: Directory) -> String?

  /// A new record as it is stored: with its time and, where it has one, its stamp.
  func prepared(at now: WallTime, stamp: UInt64) -> Self

  /// Called after a change of `former` into this one.
  mutating func settle(after former: Self, stamp: UInt64)

  /// In what it differs from what somebody asked for, by the names of members: what only the store
  /// knows (times, secrets) does not count.
  func differences(from asked: Self) -> [String]
}

extension IdentityRecord {
  package func prepared(at now: WallTime, stamp: UInt64) -> Self { self }
  package mutating func settle(after former: Self, stamp: UInt64) {}

  package static func users(of name: String, in directory: Directory) -> String? { nil }

  var encoded: [UInt8] {
    var bytes = ByteWriter(capacity: 256)
    bytes.appendJSON(self)
    return bytes.bytes.array
  }
}

/// A record as it stands.
package struct Stored<Record: IdentityRecord>: Hashable, Sendable {
  package var record: Record
  /// The revision that made it so.
  package var revision: Int64

  /// For `--if-match`: changes with every change of the record.
  package var etag: String { String(self.revision) }
}

/// On or off; off keeps the record and its name.
package enum IdentityState: String, Hashable, Sendable, JSONEncodable {
  case active
  case disabled
}

extension IdentityState: JSONDecodable {
  package init(json: JSONCursor) throws(JSONError) {
    let text = try String(json: json)
    guard let state = IdentityState(rawValue: text) else {
      throw JSONError(.wrongType, "\(text.prefix(40)) is no state", path: "$")
    }
    self = state
  }
}
