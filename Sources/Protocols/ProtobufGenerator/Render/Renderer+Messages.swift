extension Renderer {
  func message(_ message: SchemaMessage, _ text: inout SourceText) {
    let name = self.catalog.swiftName(message.fullName)
    text.comment(message.comment)
    text.block("\(self.access) struct \(self.declared(name)): ProtobufMessage") { text in
      self.properties(of: message, &text)
      text.line("\(self.access) var unknownFields = UnknownFields()")
      text.line("\(self.access) init() {}")
      text.line()
      self.table(of: message, &text)
      self.decoder(of: message, &text)
      self.encoder(of: message, &text)
      for type in message.enums {
        text.line()
        self.enumeration(type, &text)
      }
      for nested in message.messages where !nested.isMapEntry {
        text.line()
        self.message(nested, &text)
      }
    }
  }

  private func properties(of message: SchemaMessage, _ text: inout SourceText) {
    var declared: Set<Int> = []
    for field in message.fields {
      if let oneof = self.oneof(of: field) {
        if declared.insert(oneof).inserted { self.oneof(oneof, of: message, &text) }
        continue
      }
      text.comment(field.comment)
      let wrapper = self.layout.isIndirect(field, in: message) ? "@Indirect " : ""
      let property = SwiftNames.property(field.name)
      text.line("\(wrapper)\(self.access) var \(property): \(self.declaration(of: field))")
    }
  }

  /// The oneof that the schema's author wrote around the field.
  func oneof(of field: SchemaField) -> Int? { field.isProto3Optional ? nil : field.oneof }

  private func oneof(_ oneof: Int, of message: SchemaMessage, _ text: inout SourceText) {
    let members = message.fields.filter { self.oneof(of: $0) == oneof }
    let property = SwiftNames.property(message.oneofs[oneof])
    let choice = SwiftNames.choice(message.oneofs[oneof])
    text.line("\(self.access) var \(property): \(choice)? = nil")
    text.block("\(self.access) enum \(choice): Equatable, Sendable") { text in
      for field in members {
        text.comment(field.comment)
        let indirect = self.layout.isIndirect(field, in: message) ? "indirect " : ""
        text.line(
          "\(indirect)case \(SwiftNames.property(field.name))(\(self.type(of: field)))")
      }
    }
    for field in members {
      let name = SwiftNames.property(field.name)
      text.block("\(self.access) var \(name): \(self.type(of: field))?") { text in
        text.line("get { if case .\(name)(let value)? = self.\(property) { value } else { nil } }")
        text.block("set") { text in
          text.block("if newValue != nil || self.\(name) != nil") { text in
            text.line("self.\(property) = newValue.map(\(choice).\(name))")
          }
        }
      }
    }
  }

  /// Type and first value of a stored property.
  private func declaration(of field: SchemaField) -> String {
    let type = self.type(of: field)
    if let entry = field.mapEntry {
      return "MapField<\(self.type(of: entry.fields[0])), \(self.type(of: entry.fields[1]))> = [:]"
    }
    if field.label == .repeated { return "[\(type)] = []" }
    if self.hasPresence(field) { return "\(type)? = nil" }
    switch field.type {
    case .bool: return "\(type) = false"
    case .string: return "\(type) = \"\""
    case .bytes: return "\(type) = []"
    case .enumeration: return "\(type) = \(type)()"
    default: return "\(type) = 0"
    }
  }

  func hasPresence(_ field: SchemaField) -> Bool {
    field.type == .message || field.isProto3Optional || field.oneof != nil || !self.file.isProto3
  }

  func type(of field: SchemaField) -> String {
    switch field.type {
    case .message, .enumeration: self.catalog.swiftName(field.typeName)
    case .bytes: "[\(self.standard)UInt8]"
    case .double: "\(self.standard)Double"
    case .float: "\(self.standard)Float"
    case .bool: "\(self.standard)Bool"
    case .string: "\(self.standard)String"
    case .int32, .sint32, .sfixed32: "\(self.standard)Int32"
    case .uint32, .fixed32: "\(self.standard)UInt32"
    case .int64, .sint64, .sfixed64: "\(self.standard)Int64"
    case .uint64, .fixed64: "\(self.standard)UInt64"
    case .group: preconditionFailure("BUG: groups are refused by the parser")
    }
  }

  private func table(of message: SchemaMessage, _ text: inout SourceText) {
    text.line("\(self.access) static let table = MessageTable(")
    text.indented { text in
      text.line("\"\(message.fullName.dropFirst())\",")
      text.line("\"\"\"")
      for field in message.fields {
        var line = "\(field.number) \(field.name)"
        if let oneof = self.oneof(of: field) { line += " @\(oneof)" }
        if let name = field.jsonName, name != derivedJSONName(field.name) { line += " =\(name)" }
        text.line(line)
      }
      text.line("\"\"\")")
    }
  }
}
