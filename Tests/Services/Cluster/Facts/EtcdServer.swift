import Cluster
import ClusterTesting
import Glibc
import Runtime
import TestSupport
import Values

/// An etcd of the test's own: free loopback ports, a folder that goes with it, stopped by its own process.
final class EtcdServer: Sendable {
  let clientPort: UInt16
  private let peerPort: UInt16
  private let arguments: [String]
  private let directory = TemporaryDirectory("etcd")
  private let program: Guarded<Program?>

  var endpoint: EtcdOptions.Endpoint { .init(.ip("127.0.0.1", port: self.clientPort)) }

  /// Starts it; it answers a moment later.
  init(_ arguments: [String] = [], scheme: String = "http") throws {
    (self.clientPort, self.peerPort) = freePorts()
    let client = "\(scheme)://127.0.0.1:\(self.clientPort)"
    let peer = "http://127.0.0.1:\(self.peerPort)"
    self.arguments =
      [
        "etcd", "--name", "n", "--data-dir", self.directory.file("data"), "--listen-client-urls",
        client, "--advertise-client-urls", client, "--listen-peer-urls", peer,
        "--initial-advertise-peer-urls", peer, "--initial-cluster", "n=\(peer)",
        // Its syncs are not what is tested here.
        "--unsafe-no-fsync", "--heartbeat-interval", "50", "--election-timeout", "500", "--logger",
        "zap", "--log-level", "error",
      ] + arguments
    self.program = Guarded(nil)
    try self.start()
  }

  func start() throws {
    let program = try Program(self.arguments)
    self.program.withLock { $0 = program }
  }

  /// Kills the process; what it was told is on disk.
  func kill() async throws {
    guard let program = self.program.withLock({ $0 }) else { return }
    program.signal(SIGKILL)
    _ = try await program.wait()
    self.program.withLock { $0 = nil }
  }

  /// Holds it still, and lets it go on.
  func freeze() { self.program.withLock { $0?.signal(SIGSTOP) } }
  func thaw() { self.program.withLock { $0?.signal(SIGCONT) } }

  func facts(
    _ group: EventLoopGroup, _ change: (inout EtcdOptions) -> Void = { _ in }
  ) -> EtcdFacts {
    EtcdFacts(group, EtcdOptions([self.endpoint], change))
  }
}

/// Runs `body` with an etcd of its own, few at a time: each takes a while to elect itself.
func withEtcd<T: Sendable>(
  _ arguments: [String] = [], scheme: String = "http",
  _ body: @escaping @Sendable (EtcdServer) async throws -> T
) async throws -> T {
  await etcdTurns.take()
  defer { etcdTurns.giveBack() }
  let server = try EtcdServer(arguments, scheme: scheme)
  let result: Result<T, any Error>
  do {
    result = .success(try await body(server))
  } catch {
    result = .failure(error)
  }
  try await server.kill()
  return try result.get()
}

private let etcdTurns = Turns(3)

/// Lets a number of tasks through at a time.
final class Turns: Sendable {
  private let left: Guarded<Int>

  init(_ count: Int) { self.left = Guarded(count) }

  func take() async {
    _ = await eventually(within: .seconds(300)) {
      self.left.withLock { left in
        guard left > 0 else { return false }
        left -= 1
        return true
      }
    }
  }

  func giveBack() { self.left.withLock { $0 += 1 } }
}

func withEtcdFacts(
  _ body: @escaping @Sendable (FactsUnderTest) async throws -> Void
) async throws {
  try await withEtcd { server in
    try await withLoops { group in
      let facts = server.facts(group) { $0.patience = .seconds(20) }
      let subject = FactsUnderTest(
        facts: facts,
        pass: { try await EventLoop.current?.sleep(for: $0) },
        forget: {
          let revision = try await facts.put("~fill", [])
          try await facts.compact(through: revision)
        })
      try await body(subject)
      facts.close()
    }
  }
}

/// Two ports that were free a moment ago.
func freePorts() -> (UInt16, UInt16) {
  let sockets = (0..<2).map { _ -> (Int32, UInt16) in
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let code = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) | getsockname(descriptor, $0, &length)
      }
    }
    precondition(code == 0, "no free port: errno \(errno)")
    return (descriptor, UInt16(bigEndian: address.sin_port))
  }
  for (descriptor, _) in sockets { close(descriptor) }
  return (sockets[0].1, sockets[1].1)
}
