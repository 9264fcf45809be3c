import CSystem
package import CommandTable
import Glibc
import Synchronization

/// The three streams of this process.
package final class StandardConsole: Console {
  private let isClosed = Mutex(false)

  package init() {}

  /// False once nobody reads standard output any more (`| head`).
  package func write(_ text: String) throws(CommandError) -> Bool {
    guard !self.isClosed.withLock({ $0 }) else { return false }
    let code = Self.write(text, to: STDOUT_FILENO)
    guard code != 0 else { return true }
    self.isClosed.withLock { $0 = true }
    guard code != EPIPE else { return false }
    throw CommandError(
      .outputFailed, "cannot write to standard output", why: String(cString: strerror(code)),
      changed: nil)
  }

  package func writeError(_ text: String) { _ = Self.write(text, to: STDERR_FILENO) }

  /// The errno that stopped it, or 0.
  private static func write(_ text: String, to descriptor: Int32) -> Int32 {
    var text = text
    return text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)[...]
      while !rest.isEmpty {
        let chunk = UnsafeRawBufferPointer(rebasing: rest)
        let count = Glibc.write(descriptor, chunk.baseAddress, chunk.count)
        if count < 0 {
          if errno == EINTR { continue }
          if errno == EAGAIN {
            var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            _ = poll(&waiting, 1, 1000)
            continue
          }
          return errno
        }
        rest = rest.dropFirst(count)
      }
      return 0
    }
  }

  package func ask(_ prompt: String) -> String? {
    self.writeError(prompt)
    guard let line = readLine(strippingNewline: true) else {
      self.writeError("\n")
      return nil
    }
    return line
  }

  package func askSecret(_ prompt: String) -> String? {
    self.writeError(prompt)
    guard csystem_terminal_echo(STDIN_FILENO, 0) == 0 else { return nil }
    defer {
      _ = csystem_terminal_echo(STDIN_FILENO, 1)
      self.writeError("\n")
    }
    // Without signals Ctrl-C is a letter: it must not leave a terminal that shows nothing.
    guard let line = readLine(strippingNewline: true), !line.utf8.contains(3) else { return nil }
    return line
  }

  package func setLastWords(_ text: String?) {
    let bytes = Array((text ?? "").utf8)
    bytes.withUnsafeBytes { csystem_last_words($0.baseAddress, $0.count) }
  }

  package func readInput(byteCountMax: Int) throws(CommandError) -> [UInt8] {
    var content: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = read(STDIN_FILENO, &part, part.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return content }
      content += part[..<count]
      guard content.count <= byteCountMax else {
        throw CommandError(
          .overLimit, "standard input has more than \(byteCountMax) bytes",
          why: "that is the most this command takes")
      }
    }
  }

  /// Gives the text to the pager and waits until it is left.
  package func page(_ text: String, through pager: [String]) -> Bool {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { return false }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO)
    var arguments = pager.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var id: pid_t = 0
    let code = posix_spawnp(&id, pager[0], &actions, nil, &arguments, environ)
    close(ends[0])
    guard code == 0 else {
      close(ends[1])
      return false
    }
    _ = Self.write(text, to: ends[1])
    close(ends[1])
    var status: Int32 = 0
    while waitpid(id, &status, 0) < 0, errno == EINTR {}
    return true
  }
}
