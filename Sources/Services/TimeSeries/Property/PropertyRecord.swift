import Bytes
import Cluster
import Protobuf
import SeriesModel
import SeriesSchema
import SeriesWire

// A property as a fact: series/property/GROUP/NAME/ID, where '%', '/' and NUL of a part are %25, %2F
// and %00.
//
//    0        1             9
//   +--------+-------------+------------------------------------------+
//   | form 1 | deleted at  | the property; of what is deleted as it   |
//   |        | i64 BE, or 0| last was                                 |
//   +--------+-------------+------------------------------------------+

/// What the facts say of a property.
struct PropertyRecord: Sendable {
  static let prefix = "series/property/"

  var property: PropertyWire.Property
  /// Unix nanoseconds; 0 while it lives.
  var deletedAt: Int64

  init(_ property: PropertyWire.Property, deletedAt: Int64 = 0) {
    self.property = property
    self.deletedAt = deletedAt
  }

  init(_ fact: Fact) throws(SeriesFault) {
    let bytes = fact.value
    guard bytes.count >= 9, bytes[0] == 1,
      let property = try? PropertyWire.Property(
        decoding: bytes.rawBytes.extracting(9..<bytes.count))
    else { throw SeriesFault(.internalError, "the fact \(fact.key) is no property") }
    self.property = property
    self.deletedAt = Int64(bitPattern: bytes[1..<9].reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
  }

  var value: [UInt8] {
    var target = ByteWriter(capacity: 512)
    target.append(1 as UInt8)
    target.append(bigEndian: self.deletedAt)
    self.property.encode(to: &target)
    return target.bytes.array
  }

  static func key(_ id: PropertyID) throws(SeriesFault) -> FactKey {
    let text = self.prefix(id.group, id.name) + self.escaped(id.id)
    guard text.utf8.count <= FactKey.byteCountMax else {
      throw SeriesFault(
        .invalidArgument, "a property whose names have \(text.utf8.count) bytes: at most 1000 fit")
    }
    return FactKey(text)
  }

  static func prefix(_ group: String, _ name: String) -> String {
    "\(self.prefix)\(self.escaped(group))/\(self.escaped(name))/"
  }

  static func prefix(_ group: String) -> String { "\(self.prefix)\(self.escaped(group))/" }

  private static func escaped(_ name: String) -> String {
    guard name.utf8.contains(where: { $0 == 0 || $0 == 0x25 || $0 == 0x2F }) else { return name }
    return name.replacing("%", with: "%25").replacing("/", with: "%2F")
      .replacing("\0", with: "%00")
  }
}
