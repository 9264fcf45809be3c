/// Message types by full name: what `Any` needs in JSON.
public struct TypeRegistry: Sendable {
  private var types: [String: any ProtobufMessage.Type] = [:]

  /// The types of these files and of the files they import.
  public init(_ files: [FileSchema]) {
    var waiting = files
    var seen: Set<String> = []
    while let file = waiting.popLast() {
      guard seen.insert(file.path).inserted else { continue }
      for type in file.types { self.types[type.table.name] = type }
      waiting += file.imports
    }
  }

  public static let wellKnown = TypeRegistry([
    GoogleProtobufAnySchema.file, GoogleProtobufDurationSchema.file, GoogleProtobufEmptySchema.file,
    GoogleProtobufFieldMaskSchema.file, GoogleProtobufStructSchema.file,
    GoogleProtobufTimestampSchema.file, GoogleProtobufWrappersSchema.file,
  ])

  public func type(named name: some StringProtocol) -> (any ProtobufMessage.Type)? {
    self.types[String(name)]
  }
}
