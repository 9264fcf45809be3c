public import Bytes

/// A message: a plain struct with one stored property per field, plus the two functions that the
/// generator writes for it.
///
/// Both are one line per field and know nothing of the format: `FieldReader` and `FieldWriter` speak
/// the binary form and the JSON form, so that hundreds of messages stay cheap to compile.
public protocol ProtobufMessage: Equatable, Sendable {
  init()

  /// Names for JSON, reflection and error messages.
  static var table: MessageTable { get }

  /// Fields that this version of the schema does not know; they are written back last.
  var unknownFields: UnknownFields { get set }

  /// Reads the value of field `number` into its property. Does nothing for an unknown number; the
  /// reader then keeps the field.
  mutating func decodeField(_ number: Int, from reader: inout FieldReader) throws(ProtobufError)

  /// Writes every field that is present, in the order of their numbers.
  func encodeFields(to writer: inout FieldWriter)

  /// The JSON form where it is not an object of the fields: some well-known types.
  mutating func decodeJSON(from reader: inout FieldReader) throws(ProtobufError)
  func encodeJSON(to writer: inout FieldWriter)
  static var hasOwnJSONForm: Bool { get }
}

extension ProtobufMessage {
  public static var hasOwnJSONForm: Bool { false }

  /// Equal when both are written as the same bytes, maps sorted: a NaN equals itself, zeros of different
  /// sign differ, unknown fields count. Not derived field by field: over hundreds of messages that was
  /// a fifth of the generated code.
  public static func == (left: Self, right: Self) -> Bool {
    left.encoded(isDeterministic: true) == right.encoded(isDeterministic: true)
  }

  /// A message changed in place: `Tag { $0.key = "region" }`.
  @inlinable public init(_ change: (inout Self) -> Void) {
    self.init()
    change(&self)
  }

  /// Decodes the binary form. Unknown fields are kept; see `ProtobufError.Code` for what is refused.
  public init(decoding bytes: RawSpan, _ limits: DecodingLimits = DecodingLimits())
    throws(ProtobufError)
  {
    self.init()
    try self.merge(decoding: bytes, limits)
  }

  /// Merges the binary form into this message: scalars are replaced, lists appended to, sub-messages
  /// merged. After an error the message holds the fields that came before it.
  public mutating func merge(
    decoding bytes: RawSpan, _ limits: DecodingLimits = DecodingLimits()
  ) throws(ProtobufError) {
    guard bytes.byteCount <= limits.byteCountMax else {
      throw ProtobufError(
        .tooLarge,
        "cannot decode \(Self.table.name): \(bytes.byteCount) bytes, the limit is \(limits.byteCountMax)"
      )
    }
    var reader = FieldReader(bytes, limits)
    do {
      try self.decodeBinary(from: &reader)
    } catch {
      throw error.decoding(Self.table.name)
    }
  }

  /// Appends the binary form to `target`.
  public func encode(to target: inout ByteWriter, isDeterministic: Bool = false) {
    var writer = FieldWriter(binary: target, isDeterministic: isDeterministic)
    self.encodeBinary(to: &writer)
    target = writer.finish()
  }

  /// The binary form. With `isDeterministic`, equal messages give equal bytes: map entries are sorted.
  public func encoded(isDeterministic: Bool = false) -> [UInt8] {
    var target = ByteWriter()
    self.encode(to: &target, isDeterministic: isDeterministic)
    return target.bytes.array
  }

  @inlinable mutating func decodeBinary(from reader: inout FieldReader) throws(ProtobufError) {
    while let number = try reader.nextField() {
      try self.decodeField(number, from: &reader)
      if reader.isUnclaimed { try reader.keepUnknown(in: &self.unknownFields) }
    }
  }

  @inlinable func encodeBinary(to writer: inout FieldWriter) {
    self.encodeFields(to: &writer)
    if !self.unknownFields.isEmpty { writer.append(self.unknownFields) }
  }
}

/// What a decoder accepts from a peer.
public struct DecodingLimits: Sendable, Hashable {
  /// Bytes of a whole message; 2 GiB - 1 is the most that any implementation reads.
  public var byteCountMax = Int(Int32.max)
  /// Messages inside messages, the outermost not counted.
  public var depthMax = 100

  public init() {}
}
