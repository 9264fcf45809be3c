package import CommandTable
import Glibc

/// The files of contexts on disk.
package struct StandardContextFiles: ContextFiles {
  package init() {}

  package func load(environment: [String: String]) throws(CommandError) -> Configuration {
    let path = Configuration.userPath(environment)
    let user: Configuration.File =
      if let path { try self.read(path) } else { Configuration.File(path: "") }
    return Configuration(user: user, system: try self.read(Configuration.systemPath))
  }

  private func read(_ path: String) throws(CommandError) -> Configuration.File {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0, errno == ENOENT || errno == ENOTDIR {
      return Configuration.File(path: path)
    }
    guard descriptor >= 0 else { throw Self.unreadable(path, errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw Self.unreadable(path, errno) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw Self.unreadable(path, EISDIR) }
    var content: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 16 << 10)
    while content.count <= ContextFileText.byteCountMax {
      let count = Glibc.read(descriptor, &part, part.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw Self.unreadable(path, errno) }
      guard count > 0 else { break }
      content += part[..<count]
    }
    guard let text = String(validating: content, as: UTF8.self) else {
      throw CommandError(.configurationSyntax, "cannot use \(path)", why: "it is not UTF-8")
    }
    do {
      return Configuration.File(
        path: path, text: try ContextFileText(parsing: text), mode: UInt32(status.st_mode) & 0o7777)
    } catch {
      throw CommandError(
        .configurationSyntax, "cannot use \(path)\(error.line > 0 ? ":\(error.line)" : "")",
        why: error.message)
    }
  }

  private static func unreadable(_ path: String, _ code: Int32) -> CommandError {
    CommandError(
      .unreadableConfiguration, "cannot read \(path)", why: String(cString: strerror(code)))
  }

  /// A new file, 0600, takes the place of the old one in one step: a reader sees either, and a power
  /// cut leaves either. Symbolic links stay: what they point to is replaced.
  package func save(_ file: Configuration.File) throws(CommandError) {
    guard !file.path.isEmpty else {
      throw CommandError(
        .configurationNotWritten, "there is no place for the file of contexts",
        why: "none of LAKE_CONFIG_DIR, XDG_CONFIG_HOME and HOME is set")
    }
    try self.makeFolder(of: file.path)
    var target = file.path
    if let resolved = realpath(file.path, nil) {
      target = String(cString: resolved)
      free(resolved)
    }
    var template = Array((target + ".XXXXXX").utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw Self.notWritten(file.path, errno) }
    let code = Self.fill(descriptor, with: Array(file.text.text.utf8))
    close(descriptor)
    let failure = code != 0 ? code : rename(template, target) == 0 ? 0 : errno
    guard failure == 0 else {
      unlink(template)
      throw Self.notWritten(file.path, failure)
    }
    Self.syncFolder(of: target)
  }

  private static func fill(_ descriptor: Int32, with bytes: [UInt8]) -> Int32 {
    guard fchmod(descriptor, 0o600) == 0 else { return errno }
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress, $0.count)
      }
      if count < 0 {
        if errno == EINTR { continue }
        return errno
      }
      written += count
    }
    return fsync(descriptor) == 0 ? 0 : errno
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func syncFolder(of path: String) {
    let descriptor = open(self.folder(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    _ = fsync(descriptor)
    close(descriptor)
  }

  private func makeFolder(of path: String) throws(CommandError) {
    let folder = Self.folder(of: path)
    var made = folder.hasPrefix("/") ? "" : "."
    for part in folder.split(separator: "/") {
      made += "/" + part
      guard mkdir(made, 0o700) == 0 || errno == EEXIST else { throw Self.notWritten(path, errno) }
    }
  }

  private static func notWritten(_ path: String, _ code: Int32) -> CommandError {
    CommandError(
      .configurationNotWritten, "cannot write \(path)",
      why: "\(String(cString: strerror(code))); the file is as it was")
  }
}
