import CommandTable
import Glibc
import Values

/// The token of a context: in a file, printed by a command, or in the file of contexts itself.
enum Credential {
  static let byteCountMax = 64 << 10

  static func token(
    _ settings: Settings, within longest: Duration, _ clock: CommandClock
  ) async throws(CommandError) -> String? {
    if let path = settings.path("token-file") {
      return try self.checked(try self.file(path), from: path)
    }
    if let command = settings.text("token-command") {
      let limit = min(settings.timeout, longest)
      return try self.checked(
        try await self.output(of: command, within: limit, clock), from: "the token command")
    }
    return try settings.text("token").map { (token) throws(CommandError) in
      try self.checked(Array(token.utf8), from: "the file of contexts")
    }
  }

  /// A token is one line of printed letters: anything else would break the head of a request.
  private static func checked(_ bytes: [UInt8], from place: String) throws(CommandError) -> String {
    var text = bytes[...]
    while let last = text.last, last <= 0x20 { text.removeLast() }
    while let first = text.first, first <= 0x20 { text.removeFirst() }
    guard !text.isEmpty else { throw self.failed("there is no token in \(place)", why: nil) }
    guard text.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw self.failed(
        "what is in \(place) is no token", why: "a token is one line of printed letters")
    }
    return String(decoding: text, as: UTF8.self)
  }

  private static func failed(_ message: String, why: String?) -> CommandError {
    CommandError(.credentialFailed, message, why: why, try: ["lakectl context show"])
  }

  private static func file(_ path: String) throws(CommandError) -> [UInt8] {
    do {
      return try InputFile.read(path, byteCountMax: self.byteCountMax)
    } catch {
      throw self.failed("cannot read the token file \(path.visible)", why: error.why)
    }
  }

  private static func output(
    of command: String, within limit: Duration, _ clock: CommandClock
  ) async throws(CommandError) -> [UInt8] {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else {
      throw self.failed("cannot run the token command", why: String(cString: strerror(errno)))
    }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
    let words: [String] = ["/bin/sh", "-c", command]
    var arguments = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var id: pid_t = 0
    let code = posix_spawn(&id, "/bin/sh", &actions, nil, &arguments, environ)
    close(ends[1])
    defer { close(ends[0]) }
    guard code == 0 else {
      throw self.failed("cannot run the token command", why: String(cString: strerror(code)))
    }
    let printed = self.read(ends[0], until: clock.monotonic() + limit, clock)
    if printed == nil { kill(id, SIGKILL) }
    var status: Int32 = 0
    while waitpid(id, &status, 0) < 0, errno == EINTR {}
    guard let printed else {
      throw self.failed(
        "the token command did not end", why: "it was given \(DurationText.text(limit))")
    }
    guard status == 0 else {
      throw self.failed(
        "the token command failed",
        why: status & 0x7F == 0
          ? "it ended with status \(status >> 8)" : "signal \(status & 0x7F) ended it")
    }
    return printed
  }

  /// Everything up to the end; nil when that does not come in time.
  private static func read(
    _ descriptor: Int32, until deadline: MonotonicTime, _ clock: CommandClock
  ) -> [UInt8]? {
    var content: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 4096)
    while content.count <= self.byteCountMax {
      let count = Glibc.read(descriptor, &part, part.count)
      if count > 0 {
        content += part[..<count]
      } else if count == 0 {
        return content
      } else if errno == EAGAIN {
        let left = (deadline - clock.monotonic()).nanosecondsClamped / 1_000_000
        guard left > 0 else { return nil }
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        _ = poll(&waiting, 1, Int32(clamping: min(left, 1000)))
      } else if errno != EINTR {
        return nil
      }
    }
    return content
  }
}
