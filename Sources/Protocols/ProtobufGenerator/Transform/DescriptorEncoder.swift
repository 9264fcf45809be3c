import Bytes

/// Writes a file as the bytes of `google.protobuf.FileDescriptorProto`: what a reflection service
/// answers. Byte for byte what the standard compiler writes for the same text.
enum DescriptorEncoder {
  static func bytes(of file: SchemaFile) -> [UInt8] {
    var target = ByteWriter()
    target.text(1, file.path)
    if !file.package.isEmpty { target.text(2, file.package) }
    for path in file.imports { target.text(3, path) }
    for message in file.messages { target.nested(4) { self.write(message, file, to: &$0) } }
    for type in file.enums { target.nested(5) { self.write(type, to: &$0) } }
    for service in file.services { target.nested(6) { self.write(service, to: &$0) } }
    self.options(file.options, self.fileOptions, 8, to: &target)
    for index in file.publicImports.sorted() { target.number(10, index) }
    if file.isProto3 { target.text(12, "proto3") }
    return target.bytes.array
  }

  private static func write(
    _ message: SchemaMessage, _ file: SchemaFile, to target: inout ByteWriter
  ) {
    target.text(1, message.name)
    for field in message.fields { target.nested(2) { self.write(field, to: &$0) } }
    for nested in message.messages { target.nested(3) { self.write(nested, file, to: &$0) } }
    for nested in message.enums { target.nested(4) { self.write(nested, to: &$0) } }
    for range in message.extensionRanges {
      target.nested(5) {
        $0.number(1, range.first)
        $0.number(2, range.last + 1)
      }
    }
    if message.isMapEntry { target.nested(7) { $0.number(7, 1) } }
    self.options(message.options, self.messageOptions, 7, to: &target)
    for oneof in message.oneofs { target.nested(8) { $0.text(1, oneof) } }
    for range in message.reservedRanges {
      target.nested(9) {
        $0.number(1, range.first)
        $0.number(2, range.last + 1)
      }
    }
    for name in message.reservedNames { target.text(10, name) }
  }

  private static func write(_ field: SchemaField, to target: inout ByteWriter) {
    target.text(1, field.name)
    target.number(3, field.number)
    target.number(4, field.label.rawValue)
    target.number(5, field.type.rawValue)
    if !field.typeName.isEmpty { target.text(6, field.typeName) }
    if let value = field.defaultValue { target.text(7, value) }
    self.options(field.options, self.fieldOptions, 8, to: &target)
    if let oneof = field.oneof { target.number(9, oneof) }
    target.text(10, field.jsonName ?? derivedJSONName(field.name))
    if field.isProto3Optional { target.number(17, 1) }
  }

  private static func write(_ type: SchemaEnum, to target: inout ByteWriter) {
    target.text(1, type.name)
    for value in type.values {
      target.nested(2) {
        $0.text(1, value.name)
        $0.number(2, value.number)
        self.options(value.options, ["deprecated": .flag(1)], 3, to: &$0)
      }
    }
    self.options(type.options, self.enumOptions, 3, to: &target)
    for range in type.reservedRanges {
      target.nested(4) {
        $0.number(1, range.first)
        $0.number(2, range.last)
      }
    }
    for name in type.reservedNames { target.text(5, name) }
  }

  private static func write(_ service: SchemaService, to target: inout ByteWriter) {
    target.text(1, service.name)
    for method in service.methods {
      target.nested(2) {
        $0.text(1, method.name)
        $0.text(2, method.input)
        $0.text(3, method.output)
        self.options(method.options, ["deprecated": .flag(33)], 4, to: &$0)
        if method.streamsRequests { $0.number(5, 1) }
        if method.streamsResponses { $0.number(6, 1) }
      }
    }
    self.options(service.options, ["deprecated": .flag(33)], 3, to: &target)
  }
}

/// Options that the standard descriptors know.
extension DescriptorEncoder {
  private enum Option {
    case flag(Int)
    case text(Int)

    var number: Int {
      switch self {
      case .flag(let number), .text(let number): number
      }
    }
  }

  private static let fileOptions: [String: Option] = [
    "java_package": .text(1), "java_outer_classname": .text(8), "java_multiple_files": .flag(10),
    "go_package": .text(11), "deprecated": .flag(23), "cc_enable_arenas": .flag(31),
    "objc_class_prefix": .text(36), "csharp_namespace": .text(37), "swift_prefix": .text(39),
  ]
  private static let messageOptions: [String: Option] = ["deprecated": .flag(3)]
  private static let fieldOptions: [String: Option] = ["packed": .flag(2), "deprecated": .flag(3)]
  private static let enumOptions: [String: Option] = [
    "allow_alias": .flag(2), "deprecated": .flag(3),
  ]

  private static func options(
    _ options: SchemaOptions, _ known: [String: Option], _ number: Int, to target: inout ByteWriter
  ) {
    let entries = options.entries.compactMap { entry in known[entry.name].map { ($0, entry.value) }
    }
    guard !entries.isEmpty else { return }
    target.nested(number) { target in
      for (option, value) in entries.sorted(by: { $0.0.number < $1.0.number }) {
        switch option {
        case .flag(let number): target.number(number, value == "true" ? 1 : 0)
        case .text(let number): target.text(number, value)
        }
      }
    }
  }
}

extension ByteWriter {
  fileprivate mutating func number(_ number: Int, _ value: Int) {
    self.append(varint: UInt64(number) << 3)
    self.append(varint: UInt64(bitPattern: Int64(value)))
  }

  fileprivate mutating func text(_ number: Int, _ value: String) {
    self.append(varint: UInt64(number) << 3 | 2)
    self.append(varint: UInt64(value.utf8.count))
    self.append(value)
  }

  fileprivate mutating func nested(_ number: Int, _ body: (inout ByteWriter) -> Void) {
    var inner = ByteWriter()
    body(&inner)
    self.append(varint: UInt64(number) << 3 | 2)
    self.append(varint: UInt64(inner.count))
    self.append(inner.bytes)
  }
}
