public import Bytes
private import JSON

/// A value of any schema, for data whose schema is known only when it is read.
public indirect enum AvroValue: Hashable, Sendable {
  case null
  case boolean(Bool)
  case int(Int32)
  case long(Int64)
  case float(Float)
  case double(Double)
  case bytes([UInt8])
  case string(String)
  case fixed([UInt8])
  case enumeration(Int)
  /// In the order of the fields.
  case record([AvroValue])
  case array([AvroValue])
  case map([Entry])
  case union(Int, AvroValue)

  public struct Entry: Hashable, Sendable {
    public var key: String
    public var value: AvroValue

    public init(_ key: String, _ value: AvroValue) {
      self.key = key
      self.value = value
    }
  }
}

extension AvroDecoder {
  @_lifetime(self: copy self)
  public mutating func value(
    _ schema: AvroSchema, in types: AvroTypes, depth: Int = 0
  ) throws(AvroError) -> AvroValue {
    try self.spend()
    guard depth < self.limits.depthMax else {
      throw AvroError(.tooLarge, "more than \(self.limits.depthMax) values inside of each other")
    }
    switch schema.shape {
    case .null: return .null
    case .boolean: return .boolean(try self.boolean())
    case .int: return .int(try self.int())
    case .long: return .long(try self.long())
    case .float: return .float(try self.float())
    case .double: return .double(try self.double())
    case .bytes: return .bytes(try self.bytes().array)
    case .string: return .string(try self.string())
    case .fixed(_, let count): return .fixed(try self.fixed(count).array)
    case .enumeration(_, let symbols): return .enumeration(try self.branch(of: symbols.count))
    case .record(_, let fields):
      var values: [AvroValue] = []
      for field in fields {
        values.append(try self.value(field.schema, in: types, depth: depth + 1))
      }
      return .record(values)
    case .array(let element):
      var values: [AvroValue] = []
      while case let count = try self.blockCount(), count > 0 {
        for _ in 0..<count {
          values.append(try self.value(element, in: types, depth: depth + 1))
        }
      }
      return .array(values)
    case .map(let value):
      var entries: [AvroValue.Entry] = []
      while case let count = try self.blockCount(), count > 0 {
        for _ in 0..<count {
          let key = try self.string()
          entries.append(.init(key, try self.value(value, in: types, depth: depth + 1)))
        }
      }
      return .map(entries)
    case .union(let branches):
      let index = try self.branch(of: branches.count)
      return .union(index, try self.value(branches[index], in: types, depth: depth + 1))
    case .reference:
      return try self.value(try types.resolve(schema), in: types, depth: depth + 1)
    }
  }
}

extension ByteWriter {
  /// Appends a value; an error when it is not of the schema.
  public mutating func append(
    avro value: AvroValue, as schema: AvroSchema, in types: AvroTypes
  ) throws(AvroError) {
    let schema = try types.resolve(schema)
    switch (schema.shape, value) {
    case (.null, .null): break
    case (.boolean, .boolean(let value)): self.append(avroBoolean: value)
    case (.int, .int(let value)): self.append(avroInt: value)
    case (.long, .long(let value)): self.append(avroLong: value)
    case (.float, .float(let value)): self.append(avroFloat: value)
    case (.double, .double(let value)): self.append(avroDouble: value)
    case (.bytes, .bytes(let value)): self.append(avroBytes: value.rawBytes)
    case (.string, .string(let value)): self.append(avroString: value)
    case (.fixed(_, let count), .fixed(let value)) where value.count == count:
      self.append(value)
    case (.enumeration(_, let symbols), .enumeration(let index)) where symbols.indices ~= index:
      self.append(avroLong: Int64(index))
    case (.record(_, let fields), .record(let values)) where fields.count == values.count:
      for (field, value) in zip(fields, values) {
        try self.append(avro: value, as: field.schema, in: types)
      }
    case (.array(let element), .array(let values)):
      if !values.isEmpty { self.append(avroLong: Int64(values.count)) }
      for value in values { try self.append(avro: value, as: element, in: types) }
      self.append(avroLong: 0)
    case (.map(let type), .map(let entries)):
      if !entries.isEmpty { self.append(avroLong: Int64(entries.count)) }
      for entry in entries {
        self.append(avroString: entry.key)
        try self.append(avro: entry.value, as: type, in: types)
      }
      self.append(avroLong: 0)
    case (.union(let branches), .union(let index, let value)) where branches.indices ~= index:
      self.append(avroLong: Int64(index))
      try self.append(avro: value, as: branches[index], in: types)
    default:
      throw AvroError(
        .wrongType, "a value is not of its schema \(schema.text().prefix(200).description)")
    }
  }
}
