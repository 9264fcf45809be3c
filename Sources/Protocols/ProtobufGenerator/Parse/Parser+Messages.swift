/// Messages, enumerations and their members.
extension Parser {
  mutating func message(
    _ comment: [String], scope: String
  ) throws(SchemaError) -> SchemaMessage {
    let message = SchemaMessage()
    message.comment = comment
    message.name = try self.identifier()
    message.fullName = "\(scope).\(message.name)"
    try self.expect("{")
    while !self.take(symbol: "}") {
      if self.take(symbol: ";") { continue }
      try self.member(of: message)
    }
    // Each proto3 optional field has a oneof of its own, after the written ones.
    for field in message.fields where field.isProto3Optional {
      field.oneof = message.oneofs.count
      message.oneofs.append("_\(field.name)")
    }
    return message
  }

  private mutating func member(of message: SchemaMessage) throws(SchemaError) {
    let comment = self.peek.comment
    switch self.peek.text {
    case "message":
      _ = self.advance()
      message.messages.append(try self.message(comment, scope: message.fullName))
    case "enum":
      _ = self.advance()
      message.enums.append(try self.enumeration(comment, scope: message.fullName))
    case "option":
      _ = self.advance()
      try self.option(into: &message.options)
    case "oneof":
      _ = self.advance()
      try self.oneof(of: message)
    case "map":
      _ = self.advance()
      message.fields.append(try self.mapField(of: message, comment))
    case "reserved":
      _ = self.advance()
      try self.reserved(&message.reservedRanges, &message.reservedNames, last: 536_870_911)
    case "extensions":
      _ = self.advance()
      var names: [String] = []
      try self.reserved(&message.extensionRanges, &names, last: 536_870_911)
    case "extend", "group": throw self.error("\(self.peek.text) is not supported")
    default: message.fields.append(try self.field(comment, oneof: nil))
    }
  }

  private mutating func field(
    _ comment: [String], oneof: Int?
  ) throws(SchemaError) -> SchemaField {
    let field = SchemaField()
    field.comment = comment
    field.line = self.peek.line
    field.oneof = oneof
    if oneof == nil {
      if self.take(word: "repeated") {
        field.label = .repeated
      } else if self.take(word: "required") {
        guard !self.file.isProto3 else { throw self.error("proto3 has no required fields") }
        field.label = .required
      } else if self.take(word: "optional") {
        field.isProto3Optional = self.file.isProto3
      } else if !self.file.isProto3 {
        throw self.error("a proto2 field needs a label")
      }
    }
    try self.fieldType(of: field)
    field.name = try self.identifier()
    try self.expect("=")
    field.number = try self.integer()
    try self.fieldOptions(of: field)
    return field
  }

  private mutating func fieldType(of field: SchemaField) throws(SchemaError) {
    let name = try self.dottedName()
    if let scalar = FieldType.scalars[name] {
      field.type = scalar
    } else {
      field.type = .message
      field.typeName = name
    }
  }

  private mutating func fieldOptions(of field: SchemaField) throws(SchemaError) {
    if self.take(symbol: "[") {
      repeat {
        let name = try self.optionName()
        try self.expect("=")
        let value = try self.optionValue()
        switch name {
        case "json_name":
          guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x22 && $0 != 0x5C }) else {
            throw self.error("a json_name with quotes, backslashes or control characters")
          }
          field.jsonName = value
        case "default": field.defaultValue = value
        default: if let name { field.options.entries.append((name, value)) }
        }
      } while self.take(symbol: ",")
      try self.expect("]")
    }
    try self.expect(";")
  }

  private mutating func oneof(of message: SchemaMessage) throws(SchemaError) {
    let index = message.oneofs.count
    message.oneofs.append(try self.identifier())
    try self.expect("{")
    while !self.take(symbol: "}") {
      if self.take(symbol: ";") { continue }
      if self.take(word: "option") {
        var ignored = SchemaOptions()
        try self.option(into: &ignored)
        continue
      }
      message.fields.append(try self.field(self.peek.comment, oneof: index))
    }
  }

  private mutating func mapField(
    of message: SchemaMessage, _ comment: [String]
  ) throws(SchemaError) -> SchemaField {
    let key = SchemaField()
    let value = SchemaField()
    let field = SchemaField()
    field.comment = comment
    field.line = self.peek.line
    try self.expect("<")
    try self.fieldType(of: key)
    guard key.type.isNumeric && key.type != .double && key.type != .float || key.type == .string
    else { throw self.error("a map key is a whole number, a bool or a string") }
    try self.expect(",")
    try self.fieldType(of: value)
    try self.expect(">")
    field.name = try self.identifier()
    try self.expect("=")
    field.number = try self.integer()
    try self.fieldOptions(of: field)
    (key.name, key.number, value.name, value.number) = ("key", 1, "value", 2)
    let entry = SchemaMessage()
    entry.name = upperCamelCase(field.name) + "Entry"
    entry.fullName = "\(message.fullName).\(entry.name)"
    entry.isMapEntry = true
    entry.fields = [key, value]
    message.messages.append(entry)
    field.label = .repeated
    field.type = .message
    field.typeName = entry.fullName
    field.mapEntry = entry
    return field
  }

  mutating func enumeration(_ comment: [String], scope: String) throws(SchemaError) -> SchemaEnum {
    let result = SchemaEnum()
    result.comment = comment
    result.name = try self.identifier()
    result.fullName = "\(scope).\(result.name)"
    try self.expect("{")
    while !self.take(symbol: "}") {
      if self.take(symbol: ";") { continue }
      let comment = self.peek.comment
      let name = try self.identifier()
      if name == "option" {
        try self.option(into: &result.options)
        continue
      }
      if name == "reserved" {
        try self.reserved(&result.reservedRanges, &result.reservedNames, last: Int(Int32.max))
        continue
      }
      try self.expect("=")
      let number = try self.integer()
      let holder = SchemaField()
      try self.fieldOptions(of: holder)
      result.values.append((name, number, comment, holder.options))
    }
    guard let first = result.values.first else { throw self.error("an enum without values") }
    guard !self.file.isProto3 || first.number == 0 else {
      throw self.error("the first value of enum \(result.name) must be 0")
    }
    return result
  }

  private mutating func reserved(
    _ ranges: inout [(first: Int, last: Int)], _ names: inout [String], last: Int
  ) throws(SchemaError) {
    repeat {
      if self.peek.kind == .text {
        names.append(try self.text())
        continue
      }
      let first = try self.integer()
      guard self.take(word: "to") else {
        ranges.append((first, first))
        continue
      }
      ranges.append((first, self.take(word: "max") ? last : try self.integer()))
    } while self.take(symbol: ",")
    try self.expect(";")
  }
}
