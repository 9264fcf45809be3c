private import CSystem
private import Glibc

/// A PostgreSQL 15 of the test's own, in a folder of its own, on a free port of the loopback.
///
/// The server refuses to run as root, so that it runs as the account `postgres`, which its package makes.
package final class PostgresServer: @unchecked Sendable {
  // Sendable: `program` is changed by the one test that stops and starts it.
  package let port: Int
  private let folder: String
  private var program: Program?

  private static let programs = "/usr/lib/postgresql/15/bin"

  package init() async throws {
    self.port = try freePort()
    var template = Array("/tmp/lake-postgres-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw Program.Failure(description: "cannot make a folder for PostgreSQL")
    }
    self.folder = String(
      decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    if getuid() == 0 { try await runProgram(["chown", "postgres", self.folder]) }
    try await runProgram(
      Self.asOwner([
        "\(Self.programs)/initdb", "-D", "\(self.folder)/data", "-U", "lake", "-A", "trust", "-E",
        "UTF8", "--locale=C", "--no-sync",
      ]))
    try await self.start()
  }

  deinit {
    // Its keeper ends the server and removes the folder.
    if let program = self.program { Self.end(program) }
  }

  /// A command that runs another as the owner, until that ends or this process does.
  ///
  /// - Parameters:
  ///   - signal: what ends it at once, in good order.
  ///   - folder: removed when this process is gone.
  private static func kept(
    _ arguments: [String], endedBy signal: String, removing folder: String = ""
  ) -> [String] {
    // Files that this process has inherited, locks among them, are not for a server.
    let script = """
      exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
      "$@" & child=$!
      over=0; trap 'over=1' TERM
      while [ $over = 0 ] && [ -d /proc/\(getpid()) ] && kill -0 $child 2>/dev/null
      do sleep 0.1; done
      [ $over = 1 ] || [ ! -d /proc/\(getpid()) ] || exit 0
      kill -\(signal) $child; wait $child
      \(folder.isEmpty ? "" : "rm -rf \(folder)")
      """
    return Self.asOwner(["sh", "-c", script, "sh"] + arguments)
  }

  private static func asOwner(_ arguments: [String]) -> [String] {
    getuid() == 0
      ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] + arguments
      : arguments
  }

  package func start() async throws {
    let program = try Program(
      Self.kept(
        [
          "\(Self.programs)/postgres", "-D", "\(self.folder)/data", "-p", "\(self.port)", "-c",
          "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=\(self.folder)", "-c",
          "max_connections=100", "-c", "logging_collector=off",
          // What a crashed server has written is with the kernel.
          "-c", "fsync=off",
        ], endedBy: "INT", removing: self.folder))
    self.program = program
    let isUp = await eventually(within: .seconds(30)) {
      let check = try? await runProgram([
        "\(Self.programs)/pg_isready", "-h", "127.0.0.1", "-p", "\(self.port)",
      ])
      return check != nil
    }
    guard isUp else { throw Program.Failure(description: "PostgreSQL: \(program.errors)") }
  }

  /// Ends it at once, as a crash would.
  package func crash() async throws {
    guard let program else { return }
    try await runProgram(
      Self.asOwner([
        "\(Self.programs)/pg_ctl", "stop", "-D", "\(self.folder)/data", "-m", "immediate", "-w",
      ]))
    _ = try await program.wait(within: .seconds(20))
    self.program = nil
  }

  /// What the server's processes have written.
  package var log: String { self.program?.errors ?? "" }

  /// Makes an empty database and gives its address.
  package func makeDatabase(_ name: String) async throws -> String {
    try await self.run("CREATE DATABASE \(name)", in: "postgres")
    return self.address(of: name)
  }

  package func address(of database: String, port: Int? = nil) -> String {
    "postgresql://lake@127.0.0.1:\(port ?? self.port)/\(database)"
  }

  @discardableResult
  package func run(_ text: String, in database: String) async throws -> String {
    try await runProgram([
      "\(Self.programs)/psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p",
      "\(self.port)", "-U", "lake", "-d", database, "-c", text,
    ])
  }

  /// A pgbouncer in transaction mode before it, for as long as it is held.
  package final class Pooler: Sendable {
    package let port: Int
    private let program: Program

    fileprivate init(_ program: Program, port: Int) {
      self.program = program
      self.port = port
    }

    deinit { PostgresServer.end(self.program) }
  }

  /// Lets the keeper of a server end it.
  private static func end(_ program: Program) {
    program.signal(SIGTERM)
    for _ in 0..<1000 where program.poll() == nil { usleep(10_000) }
  }

  package func startPooler() async throws -> Pooler {
    let port = try freePort()
    let file = "\(self.folder)/pgbouncer.ini"
    let text = """
      [databases]
      * = host=127.0.0.1 port=\(self.port) user=lake
      [pgbouncer]
      listen_addr = 127.0.0.1
      listen_port = \(port)
      auth_type = any
      pool_mode = transaction
      default_pool_size = 4
      max_client_conn = 100
      unix_socket_dir =
      """
    try text.write(toPath: file)
    let program = try Program(
      Self.kept(["/usr/sbin/pgbouncer", "-q", file], endedBy: "TERM"))
    let isUp = await eventually(within: .seconds(20)) {
      let check = try? await runProgram([
        "\(Self.programs)/pg_isready", "-h", "127.0.0.1", "-p", "\(port)",
      ])
      return check != nil
    }
    guard isUp else { throw Program.Failure(description: "pgbouncer: \(program.errors)") }
    return Pooler(program, port: port)
  }
}

extension String {
  fileprivate func write(toPath path: String) throws {
    guard let file = fopen(path, "w") else {
      throw Program.Failure(description: "cannot write \(path)")
    }
    fputs(self, file)
    fclose(file)
    chmod(path, 0o644)
  }
}

/// A port of the loopback that is free and that the kernel gives nobody who asks for any.
package func freePort() throws -> Int {
  for _ in 0..<1000 {
    let port = Int.random(in: 20_000..<32_000)
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    defer { close(socket) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let code = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    if code == 0 { return port }
  }
  throw Program.Failure(description: "no port is free")
}
