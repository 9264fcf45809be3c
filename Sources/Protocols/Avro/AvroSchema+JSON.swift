public import JSON

/// A schema as JSON text. Names are written in full.
extension AvroSchema: JSONEncodable {
  public func encode(to json: inout JSONWriter) {
    guard let name = self.bareName else { return self.encodeObject(to: &json) }
    if self.attributes.isEmpty {
      json.value(name)
    } else {
      json.object { json in
        json.member("type", name)
        self.encodeAttributes(to: &json)
      }
    }
  }

  /// Of a type that is written as its name alone.
  private var bareName: String? {
    switch self.shape {
    case .null: "null"
    case .boolean: "boolean"
    case .int: "int"
    case .long: "long"
    case .float: "float"
    case .double: "double"
    case .bytes: "bytes"
    case .string: "string"
    case .reference(let name): name
    case .fixed, .enumeration, .record, .array, .map, .union: nil
    }
  }

  private func encodeObject(to json: inout JSONWriter) {
    if case .union(let branches) = self.shape {
      json.array { json in for branch in branches { branch.encode(to: &json) } }
      return
    }
    json.object { json in
      switch self.shape {
      case .fixed(let name, let byteCount):
        json.member("type", "fixed")
        json.member("name", name)
        json.member("size", byteCount)
      case .enumeration(let name, let symbols):
        json.member("type", "enum")
        json.member("name", name)
        json.member("symbols", symbols)
      case .record(let name, let fields):
        json.member("type", "record")
        json.member("name", name)
        json.member("fields", fields)
      case .array(let element):
        json.member("type", "array")
        json.member("items", element)
      case .map(let value):
        json.member("type", "map")
        json.member("values", value)
      case .null, .boolean, .int, .long, .float, .double, .bytes, .string, .union, .reference:
        break
      }
      self.encodeAttributes(to: &json)
    }
  }

  private func encodeAttributes(to json: inout JSONWriter) {
    for member in self.attributes.members {
      json.name(member.name)
      json.value(member.value)
    }
  }
}

extension AvroField: JSONEncodable {
  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("name", self.name)
      json.member("type", self.schema)
      if let fallback = self.fallback { json.member("default", fallback) }
      for member in self.attributes.members {
        json.name(member.name)
        json.value(member.value)
      }
    }
  }
}

extension AvroSchema {
  /// Reads a schema's JSON text.
  public init(parsing text: RawSpan, limits: AvroLimits = .standard) throws(AvroError) {
    do throws(JSONError) {
      let json = JSONLimits(
        byteCountMax: limits.schemaByteCountMax, depthMax: limits.depthMax * 2, duplicates: .keep)
      let document = try JSONDocument(parsing: text, limits: json)
      var parser = AvroSchemaParser(limits: limits)
      do throws(AvroError) {
        self = try parser.schema(document.root, namespace: "", depth: 0)
      } catch {
        throw JSONError(.malformed, error.message)
      }
    } catch {
      throw AvroError(.schema, "the schema is not one: \(error)")
    }
  }
}
