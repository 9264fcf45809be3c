private import Bytes

// The number types: what differs is the wire type and how the bits become the value.

public enum Int32Kind: FieldKind {
  public typealias Value = Int32
  public static var wire: WireType { .varint }

  @inline(__always)
  public static func read(_ reader: inout FieldReader) throws(ProtobufError) -> Value {
    Int32(truncatingIfNeeded: try reader.varint())
  }

  @inline(__always)
  public static func write(_ value: Value, to writer: inout FieldWriter) {
    writer.varint(UInt64(truncatingIfNeeded: Int64(value)))
  }
}

public enum Int64Kind: FieldKind {
  public typealias Value = Int64
  public static var wire: WireType { .varint }

  @inline(__always)
  public static func read(_ reader: inout FieldReader) throws(ProtobufError) -> Value {
    Int64(bitPattern: try reader.varint())
  }

  @inline(__always)
  public static func write(_ value: Value, to writer: inout FieldWriter) {
    writer.varint(UInt64(bitPattern: value))
  }
}

public enum UInt32Kind: FieldKind {
  public typealias Value = UInt32
  public static var wire: WireType { .varint }

  @inline(__always)
  public static func read(_ reader: inout FieldReader) throws(ProtobufError) -> Value {
    UInt32(truncatingIfNeeded: try reader.varint())
  }

  @inline(__always)
  public static func write(_ value: Value, to writer: inout FieldWriter) {
    writer.varint(UInt64(value))
  }
}

public enum UInt64Kind: FieldKind {
  public typealias Value = UInt64
  public static var wire: WireType { .varint }

  @inline(__always)
  public static func read(_ reader: inout FieldReader) throws(ProtobufError) -> Value {
    try reader.varint()
  }

  @inline(__always)
  public static func write(_ value: Value, to writer: inout FieldWriter) {
    writer.varint(value)
  }
}

public enum SInt32Kind: FieldKind {
  public typealias Value = Int32
  public static var wire: WireType { .varint }

  @inline(__always)
  public static func read(_ reader: inout FieldReader) throws(ProtobufError) -> Value {
    let bits = UInt32(truncatingIfNeeded: try reader.varint())
    return Int32(bitPattern: bits >> 1) ^ -Int32(bitPattern: bits & 1)
  }

  @inline(__always)
  public static func write(_ value: Value, to writer: inout FieldWriter) {
    writer.varint(UInt64(UInt32(bitPattern: value << 1 ^ value >> 31)))
  }
}

public enum SInt64Kind: FieldKind {
  public typealias Value = Int64
  public static var wire: WireType { .varint }

  @inline(__always)
  public static func read(_ reader: inout FieldReader) throws(ProtobufError) -> Value {
    let bits = try reader.varint()
    return Int64(bitPattern: bits >> 1) ^ -Int64(bitPattern: bits & 1)
  }

  @inline(__always)
  public static func write(_ value: Value, to writer: inout FieldWriter) {
    writer.varint(UInt64(bitPattern: value << 1 ^ value >> 63))
  }
}

public enum Fixed32Kind: FieldKind {
  public typealias Value = UInt32
  public static var wire: WireType { .fixed32 }

  @inline(__always)
  public static func read(_ reader: inout FieldReader) throws(ProtobufError) -> Value {
    try reader.fixed(UInt32.self)
  }

  @inline(__always)
  public static func write(_ value: Value, to writer: inout FieldWriter) {
    writer.out.append(littleEndian: value)
  }
}

public enum Fixed64Kind: FieldKind {
  public typealias Value = UInt64
  public static var wire: WireType { .fixed64 }

  @inline(__always)
  public static func read(_ reader: inout FieldReader) throws(ProtobufError) -> Value {
    try reader.fixed(UInt64.self)
  }

  @inline(__always)
  public static func write(_ value: Value, to writer: inout FieldWriter) {
    writer.out.append(littleEndian: value)
  }
}

public enum SFixed32Kind: FieldKind {
  public typealias Value = Int32
  public static var wire: WireType { .fixed32 }

  @inline(__always)
  public static func read(_ reader: inout FieldReader) throws(ProtobufError) -> Value {
    try reader.fixed(Int32.self)
  }

  @inline(__always)
  public static func write(_ value: Value, to writer: inout FieldWriter) {
    writer.out.append(littleEndian: value)
  }
}

public enum SFixed64Kind: FieldKind {
  public typealias Value = Int64
  public static var wire: WireType { .fixed64 }

  @inline(__always)
  public static func read(_ reader: inout FieldReader) throws(ProtobufError) -> Value {
    try reader.fixed(Int64.self)
  }

  @inline(__always)
  public static func write(_ value: Value, to writer: inout FieldWriter) {
    writer.out.append(littleEndian: value)
  }
}
