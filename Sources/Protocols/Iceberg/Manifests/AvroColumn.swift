internal import Avro
private import JSON
internal import Bytes

/// A field of a writer's record, as far as it matters for reading: whether it may be null, and the type
/// of what is there otherwise.
struct AvroColumn {
  let schema: AvroSchema
  /// Where `null` stands in the union; nil when the field is always there.
  let nullIndex: Int64?

  init(_ field: AvroField, in types: AvroTypes) throws(IcebergError) {
    try self.init(field.schema, named: field.name, in: types)
  }

  init(_ schema: AvroSchema, named name: String, in types: AvroTypes) throws(IcebergError) {
    do throws(AvroError) {
      if let (some, index) = schema.optional {
        self.schema = try types.resolve(some)
        self.nullIndex = Int64(index)
      } else {
        self.schema = try types.resolve(schema)
        self.nullIndex = nil
      }
    } catch {
      throw IcebergError(error)
    }
    if case .union = self.schema.shape {
      throw IcebergError(
        .corrupted, "field \(quoted(name)) is a union of more than a type and null")
    }
  }

  /// Whether a value follows; the union's branch is taken.
  @inline(__always)
  func isPresent(_ decoder: inout AvroDecoder) throws(AvroError) -> Bool {
    guard let nullIndex = self.nullIndex else { return true }
    let branch = try decoder.long()
    guard branch == 0 || branch == 1 else {
      throw AvroError(.malformed, "branch \(branch) of a union of 2 at byte \(decoder.offset)")
    }
    return branch != nullIndex
  }

  var isNumber: Bool {
    switch self.schema.shape {
    case .int, .long: true
    default: false
    }
  }

  var isBytes: Bool {
    switch self.schema.shape {
    case .bytes, .string: true
    default: false
    }
  }

  func expect(_ condition: Bool, _ id: Int, _ what: String) throws(IcebergError) {
    guard condition else { throw IcebergError(.corrupted, "field \(id) is no \(what)") }
  }
}

extension IcebergError {
  init(_ error: AvroError) {
    let code: Code =
      switch error.code {
      case .tooLarge: .tooLarge
      case .unsupported: .unsupported
      default: .corrupted
      }
    self.init(code, error.message)
  }
}

extension AvroField {
  /// Iceberg's id of the field; nil when the writer gave none.
  var fieldID: Int? { self.attributes["field-id"]?.int64.flatMap { Int(exactly: $0) } }
}
