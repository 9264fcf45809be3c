// What a .proto text says, before and after its names are resolved. The shapes are those of the
// standard descriptors (`google.protobuf.FileDescriptorProto`), so that they can be written as such.

final class SchemaFile {
  /// As other files import it.
  var path = ""
  var package = ""
  var isProto3 = true
  var imports: [String] = []
  var publicImports: Set<Int> = []
  var swiftPrefix = ""
  var messages: [SchemaMessage] = []
  var enums: [SchemaEnum] = []
  var services: [SchemaService] = []
  /// Standard options that are carried into the descriptor.
  var options = SchemaOptions()
}

final class SchemaMessage {
  var name = ""
  /// `.package.Outer.Name`.
  var fullName = ""
  var comment: [String] = []
  var fields: [SchemaField] = []
  var oneofs: [String] = []
  var messages: [SchemaMessage] = []
  var enums: [SchemaEnum] = []
  /// First and last number, both included.
  var reservedRanges: [(first: Int, last: Int)] = []
  var reservedNames: [String] = []
  var extensionRanges: [(first: Int, last: Int)] = []
  var isMapEntry = false
  var options = SchemaOptions()
}

final class SchemaField {
  enum Label: Int { case optional = 1, required = 2, repeated = 3 }

  var name = ""
  var number = 0
  var comment: [String] = []
  var label = Label.optional
  var type = FieldType.string
  /// As written, then `.package.Name` once resolved; empty for scalars.
  var typeName = ""
  /// Index into the message's oneofs.
  var oneof: Int?
  /// `optional` was written in a proto3 file.
  var isProto3Optional = false
  var jsonName: String?
  var defaultValue: String?
  /// The entry message of a map.
  var mapEntry: SchemaMessage?
  var options = SchemaOptions()
  var line = 0
}

final class SchemaEnum {
  var name = ""
  var fullName = ""
  var comment: [String] = []
  var values: [(name: String, number: Int, comment: [String], options: SchemaOptions)] = []
  var reservedRanges: [(first: Int, last: Int)] = []
  var reservedNames: [String] = []
  var options = SchemaOptions()
}

final class SchemaService {
  struct Method {
    var name = ""
    var comment: [String] = []
    var input = ""
    var output = ""
    var streamsRequests = false
    var streamsResponses = false
    var options = SchemaOptions()
  }

  var name = ""
  var fullName = ""
  var comment: [String] = []
  var methods: [Method] = []
  var options = SchemaOptions()
}

/// The standard options we know; custom ones, in parentheses, are read and dropped.
struct SchemaOptions {
  var entries: [(name: String, value: String)] = []

  subscript(name: String) -> String? { self.entries.last { $0.name == name }?.value }
  func isTrue(_ name: String) -> Bool { self[name] == "true" }
}

/// The types of the schema language with the numbers of `FieldDescriptorProto.Type`.
enum FieldType: Int {
  case double = 1
  case float, int64, uint64, int32, fixed64, fixed32, bool, string, group, message, bytes, uint32
  case enumeration, sfixed32, sfixed64, sint32, sint64

  static let scalars: [String: FieldType] = [
    "double": .double, "float": .float, "int64": .int64, "uint64": .uint64, "int32": .int32,
    "fixed64": .fixed64, "fixed32": .fixed32, "bool": .bool, "string": .string, "bytes": .bytes,
    "uint32": .uint32, "sfixed32": .sfixed32, "sfixed64": .sfixed64, "sint32": .sint32,
    "sint64": .sint64,
  ]

  /// Lists of it may be packed.
  var isNumeric: Bool {
    switch self {
    case .string, .bytes, .message, .group: false
    default: true
    }
  }
}

/// A schema that cannot be read, with its place.
struct SchemaError: Error, CustomStringConvertible {
  var path: String
  var line: Int
  var message: String

  var description: String { "\(self.path):\(self.line): \(self.message)" }
}
