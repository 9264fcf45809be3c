import CommandTable
import Glibc

/// Files that a command is given.
enum InputFile {
  static let byteCountMax = 4 << 20

  static func read(
    _ path: String, byteCountMax: Int = byteCountMax
  ) throws(CommandError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw self.unreadable(path, errno) }
    defer { close(descriptor) }
    var content: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 16 << 10)
    while true {
      let count = Glibc.read(descriptor, &part, part.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw self.unreadable(path, errno) }
      guard count > 0 else { return content }
      content += part[..<count]
      guard content.count <= byteCountMax else {
        throw CommandError(
          .overLimit, "\(path.visible) has more than \(byteCountMax) bytes",
          why: "that is the most this command takes")
      }
    }
  }

  private static func unreadable(_ path: String, _ code: Int32) -> CommandError {
    CommandError(
      .unreadableInput, "cannot read \(path.visible)", why: String(cString: strerror(code)))
  }
}

extension Invocation {
  /// The content of a file, or of standard input for `-`.
  func content(of file: FilePath) throws(CommandError) -> [UInt8] {
    file.isStandardStream
      ? try self.surroundings.console.readInput(byteCountMax: InputFile.byteCountMax)
      : try InputFile.read(file.text)
  }
}
