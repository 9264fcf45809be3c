/// The two functions of a message: a line per field.
extension Renderer {
  func decoder(of message: SchemaMessage, _ text: inout SourceText) {
    text.line()
    // Not inlined: else each message is compiled again inside all that hold it.
    text.line("@inline(never) \(self.access) mutating func decodeField(")
    text.line("  _ number: \(self.standard)Int, from reader: inout FieldReader")
    text.block(") throws(ProtobufError)") { text in
      guard !message.fields.isEmpty else { return }
      text.line("switch number {")
      for field in message.fields.sorted(by: { $0.number < $1.number }) {
        text.line("case \(field.number): try reader.\(self.read(field))")
      }
      text.line("default: break")
      text.line("}")
    }
  }

  private func read(_ field: SchemaField) -> String {
    let property = "&self.\(SwiftNames.property(field.name))"
    if let entry = field.mapEntry {
      let kinds = entry.fields.map { self.kind(of: $0) + ".self" }
      return "map(\(property), \(kinds[0]), \(kinds[1]))"
    }
    return "\(self.verb(of: field))(\(property))"
  }

  func encoder(of message: SchemaMessage, _ text: inout SourceText) {
    text.line()
    text.line("@inline(never)")
    text.block("\(self.access) func encodeFields(to writer: inout FieldWriter)") { text in
      var fields = message.fields.sorted { $0.number < $1.number }[...]
      while let field = fields.first {
        guard let oneof = self.oneof(of: field) else {
          fields.removeFirst()
          text.line("writer.\(self.write(field))")
          continue
        }
        let members = fields.prefix { self.oneof(of: $0) == oneof }
        fields.removeFirst(members.count)
        self.writeOneof(oneof, Array(members), of: message, &text)
      }
    }
  }

  /// Members of a oneof whose numbers follow each other, so that output is ordered by number.
  private func writeOneof(
    _ oneof: Int, _ members: [SchemaField], of message: SchemaMessage, _ text: inout SourceText
  ) {
    text.line("switch self.\(SwiftNames.property(message.oneofs[oneof])) {")
    for field in members {
      let label = field.type == .message ? "" : "present: "
      text.line(
        "case .\(SwiftNames.property(field.name))(let value)?: "
          + "writer.\(self.verb(of: field))(\(field.number), \(label)value)")
    }
    let isWhole = members.count == message.fields.count { self.oneof(of: $0) == oneof }
    text.line(isWhole ? "case nil: break" : "default: break")
    text.line("}")
  }

  private func write(_ field: SchemaField) -> String {
    let property = "self.\(SwiftNames.property(field.name))"
    if let entry = field.mapEntry {
      let kinds = entry.fields.map { self.kind(of: $0) + ".self" }
      return "map(\(field.number), \(property), \(kinds[0]), \(kinds[1]))"
    }
    var label = ""
    if field.label == .repeated {
      if field.type.isNumeric, !self.isPacked(field) { label = "unpacked: " }
    } else if field.type != .message ? self.hasPresence(field) : field.isProto3Optional {
      label = "present: "
    }
    return "\(self.verb(of: field))(\(field.number), \(label)\(property))"
  }

  private func isPacked(_ field: SchemaField) -> Bool {
    field.options["packed"].map { $0 == "true" } ?? self.file.isProto3
  }

  /// The method of the reader and of the writer.
  private func verb(of field: SchemaField) -> String {
    switch field.type {
    case .message: "message"
    case .enumeration: "enumeration"
    default: "\(field.type)"
    }
  }

  /// The kind that stands for a type in a map.
  private func kind(of field: SchemaField) -> String {
    switch field.type {
    case .message: "MessageKind<\(self.catalog.swiftName(field.typeName))>"
    case .enumeration: "EnumKind<\(self.catalog.swiftName(field.typeName))>"
    case .sint32: "SInt32Kind"
    case .sint64: "SInt64Kind"
    case .sfixed32: "SFixed32Kind"
    case .sfixed64: "SFixed64Kind"
    case .uint32: "UInt32Kind"
    case .uint64: "UInt64Kind"
    default: upperCamelCase("\(field.type)") + "Kind"
    }
  }
}
