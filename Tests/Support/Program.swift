private import CSystem
private import Glibc

/// A program run beside the test: output caught in files, stopped by its own process id.
package final class Program: @unchecked Sendable {
  // Sendable: used by one test at a time; the kernel orders the rest.
  package let id: Int32
  private let directory = TemporaryDirectory("program")
  private var status: Int32?

  package struct Failure: Error, CustomStringConvertible {
    package var description: String
  }

  /// Starts `arguments[0]`, looked up in PATH.
  package init(_ arguments: [String], environment: [String: String] = [:], input: String? = nil)
    throws
  {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    let source: String
    if let input {
      source = self.directory.file("input")
      try Self.write(input, to: source)
    } else {
      source = "/dev/null"
    }
    posix_spawn_file_actions_addopen(&actions, 0, source, O_RDONLY, 0)
    posix_spawn_file_actions_addopen(
      &actions, 1, self.directory.file("output"), O_WRONLY | O_CREAT, 0o600)
    posix_spawn_file_actions_addopen(
      &actions, 2, self.directory.file("errors"), O_WRONLY | O_CREAT, 0o600)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    var variables = Self.variables()
    for (name, value) in environment { variables[name] = value }
    var argv = arguments.map { strdup($0) } + [nil]
    var envp = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer {
      for pointer in argv { free(pointer) }
      for pointer in envp { free(pointer) }
    }
    var id: pid_t = 0
    let code = posix_spawnp(&id, arguments[0], &actions, &attributes, &argv, &envp)
    guard code == 0 else {
      throw Failure(description: "cannot start \(arguments[0]): \(String(cString: strerror(code)))")
    }
    self.id = id
  }

  deinit {
    if self.status == nil {
      kill(self.id, SIGKILL)
      waitpid(self.id, nil, 0)
    }
  }

  package var output: String { Self.read(self.directory.file("output")) }
  package var errors: String { Self.read(self.directory.file("errors")) }

  /// The exit status, or nil while it runs; a signal counts as 128 + its number.
  package func poll() -> Int32? {
    if let status = self.status { return status }
    var raw: Int32 = 0
    guard waitpid(self.id, &raw, WNOHANG) == self.id else { return nil }
    let signal = raw & 0x7F
    self.status = signal == 0 ? (raw >> 8) & 0xFF : 128 + signal
    return self.status
  }

  package func signal(_ number: Int32) { kill(self.id, number) }

  /// Waits for the end; kills the program when it takes longer than `limit`.
  package func wait(within limit: Duration = .seconds(60)) async throws -> Int32 {
    if await eventually(within: limit, { self.poll() != nil }), let status = self.status {
      return status
    }
    kill(self.id, SIGKILL)
    throw Failure(description: "process \(self.id) did not end within \(limit): \(self.errors)")
  }

  private static func variables() -> [String: String] {
    var variables: [String: String] = [:]
    var entry = environ
    while let text = entry.pointee {
      let line = String(cString: text)
      if let sign = line.firstIndex(of: "=") {
        variables[String(line[..<sign])] = String(line[line.index(after: sign)...])
      }
      entry += 1
    }
    return variables
  }

  private static func write(_ text: String, to path: String) throws {
    guard let file = fopen(path, "w") else { throw Failure(description: "cannot write \(path)") }
    fputs(text, file)
    fclose(file)
  }

  private static func read(_ path: String) -> String {
    guard let file = fopen(path, "r") else { return "" }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&block, 1, block.count, file)
      if count == 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += block[..<count]
    }
  }
}

/// Runs a program to its end and returns what it printed; throws when it fails.
@discardableResult
package func runProgram(
  _ arguments: [String], environment: [String: String] = [:], input: String? = nil,
  within limit: Duration = .seconds(120)
) async throws -> String {
  let program = try Program(arguments, environment: environment, input: input)
  let status = try await program.wait(within: limit)
  guard status == 0 else {
    throw Program.Failure(
      description: "\(arguments.joined(separator: " ")) ended with \(status): \(program.errors)")
  }
  return program.output
}

/// The root of the checkout, found from this very file.
package let repositoryRoot: String = {
  let parts = #filePath.split(separator: "/").dropLast(3)
  return "/" + parts.joined(separator: "/")
}()

/// The Python of the checkout's virtual environment, where `make setup` has put the clients.
package let pythonPath = repositoryRoot + "/.venv/bin/python"
