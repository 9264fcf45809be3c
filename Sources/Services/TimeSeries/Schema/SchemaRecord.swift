import Bytes
import Cluster
import Protobuf

// An object of the schema as a fact: series/schema/KIND/GROUP/NAME, where '%', '/' and NUL of a name are
// %25, %2F and %00.
//
//    0        1          9             17
//   +--------+----------+-------------+--------------------------------+
//   | form 1 | revision | deleted at  | the message; of what is        |
//   |        | i64 BE   | i64 BE, or 0| deleted as it last was         |
//   +--------+----------+-------------+--------------------------------+

/// What the facts say of an object: itself, or that it was deleted.
package struct SchemaRecord: Sendable {
  static let prefix = "series/schema/"

  var item: SchemaItem
  var revision: Int64
  /// Unix nanoseconds; 0 while it lives.
  var deletedAt: Int64

  static func factKey(_ key: SchemaKey) -> FactKey {
    let path =
      key.kind == .group
      ? self.escaped(key.group)
      : "\(self.escaped(key.group))/\(self.escaped(key.name))"
    return FactKey("\(self.prefix)\(key.kind.rawValue)/\(path)")
  }

  static func key(_ fact: FactKey) -> SchemaKey? {
    let parts = fact.text.dropFirst(self.prefix.utf8.count)
      .split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count >= 2, let kind = SchemaKind(rawValue: String(parts[0])) else { return nil }
    if kind == .group { return parts.count == 2 ? .group(self.plain(parts[1])) : nil }
    guard parts.count == 3 else { return nil }
    return SchemaKey(kind, self.plain(parts[1]), self.plain(parts[2]))
  }

  package static func escaped(_ name: String) -> String {
    guard name.utf8.contains(where: { $0 == 0 || $0 == 0x25 || $0 == 0x2F }) else { return name }
    return name.replacing("%", with: "%25").replacing("/", with: "%2F")
      .replacing("\0", with: "%00")
  }

  private static func plain(_ name: Substring) -> String {
    guard name.utf8.contains(0x25) else { return String(name) }
    return String(name).replacing("%00", with: "\0").replacing("%2F", with: "/")
      .replacing("%25", with: "%")
  }

  init(item: SchemaItem, revision: Int64, deletedAt: Int64 = 0) {
    self.item = item
    self.revision = revision
    self.deletedAt = deletedAt
  }

  init(_ kind: SchemaKind, _ fact: Fact) throws(FactsError) {
    let bytes = fact.value.rawBytes
    guard fact.value.count >= 17, fact.value[0] == 1 else {
      throw FactsError(.damaged, "the fact \(fact.key) is no object of a schema")
    }
    self.revision = Self.number(fact.value[1..<9])
    self.deletedAt = Self.number(fact.value[9..<17])
    do {
      self.item = try SchemaItem(kind, decoding: bytes.extracting(17..<fact.value.count))
    } catch {
      throw FactsError(.damaged, "the fact \(fact.key) cannot be read: \(error)")
    }
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> Int64 {
    Int64(bitPattern: bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
  }

  var value: [UInt8] {
    var target = ByteWriter(capacity: 512)
    target.append(1 as UInt8)
    target.append(bigEndian: self.revision)
    target.append(bigEndian: self.deletedAt)
    Self.append(self.item.object, to: &target)
    return target.bytes.array
  }

  private static func append(_ object: some SchemaObject, to target: inout ByteWriter) {
    object.encode(to: &target)
  }
}
