import Bytes
import Glibc
import JSON
import TestSupport

/// A `laked` as a process, with what its files say. It is killed with its owner.
final class Lake: Sendable {
  let data: String
  let process: Program
  private let environment: [String: String]

  static let laked = repositoryRoot + "/bin/laked"
  static let lakectl = repositoryRoot + "/bin/lakectl"

  /// Starts it without waiting.
  init(
    _ data: String, _ arguments: [String] = ["--ports", "auto"],
    environment: [String: String] = [:], wrapper: [String] = []
  ) throws {
    self.data = data
    self.environment = environment
    self.process = try Program(
      wrapper + [Self.laked, "standalone", "--data", data] + arguments, environment: environment)
  }

  struct NotReady: Error, CustomStringConvertible {
    var description: String
  }

  /// Starts it and waits for its word.
  static func ready(
    _ data: String, _ arguments: [String] = ["--ports", "auto"],
    environment: [String: String] = [:], wrapper: [String] = [],
    within limit: Duration = .seconds(30)
  ) async throws -> Lake {
    let lake = try Lake(data, arguments, environment: environment, wrapper: wrapper)
    let isReady = await eventually(within: limit) {
      lake.process.output.contains("ready\n") || lake.process.poll() != nil
    }
    guard isReady, lake.process.poll() == nil else {
      let end = lake.process.poll().map { "ended with \($0)" } ?? "is not ready"
      throw NotReady(description: "laked \(end): \(lake.process.errors)")
    }
    return lake
  }

  func file(_ name: String) throws -> JSONValue {
    guard let text = Self.text("\(self.data)/\(name)") else {
      throw NotReady(description: "there is no \(name)")
    }
    return try JSONValue(parsing: text)
  }

  var admin: String { (try? self.file("endpoints.json"))?["admin"]?.string ?? "" }
  var token: String { (try? self.file("credentials.json"))?["admin_token"]?.string ?? "" }

  /// The process that serves: not that of a wrapper.
  var pid: Int32 {
    Int32((try? self.file("endpoints.json"))?["pid"]?.int64 ?? Int64(self.process.id))
  }

  // MARK: lakectl

  struct Answer: Sendable {
    var exit: Int32
    var output: String
    var errors: String

    func json() throws -> JSONValue { try JSONValue(parsing: self.output) }
  }

  /// Runs `lakectl` with the context of this daemon.
  func ctl(
    _ arguments: String..., input: String? = nil, within limit: Duration = .seconds(60)
  ) async throws -> Answer {
    try await Self.ctl(
      arguments, environment: ["LAKE_CONFIG_DIR": "\(self.data)/lakectl"], input: input,
      within: limit)
  }

  static func ctl(
    _ arguments: [String], environment: [String: String], input: String? = nil,
    within limit: Duration = .seconds(60)
  ) async throws -> Answer {
    let program = try Program(
      [Self.lakectl] + arguments, environment: environment, input: input)
    let exit = try await program.wait(within: limit)
    return Answer(exit: exit, output: program.output, errors: program.errors)
  }

  // MARK: The end

  /// SIGTERM; the exit code.
  func stop(within limit: Duration = .seconds(20)) async throws -> Int32 {
    kill(self.pid, SIGTERM)
    return try await self.process.wait(within: limit)
  }

  func killNow() async throws {
    kill(self.pid, SIGKILL)
    _ = try await self.process.wait(within: .seconds(10))
  }

  // MARK: Files

  static func text(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&block, 1, block.count, file)
      if count == 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += block[..<count]
    }
  }

  static func write(_ text: String, to path: String) throws {
    guard let file = fopen(path, "w") else { throw NotReady(description: "cannot write \(path)") }
    fputs(text, file)
    fclose(file)
  }

  /// The mode bits of a file.
  static func mode(_ path: String) -> UInt32 {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
  }

  /// Every path below a folder with its size and time of change.
  static func listing(_ folder: String) async throws -> String {
    try await runProgram(["find", folder, "-printf", "%p %s %T@ %m\n"])
      .split(separator: "\n").sorted().joined(separator: "\n")
  }
}
