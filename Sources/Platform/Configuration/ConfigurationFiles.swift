internal import Glibc

/// Why a file was not read.
public struct ConfigurationFileError: Error, Hashable, Sendable, CustomStringConvertible {
  public var message: String

  public init(_ message: String) { self.message = message }

  public var description: String { self.message }
}

/// Reads small files at start and on reload, on the calling thread.
public enum ConfigurationFiles {
  public static let byteCountMax = 4 << 20
  public static let secretByteCountMax = 64 << 10

  public static func configuration(
    at path: String
  ) throws(ConfigurationFileError) -> ConfigurationSources.File {
    let (content, mode) = try self.read(path, byteCountMax: self.byteCountMax)
    return ConfigurationSources.File(
      path: path, content: content, isReadableByOthers: mode & 0o077 != 0)
  }

  /// The file's text without the line break at its end.
  public static func secret(at path: String) throws(ConfigurationFileError) -> String {
    let (content, _) = try self.read(path, byteCountMax: self.secretByteCountMax)
    guard var text = String(validating: content, as: UTF8.self) else {
      throw ConfigurationFileError("cannot read \(path): it is not UTF-8")
    }
    if text.hasSuffix("\r\n") || text.hasSuffix("\n") { text.removeLast() }
    return text
  }

  private static func read(
    _ path: String, byteCountMax: Int
  ) throws(ConfigurationFileError) -> (content: [UInt8], mode: mode_t) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw self.failure(path) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw self.failure(path) }
    guard status.st_mode & S_IFMT != S_IFDIR else {
      throw ConfigurationFileError("cannot read \(path): it is a directory")
    }
    var content: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = Glibc.read(descriptor, &part, part.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw self.failure(path) }
      guard count > 0 else { return (content, status.st_mode) }
      content.append(contentsOf: part[..<count])
      guard content.count <= byteCountMax else {
        throw ConfigurationFileError("cannot read \(path): it has more than \(byteCountMax) bytes")
      }
    }
  }

  private static func failure(_ path: String) -> ConfigurationFileError {
    ConfigurationFileError("cannot read \(path): \(String(cString: strerror(errno)))")
  }
}
