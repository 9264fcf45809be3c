private import Bytes

/// A zero of negative sign is a value: only the bits of plus zero are left out.
public enum DoubleKind: FieldKind {
  public typealias Value = Double
  public static var wire: WireType { .fixed64 }
  @inlinable public static var zero: Double { 0 }
  @inlinable public static func isZero(_ value: Double) -> Bool { value.bitPattern == 0 }

  public static func read(_ reader: inout FieldReader) throws(ProtobufError) -> Double {
    Double(bitPattern: try reader.fixed(UInt64.self))
  }

  public static func write(_ value: Double, to writer: inout FieldWriter) {
    writer.out.append(littleEndian: value.bitPattern)
  }
}

public enum FloatKind: FieldKind {
  public typealias Value = Float
  public static var wire: WireType { .fixed32 }
  @inlinable public static var zero: Float { 0 }
  @inlinable public static func isZero(_ value: Float) -> Bool { value.bitPattern == 0 }

  public static func read(_ reader: inout FieldReader) throws(ProtobufError) -> Float {
    Float(bitPattern: try reader.fixed(UInt32.self))
  }

  public static func write(_ value: Float, to writer: inout FieldWriter) {
    writer.out.append(littleEndian: value.bitPattern)
  }
}

public enum BoolKind: FieldKind {
  public typealias Value = Bool
  public static var wire: WireType { .varint }
  @inlinable public static var zero: Bool { false }
  @inlinable public static func isZero(_ value: Bool) -> Bool { !value }

  public static func read(_ reader: inout FieldReader) throws(ProtobufError) -> Bool {
    try reader.varint() != 0
  }

  public static func write(_ value: Bool, to writer: inout FieldWriter) {
    writer.out.append(value ? 1 : 0)
  }
}

public enum StringKind: FieldKind {
  public typealias Value = String
  public static var wire: WireType { .delimited }
  @inlinable public static var zero: String { "" }
  @inlinable public static func isZero(_ value: String) -> Bool { value.isEmpty }

  public static func read(_ reader: inout FieldReader) throws(ProtobufError) -> String {
    let text = try reader.delimited().text
    guard let text else { throw reader.notUTF8() }
    return text
  }

  public static func write(_ value: String, to writer: inout FieldWriter) {
    var value = value
    value.withUTF8 { utf8 in
      writer.varint(UInt64(utf8.count))
      writer.out.append(copying: UnsafeRawBufferPointer(utf8))
    }
  }
}

public enum BytesKind: FieldKind {
  public typealias Value = [UInt8]
  public static var wire: WireType { .delimited }
  @inlinable public static var zero: [UInt8] { [] }
  @inlinable public static func isZero(_ value: [UInt8]) -> Bool { value.isEmpty }

  public static func read(_ reader: inout FieldReader) throws(ProtobufError) -> [UInt8] {
    try reader.delimited().array
  }

  public static func write(_ value: [UInt8], to writer: inout FieldWriter) {
    writer.varint(UInt64(value.count))
    writer.out.append(value)
  }
}

extension FieldReader {
  @inline(never) func notUTF8() -> ProtobufError {
    ProtobufError(
      .notUTF8, "the text of field \(self.fieldNumber) at byte \(self.fieldStart) is not UTF-8")
  }
}

extension FieldWriter {
  @inline(__always) mutating func varint(_ value: UInt64) {
    if value < 0x80 {
      self.out.append(UInt8(truncatingIfNeeded: value))
    } else {
      self.out.append(varint: value)
    }
  }
}
