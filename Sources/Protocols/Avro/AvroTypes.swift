/// A schema with its named types at hand, so that references can be followed.
public struct AvroTypes: Sendable {
  public let root: AvroSchema
  private let named: [String: AvroSchema]

  public init(_ root: AvroSchema) {
    self.root = root
    var named: [String: AvroSchema] = [:]
    Self.collect(root, into: &named)
    self.named = named
  }

  private static func collect(_ schema: AvroSchema, into named: inout [String: AvroSchema]) {
    switch schema.shape {
    case .fixed(let name, _), .enumeration(let name, _): named[name] = schema
    case .record(let name, let fields):
      named[name] = schema
      for field in fields { Self.collect(field.schema, into: &named) }
    case .array(let inner), .map(let inner): Self.collect(inner, into: &named)
    case .union(let branches):
      for branch in branches { Self.collect(branch, into: &named) }
    case .null, .boolean, .int, .long, .float, .double, .bytes, .string, .reference: break
    }
  }

  /// The type itself, where a name stands for it.
  public func resolve(_ schema: AvroSchema) throws(AvroError) -> AvroSchema {
    guard case .reference(let name) = schema.shape else { return schema }
    guard let found = self.named[name] else {
      throw AvroError(.schema, "no type \(name.prefix(100).debugDescription) is defined")
    }
    return found
  }
}
