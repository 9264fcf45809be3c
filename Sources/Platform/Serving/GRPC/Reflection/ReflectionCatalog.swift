internal import Bytes
internal import Protobuf

/// The files of a server's services and of what they import, by path and by the names they declare.
final class ReflectionCatalog: Sendable {
  let services: [String]
  private let files: [String: FileSchema]
  private let fileOfSymbol: [String: String]

  init(_ services: [ServiceDefinition]) {
    self.services = services.map(\.name).sorted()
    var files: [String: FileSchema] = [:]
    var waiting = services.map(\.schema)
    while let file = waiting.popLast() {
      guard files[file.path] == nil else { continue }
      files[file.path] = file
      waiting += file.imports
    }
    self.files = files
    var symbols: [String: String] = [:]
    for file in files.values {
      for name in DescriptorSymbols.names(in: file.descriptor) { symbols[name] = file.path }
    }
    self.fileOfSymbol = symbols
  }

  /// The file of that path and all that it imports, itself first.
  func descriptors(ofFile path: String) -> [[UInt8]]? {
    guard let file = self.files[path] else { return nil }
    var found: [[UInt8]] = []
    var seen: Set<String> = []
    var waiting = [file]
    while !waiting.isEmpty {
      let next = waiting.removeFirst()
      guard seen.insert(next.path).inserted else { continue }
      found.append(next.descriptor)
      waiting += next.imports
    }
    return found
  }

  func descriptors(ofSymbol name: String) -> [[UInt8]]? {
    self.fileOfSymbol[name].flatMap { self.descriptors(ofFile: $0) }
  }

  func knowsType(_ name: String) -> Bool { self.fileOfSymbol[name] != nil }
}

/// The full names that a file descriptor declares: messages (4), enumerations (5) and services (6) of the
/// file, messages (3) and enumerations (4) inside messages (with fields 2), methods (2) of services.
enum DescriptorSymbols {
  static func names(in descriptor: [UInt8]) -> [String] {
    var found: [String] = []
    let package = self.text(2, in: descriptor) ?? ""
    for message in self.parts(4, of: descriptor) { self.message(message, in: package, &found) }
    for type in self.parts(5, of: descriptor) { self.named(type, in: package, &found) }
    for service in self.parts(6, of: descriptor) {
      let name = self.named(service, in: package, &found)
      for method in self.parts(2, of: service) { self.named(method, in: name, &found) }
    }
    return found
  }

  private static func message(_ message: [UInt8], in scope: String, _ found: inout [String]) {
    let name = self.named(message, in: scope, &found)
    for nested in self.parts(3, of: message) { self.message(nested, in: name, &found) }
    for nested in self.parts(4, of: message) { self.named(nested, in: name, &found) }
  }

  @discardableResult
  private static func named(
    _ declaration: [UInt8], in scope: String, _ found: inout [String]
  ) -> String {
    let name = self.text(1, in: declaration) ?? ""
    let full = scope.isEmpty ? name : "\(scope).\(name)"
    found.append(full)
    return full
  }

  private static func text(_ number: Int, in bytes: [UInt8]) -> String? {
    self.parts(number, of: bytes).first.map { String(decoding: $0, as: UTF8.self) }
  }

  /// The delimited fields of that number. The bytes are our own: fields of other wire types are
  /// varints.
  private static func parts(_ number: Int, of bytes: [UInt8]) -> [[UInt8]] {
    var found: [[UInt8]] = []
    var reader = ByteReader(bytes.rawBytes)
    while let tag = reader.varint() {
      guard tag & 7 == 2 else {
        _ = reader.varint()
        continue
      }
      guard let length = reader.varint(), let part = reader.take(Int(length)) else { break }
      if Int(tag >> 3) == number { found.append(part.array) }
    }
    return found
  }
}
