import Glibc

/// The files that the generator reads and writes.
enum FileAccess {
  /// Nil when the file is not there.
  static func read(_ path: String) -> [UInt8]? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&chunk, 1, chunk.count, file)
      if count == 0 { return bytes }
      bytes += chunk[..<count]
    }
  }

  static func write(_ path: String, _ bytes: [UInt8]) throws(SchemaError) {
    if let slash = path.lastIndex(of: "/") { mkdir(String(path[..<slash]), 0o755) }
    guard let file = fopen(path, "w") else {
      throw SchemaError(path: path, line: 0, message: String(cString: strerror(errno)))
    }
    let count = fwrite(bytes, 1, bytes.count, file)
    guard fclose(file) == 0, count == bytes.count else {
      throw SchemaError(path: path, line: 0, message: String(cString: strerror(errno)))
    }
  }

  /// Folders named `proto` that hold a `module.conf`, sorted.
  static func protoFolders(under root: String) -> [String] {
    self.walk(root).filter { $0.hasSuffix("/proto/module.conf") }
      .map { String($0.dropLast("/module.conf".count)) }.sorted()
  }

  static func files(under root: String, suffix: String) -> [String] {
    self.walk(root).filter { $0.hasSuffix(suffix) }.sorted()
  }

  static func complain(_ message: String) {
    let bytes = Array((message + "\n").utf8)
    Glibc.write(2, bytes, bytes.count)
  }

  private static func walk(_ folder: String) -> [String] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var found: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard !name.hasPrefix(".") else { continue }
      let path = "\(folder)/\(name)"
      if Int32(entry.pointee.d_type) == DT_DIR {
        found += self.walk(path)
      } else {
        found.append(path)
      }
    }
    return found
  }
}
