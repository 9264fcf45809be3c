import Bytes
import Glibc
import Protobuf
import ProtobufMessages

/// Random messages that Python's protobuf wrote, with their JSON. New ones are made by
/// `Tests/Protocols/ProtobufPeer/run.py --corpus FILE`.
enum Corpus {
  struct Missing: Error { var path: String }

  static let registry = TypeRegistry([LakeTestEverythingSchema.file])
  static let decoding: JSONDecodingOptions = {
    var options = JSONDecodingOptions()
    options.registry = registry
    return options
  }()
  static let encoding: JSONEncodingOptions = {
    var options = JSONEncodingOptions()
    options.registry = registry
    return options
  }()

  static func entries() throws -> [(binary: [UInt8], json: String)] {
    let path = #filePath.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
    let text = try self.read("\(path)/corpus/everything.txt")
    return try text.split(separator: UInt8(ascii: "\n")).map { line in
      let parts = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
      guard parts.count == 2,
        let binary = Base64.bytes(of: String(decoding: parts[0], as: UTF8.self))
      else { throw Missing(path: path) }
      return (binary, String(decoding: parts[1], as: UTF8.self))
    }
  }

  private static func read(_ path: String) throws -> [UInt8] {
    guard let file = fopen(path, "r") else { throw Missing(path: path) }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&chunk, 1, chunk.count, file)
      if count == 0 { return bytes }
      bytes += chunk[..<count]
    }
  }
}
