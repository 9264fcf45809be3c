import CommandTable
import Glibc

/// A file that bytes are read from, or written to, at any place and by several tasks.
final class LocalFile: Sendable {
  let path: String
  private let descriptor: Int32

  private init(_ path: String, _ descriptor: Int32) {
    self.path = path
    self.descriptor = descriptor
  }

  deinit { close(self.descriptor) }

  static func reading(_ path: String) throws(CommandError) -> LocalFile {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.unreadable(path, errno) }
    return LocalFile(path, descriptor)
  }

  /// Made when it is not there; kept when it is.
  static func writing(_ path: String) throws(CommandError) -> LocalFile {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw Self.unwritten(path, errno) }
    return LocalFile(path, descriptor)
  }

  /// Nil for what has no size: a pipe.
  var size: Int64? {
    var facts = stat()
    guard fstat(self.descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int64(facts.st_size)
  }

  /// Nanoseconds since 1970.
  var modified: Int64 {
    var facts = stat()
    guard fstat(self.descriptor, &facts) == 0 else { return 0 }
    return Int64(facts.st_mtim.tv_sec) * 1_000_000_000 + Int64(facts.st_mtim.tv_nsec)
  }

  /// As many bytes as there are, at most `count`.
  func read(at offset: Int64, count: Int) throws(CommandError) -> [UInt8] {
    var failure: Int32 = 0
    let descriptor = self.descriptor
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let rest = UnsafeMutableRawBufferPointer(buffer)[filled...]
        let target = UnsafeMutableRawBufferPointer(rebasing: rest)
        let done = pread(descriptor, target.baseAddress, target.count, off_t(offset) + filled)
        if done < 0, errno == EINTR { continue }
        guard done >= 0 else {
          failure = errno
          return
        }
        guard done > 0 else { return }
        filled += done
      }
    }
    guard failure == 0 else { throw Self.unreadable(self.path, failure) }
    return bytes
  }

  func write(_ bytes: [UInt8], at offset: Int64) throws(CommandError) {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        pwrite(
          self.descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done,
          off_t(offset) + done)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw Self.unwritten(self.path, errno) }
      done += count
    }
  }

  func resize(_ size: Int64) throws(CommandError) {
    guard ftruncate(self.descriptor, off_t(size)) == 0 else {
      throw Self.unwritten(self.path, errno)
    }
  }

  func sync() throws(CommandError) {
    guard fsync(self.descriptor) == 0 || errno == EINVAL else {
      throw Self.unwritten(self.path, errno)
    }
  }

  /// The file has its name when it is whole.
  static func rename(_ old: String, to new: String) throws(CommandError) {
    guard Glibc.rename(old, new) == 0 else { throw Self.unwritten(new, errno) }
  }

  static func isDirectory(_ path: String) -> Bool {
    var facts = stat()
    return stat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFDIR
  }

  static func remove(_ path: String) { unlink(path) }

  private static func unreadable(_ path: String, _ code: Int32) -> CommandError {
    CommandError(
      .unreadableInput, "cannot read \(path.visible)", why: String(cString: strerror(code)))
  }

  private static func unwritten(_ path: String, _ code: Int32) -> CommandError {
    CommandError(
      .fileNotWritten, "cannot write \(path.visible)", why: String(cString: strerror(code)),
      changed: nil)
  }
}

/// Standard input and output as bytes.
enum ByteStreams {
  /// As many bytes as come, at most `count`; fewer only at the end.
  static func read(count: Int) throws(CommandError) -> [UInt8] {
    var failure: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let whole = UnsafeMutableRawBufferPointer(buffer)
        let rest = UnsafeMutableRawBufferPointer(rebasing: whole[filled...])
        let done = Glibc.read(STDIN_FILENO, rest.baseAddress, rest.count)
        if done < 0, errno == EINTR { continue }
        guard done >= 0 else {
          failure = errno
          return
        }
        guard done > 0 else { return }
        filled += done
      }
    }
    guard failure == 0 else {
      throw CommandError(
        .unreadableInput, "cannot read standard input", why: String(cString: strerror(failure)))
    }
    return bytes
  }

  /// False when nobody reads any more.
  static func write(_ bytes: [UInt8]) throws(CommandError) -> Bool {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        Glibc.write(STDOUT_FILENO, buffer.baseAddress?.advanced(by: done), buffer.count - done)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        if errno == EPIPE { return false }
        throw CommandError(
          .outputFailed, "cannot write to standard output", why: String(cString: strerror(errno)))
      }
      done += count
    }
    return true
  }
}
