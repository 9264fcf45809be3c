package import CommandTable
package import Dashboard
private import Glibc
private import Synchronization

/// The file of `--record`. A line that cannot be written stops the recording, not the dashboard,
/// and is told at the end.
package final class RecordingFile: Sendable {
  private struct Output: Sendable {
    var descriptor: Int32
    var byteCount = 0
    var failure: Int32 = 0
  }

  private let path: String
  private let output: Mutex<Output>

  /// Recordings end here: a gigabyte is days.
  static let byteCountMax = 1 << 30

  /// Begins a file that is not there yet.
  package init(_ path: String, head: String) throws(CommandError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw CommandError(
        .outputFailed, "cannot record to \(path.visible)", why: String(cString: strerror(errno)))
    }
    self.path = path
    self.output = Mutex(Output(descriptor: descriptor))
    self.write(head)
  }

  package func write(_ line: String) {
    self.output.withLock { output in
      guard output.failure == 0, output.descriptor >= 0 else { return }
      let bytes = Array(line.utf8)
      guard output.byteCount + bytes.count <= Self.byteCountMax else {
        output.failure = EFBIG
        return
      }
      var written = 0
      while written < bytes.count {
        let count = bytes[written...].withUnsafeBytes {
          Glibc.write(output.descriptor, $0.baseAddress, $0.count)
        }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else {
          output.failure = errno
          return
        }
        written += count
      }
      output.byteCount += written
    }
  }

  package func close() throws(CommandError) {
    let failure = self.output.withLock { output in
      if output.descriptor >= 0 { Glibc.close(output.descriptor) }
      output.descriptor = -1
      return output.failure
    }
    guard failure == 0 else {
      throw CommandError(
        .outputFailed, "the recording \(self.path.visible) is not complete",
        why: String(cString: strerror(failure)))
    }
  }

  deinit {
    let descriptor = self.output.withLock { $0.descriptor }
    if descriptor >= 0 { Glibc.close(descriptor) }
  }

  package static func read(_ path: String) throws(CommandError) -> Recording {
    guard let file = fopen(path, "re") else {
      throw CommandError(
        .badValue, "cannot play \(path.visible)", why: String(cString: strerror(errno)))
    }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&block, 1, block.count, file)
      guard count > 0 else { break }
      bytes += block[..<count]
      guard bytes.count <= Recording.byteCountMax else {
        throw CommandError(
          .overLimit, "cannot play \(path.visible)",
          why: "it has more than \(Recording.byteCountMax) bytes")
      }
    }
    return try Recording(parsing: String(decoding: bytes, as: UTF8.self))
  }
}
