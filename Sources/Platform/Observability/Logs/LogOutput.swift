private import CSystem
private import Glibc

/// Where records go.
public enum LogOutput: Sendable, Hashable {
  /// A descriptor that somebody else owns: 2 is standard error.
  case descriptor(Int32)
  /// A file that is appended to, and opened anew on `reopen` (after a rotation).
  case file(String)
}

/// The writer thread's end of the output; only that thread touches it.
struct LogSink: ~Copyable {
  private let output: LogOutput
  private var descriptor: Int32
  /// Writes that the kernel refused.
  private(set) var failureCount = 0

  init(_ output: LogOutput) {
    self.output = output
    self.descriptor = Self.open(output)
  }

  deinit { if case .file = self.output, self.descriptor >= 0 { close(self.descriptor) } }

  private static func open(_ output: LogOutput) -> Int32 {
    switch output {
    case .descriptor(let descriptor): descriptor
    case .file(let path):
      csystem_open(path, CSYSTEM_OPEN_WRITE | CSYSTEM_OPEN_CREATE | CSYSTEM_OPEN_APPEND, 0o640)
    }
  }

  mutating func reopen() {
    guard case .file = self.output else { return }
    let fresh = Self.open(self.output)
    // A folder that is gone for a moment must not silence us: then the old file goes on.
    guard fresh >= 0 else { return }
    if self.descriptor >= 0 { close(self.descriptor) }
    self.descriptor = fresh
  }

  /// Writes all of it, waiting where the other end is slow; what cannot be written is counted and lost.
  mutating func write(_ bytes: UnsafeRawBufferPointer) {
    var rest = bytes
    while rest.count > 0 {
      let count = Glibc.write(self.descriptor, rest.baseAddress, rest.count)
      if count >= 0 {
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      } else if errno == EAGAIN {
        var wait = pollfd(fd: self.descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&wait, 1, 1000)
      } else if errno != EINTR {
        self.failureCount += 1
        return
      }
    }
  }
}
