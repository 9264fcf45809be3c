/// All types of all files, by full name: resolves what fields and methods refer to.
final class Catalog {
  enum Entry {
    case message(SchemaMessage, file: SchemaFile)
    case enumeration(SchemaEnum, file: SchemaFile)
  }

  private(set) var entries: [String: Entry] = [:]
  private(set) var files: [String: SchemaFile] = [:]
  /// The Swift name of each type.
  private(set) var swiftNames: [String: String] = [:]

  func add(_ file: SchemaFile) throws(SchemaError) {
    self.files[file.path] = file
    for message in file.messages {
      try self.add(message, file: file, in: SwiftNames.scope(of: file))
    }
    for type in file.enums { try self.add(type, file: file, in: SwiftNames.scope(of: file)) }
  }

  private func add(_ message: SchemaMessage, file: SchemaFile, in scope: String) throws(SchemaError)
  {
    let name = scope + SwiftNames.type(message.name)
    try self.claim(message.fullName, .message(message, file: file), name, file)
    for nested in message.messages { try self.add(nested, file: file, in: name + ".") }
    for nested in message.enums { try self.add(nested, file: file, in: name + ".") }
  }

  private func add(_ type: SchemaEnum, file: SchemaFile, in scope: String) throws(SchemaError) {
    let name = scope + SwiftNames.type(type.name)
    try self.claim(type.fullName, .enumeration(type, file: file), name, file)
  }

  private func claim(
    _ name: String, _ entry: Entry, _ swiftName: String, _ file: SchemaFile
  ) throws(SchemaError) {
    guard self.entries[name] == nil else {
      throw SchemaError(path: file.path, line: 1, message: "\(name) is declared twice")
    }
    self.entries[name] = entry
    self.swiftNames[name] = swiftName
  }

  func swiftName(_ fullName: String) -> String {
    guard let name = self.swiftNames[fullName] else { preconditionFailure("BUG: \(fullName)") }
    return name
  }

  func message(_ fullName: String) -> SchemaMessage? {
    if case .message(let message, _)? = self.entries[fullName] { message } else { nil }
  }

  /// Replaces the names in `file` by full names, and tells messages from enumerations.
  func resolve(_ file: SchemaFile) throws(SchemaError) {
    for path in file.imports where self.files[path] == nil {
      throw SchemaError(path: file.path, line: 1, message: "the import \(path) is not found")
    }
    for message in file.messages { try self.resolve(message, in: file) }
    for service in file.services {
      for index in service.methods.indices {
        let method = service.methods[index]
        service.methods[index].input = try self.messageName(method.input, service, file)
        service.methods[index].output = try self.messageName(method.output, service, file)
      }
    }
  }

  private func resolve(_ message: SchemaMessage, in file: SchemaFile) throws(SchemaError) {
    var numbers: Set<Int> = []
    for field in message.fields {
      guard (1...536_870_911).contains(field.number), numbers.insert(field.number).inserted,
        !message.reservedRanges.contains(where: { ($0.first...$0.last).contains(field.number) })
      else {
        throw SchemaError(
          path: file.path, line: field.line,
          message: "number \(field.number) of \(field.name) is out of range, reserved or taken")
      }
      guard !field.typeName.isEmpty else { continue }
      guard let name = self.lookUp(field.typeName, from: message.fullName) else {
        throw SchemaError(
          path: file.path, line: field.line, message: "\(field.typeName) is not declared")
      }
      field.typeName = name
      if case .enumeration? = self.entries[name] { field.type = .enumeration }
    }
    for nested in message.messages { try self.resolve(nested, in: file) }
  }

  private func messageName(
    _ name: String, _ service: SchemaService, _ file: SchemaFile
  ) throws(SchemaError) -> String {
    guard let found = self.lookUp(name, from: service.fullName), self.message(found) != nil else {
      throw SchemaError(path: file.path, line: 1, message: "message \(name) is not declared")
    }
    return found
  }

  /// Innermost scope first, as the language says.
  private func lookUp(_ name: String, from scope: String) -> String? {
    if name.hasPrefix(".") { return self.entries[name] == nil ? nil : name }
    var scope = scope
    while true {
      let candidate = "\(scope).\(name)"
      if self.entries[candidate] != nil { return candidate }
      guard let dot = scope.lastIndex(of: ".") else { return nil }
      scope = String(scope[..<dot])
    }
  }
}
