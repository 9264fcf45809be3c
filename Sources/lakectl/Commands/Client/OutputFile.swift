import CommandTable
import Glibc

/// A file that a command writes: a new one of mode 0600. Made before the request whose answer it is to
/// hold, so that a secret that is shown once is not lost to a full disk or a name that is taken.
final class OutputFile {
  let path: String
  private let descriptor: Int32
  private var isKept = false

  /// - Throws: when there is a file of that name.
  init(_ path: String) throws(CommandError) {
    self.path = path
    self.descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard self.descriptor >= 0 else {
      throw CommandError(
        .fileNotWritten, "cannot write \(path.visible)",
        why: errno == EEXIST ? "there is a file of that name" : String(cString: strerror(errno)))
    }
  }

  /// Takes the file away again unless it was finished.
  deinit {
    close(self.descriptor)
    if !self.isKept { unlink(self.path) }
  }

  func append(_ bytes: [UInt8]) throws(CommandError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(self.descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw self.failed(errno) }
      rest = rest.dropFirst(count)
    }
  }

  /// The bytes are on the disk when it returns.
  func finish() throws(CommandError) {
    guard fsync(self.descriptor) == 0 || errno == EINVAL else { throw self.failed(errno) }
    self.isKept = true
  }

  private func failed(_ code: Int32) -> CommandError {
    CommandError(
      .fileNotWritten, "cannot write \(self.path.visible)", why: String(cString: strerror(code)),
      changed: nil)
  }
}
