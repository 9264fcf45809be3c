/// How a type of the schema is read and written: `Int32Kind` and `SInt32Kind` share a Swift type and
/// differ here.
public protocol FieldKind {
  associatedtype Value: Equatable & Sendable
  static var wire: WireType { get }
  /// What a field without presence holds when it is absent, and is not written for.
  static var zero: Value { get }
  static func isZero(_ value: Value) -> Bool

  /// Reads a value whose tag has been read.
  static func read(_ reader: inout FieldReader) throws(ProtobufError) -> Value
  /// Writes the value without a tag.
  static func write(_ value: Value, to writer: inout FieldWriter)

  static func readJSON(_ reader: inout FieldReader) throws(ProtobufError) -> Value
  static func writeJSON(_ value: Value, to writer: inout FieldWriter)
}

/// A type that may be a map's key; in JSON it is a member's name.
public protocol MapKeyKind: FieldKind where Value: MapFieldKey {
  static func value(ofName name: String) -> Value?
  static func name(of value: Value) -> String
}

extension FieldKind where Value: FixedWidthInteger {
  @inlinable public static var zero: Value { 0 }
  @inlinable public static func isZero(_ value: Value) -> Bool { value == 0 }
}
