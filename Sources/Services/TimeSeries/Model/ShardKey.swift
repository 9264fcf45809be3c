public import Bytes
private import Crypto

// The key that chooses a shard: shard = XXH64(key, seed 0) mod shards. No separators.
//
//   name            UTF-8 of the object's name (not of its group)
//   per tag         text, binary: as is · text list: joined with '\n'
//                   integer, timestamp: 8 bytes big-endian, v + 2^63 or, below 0, 2^63 - |v|
//                   integer list: these 8 bytes per element · null: nothing
//
// A trace is placed by its id alone, a property by the text group/name/id.

/// Builds keys of shards into a writer that is used again for the next row.
public enum ShardKey {
  public static func append(name: String, to key: inout ByteWriter) { key.append(name) }

  public static func append(_ value: SeriesValue, to key: inout ByteWriter) {
    switch value {
    case .null: break
    case .string(let text): key.append(text)
    case .int(let number), .timestamp(let number): self.append(number, to: &key)
    case .float(let number): self.append(Int64(bitPattern: number.bitPattern), to: &key)
    case .binary(let bytes): key.append(bytes)
    case .strings(let texts):
      for (index, text) in texts.enumerated() {
        if index > 0 { key.append(UInt8(ascii: "\n")) }
        key.append(text)
      }
    case .ints(let numbers):
      for number in numbers { self.append(number, to: &key) }
    }
  }

  /// Both halves of the rule are the number with its sign bit turned over: order by bytes is order by
  /// value.
  private static func append(_ number: Int64, to key: inout ByteWriter) {
    key.append(bigEndian: UInt64(bitPattern: number) ^ (1 << 63))
  }

  public static func hash(of key: RawSpan) -> UInt64 { XXH64.hash(of: key) }

  public static func shard(of key: RawSpan, among shards: UInt32) -> UInt32 {
    UInt32(truncatingIfNeeded: XXH64.hash(of: key) % UInt64(shards))
  }

  public static func shard(
    name: String, values: some Sequence<SeriesValue>, among shards: UInt32
  ) -> UInt32 {
    var key = ByteWriter(capacity: 128)
    key.append(name)
    for value in values { self.append(value, to: &key) }
    return self.shard(of: key.bytes, among: shards)
  }

  public static func shard(traceID: String, among shards: UInt32) -> UInt32 {
    self.shard(name: traceID, values: [], among: shards)
  }

  public static func shard(property id: PropertyID, among shards: UInt32) -> UInt32 {
    self.shard(name: "\(id.group)/\(id.name)/\(id.id)", values: [], among: shards)
  }
}

/// Names a property.
public struct PropertyID: Hashable, Sendable {
  public var group: String
  public var name: String
  public var id: String

  public init(group: String, name: String, id: String) {
    self.group = group
    self.name = name
    self.id = id
  }
}

/// The identity of a row of a stream: the hash of what the client named it. Answers carry its 16 hex
/// digits.
public enum ElementID {
  public static func hash(group: String, name: String, clientID: String) -> UInt64 {
    var key = ByteWriter(capacity: 128)
    key.append(group)
    key.append(UInt8(ascii: "|"))
    key.append(name)
    key.append(UInt8(ascii: "|"))
    key.append(clientID)
    return XXH64.hash(of: key.bytes)
  }

  public static func text(_ hash: UInt64) -> String {
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
