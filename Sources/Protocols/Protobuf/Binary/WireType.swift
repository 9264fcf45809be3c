/// The binary form of a message is a run of fields in any order:
///
///     tag     varint: number << 3 | wire type; numbers 1 to 536,870,911
///     value   0 varint      1 to 10 bytes, seven bits each, lowest first; negative numbers take ten
///             1 fixed64     8 bytes, little endian
///             2 delimited   varint length, then so many bytes: text, bytes, messages, packed lists
///             3 group       fields up to a tag of wire type 4 with the same number
///             5 fixed32     4 bytes, little endian
///
/// A list of numbers is written packed (one delimited run of values) unless the schema says otherwise,
/// and read in both forms. A map is a list of messages with key = 1 and value = 2. Zigzag numbers
/// (sint) store 0, -1, 1, -2 as 0, 1, 2, 3.
public enum WireType: UInt8, Sendable {
  case varint = 0
  case fixed64 = 1
  case delimited = 2
  case startGroup = 3
  case endGroup = 4
  case fixed32 = 5
}
