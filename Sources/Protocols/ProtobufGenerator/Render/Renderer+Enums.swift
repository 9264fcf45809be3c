private import Bytes

extension Renderer {
  /// An open enumeration: a number with names.
  func enumeration(_ type: SchemaEnum, _ text: inout SourceText) {
    let name = self.catalog.swiftName(type.fullName)
    text.comment(type.comment)
    text.block("\(self.access) struct \(self.declared(name)): ProtobufEnum") { text in
      text.line("\(self.access) var rawValue: \(self.standard)Int32")
      text.line(
        "\(self.access) init(rawValue: \(self.standard)Int32) { self.rawValue = rawValue }")
      var taken: Set<String> = []
      for value in type.values {
        var short = SwiftNames.enumValue(value.name, of: type.name)
        if !taken.insert(short).inserted { short = value.name.lowercased() }
        text.comment(value.comment)
        text.line(
          "\(self.access) static var \(short): Self { Self(rawValue: \(value.number)) }")
      }
      text.line("\(self.access) static let table = EnumTable(")
      text.indented { text in
        text.line("\"\(type.fullName.dropFirst())\",")
        text.line("\"\"\"")
        for value in type.values { text.line("\(value.number) \(value.name)") }
        text.line("\"\"\")")
      }
    }
  }

  /// The name as it is declared: the last part for a nested type, the whole for a namespaced one.
  func declared(_ swiftName: String) -> String {
    guard let dot = swiftName.lastIndex(of: ".") else { return swiftName }
    return String(swiftName[swiftName.index(after: dot)...])
  }
}

/// Base64 with padding.
func encoded(_ bytes: [UInt8]) -> [UInt8] {
  Array(Base64.text(of: bytes.rawBytes).utf8)
}
