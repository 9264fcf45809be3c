import Glibc
import JSON
import TestSupport
import Testing

/// An etcd of the test's own.
final class Etcd: Sendable {
  let folder = TemporaryDirectory("etcd")
  let client: Int
  let peer: Int
  let process: Program

  init(_ existing: Etcd? = nil) throws {
    self.client = existing?.client ?? Self.freePort()
    self.peer = existing?.peer ?? Self.freePort()
    let data = (existing?.data) ?? self.folder.file("data")
    self.data = data
    self.process = try Program([
      "etcd", "--data-dir", data, "--listen-client-urls", "http://127.0.0.1:\(self.client)",
      "--advertise-client-urls", "http://127.0.0.1:\(self.client)", "--listen-peer-urls",
      "http://127.0.0.1:\(self.peer)", "--initial-advertise-peer-urls",
      "http://127.0.0.1:\(self.peer)", "--initial-cluster", "default=http://127.0.0.1:\(self.peer)",
    ])
  }

  /// One that is up, and the key that all nodes of a cluster share in `master.key` of the folder.
  static func ready(masterKeyIn folder: TemporaryDirectory) async throws -> Etcd {
    try Lake.write(
      "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n",
      to: folder.file("master.key"))
    chmod(folder.file("master.key"), 0o600)
    let etcd = try Etcd()
    try #require(await etcd.waitUntilUp(), "\(etcd.process.errors.suffix(400))")
    return etcd
  }

  let data: String
  var endpoint: String { "http://127.0.0.1:\(self.client)" }

  func waitUntilUp() async -> Bool {
    await eventually(within: .seconds(20)) {
      (try? await runProgram(["curl", "-sf", "\(self.endpoint)/health"]).contains("true")) == true
    }
  }

  /// One that the kernel gives nobody who asks for any: it stays free while its owner is restarted.
  static func freePort() -> Int {
    while true {
      let port = Int.random(in: 20_000..<32_000)
      // Programs that other tests start meanwhile must not hold it open.
      let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
      let socket = Glibc.socket(AF_INET, kind, 0)
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
  }
}

@Suite("Two daemons on one etcd", .serialized)
struct EtcdTests {
  private static func start(
    _ name: String, _ folder: TemporaryDirectory, _ etcd: Etcd
  ) async throws -> Lake {
    try await Lake.ready(
      folder.file(name),
      [
        "--ports", "auto", "--node-name", name, "--facts-store", "etcd", "--facts-endpoints",
        etcd.endpoint, "--security-master-key-file", folder.file("master.key"),
      ])
  }

  private static func leader(_ lake: Lake) async throws -> String? {
    let answer = try await lake.ctl("cluster", "show", "-o", "json")
    try #require(answer.exit == 0, "\(answer.errors)")
    return try answer.json()["item"]?["leader"]?.string
  }

  @Test("one leads, the other takes over, and what one made the other knows")
  func takeOver() async throws {
    let folder = TemporaryDirectory("system")
    let etcd = try await Etcd.ready(masterKeyIn: folder)
    let one = try await Self.start("n1", folder, etcd)
    let two = try await Self.start("n2", folder, etcd)
    #expect(try one.file("FORMAT")["cluster_id"] == two.file("FORMAT")["cluster_id"])

    // The second has no credentials of its own: there is one root user. The first one's serve.
    func ctl(_ lake: Lake, _ words: String...) async throws -> Lake.Answer {
      try await Lake.ctl(
        words + ["-e", lake.admin],
        environment: [
          "LAKE_TOKEN_FILE": "\(one.data)/lakectl/token", "LAKE_CONFIG_DIR": folder.file("none"),
        ])
    }
    #expect(try await ctl(two, "user", "create", "ann").exit == 0)
    #expect(try await ctl(one, "user", "show", "ann").exit == 0)
    let nodes = try await ctl(two, "node", "list", "-o", "json")
    #expect(try nodes.json()["items"]?.array?.count == 2, "\(nodes.errors)")
    let services = try await ctl(two, "service", "list", "-o", "json")
    let names = try #require(try services.json()["items"]?.array).compactMap {
      $0["service"]?.string
    }
    #expect(names.filter { $0 == "admin" }.count == 2, "\(services.output)")
    // A key sealed by one is used by the other: its secret opens with the shared ring.
    let key = try await ctl(one, "key", "create", "--user", "ann", "--show-secret", "-o", "json")
    let id = try #require(try key.json()["item"]?["key_id"]?.string, "\(key.errors)")
    let secret = try #require(try key.json()["item"]?["secret"]?.string)
    // The other one hears of it a moment later.
    let isKnown = await eventually(within: .seconds(10)) {
      let login = try? await runProgram([
        "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-u", "\(id):\(secret)",
        "\(two.admin)/admin/v1/whoami",
      ])
      return login == "200"
    }
    #expect(isKnown)

    let first = try #require(try await Self.leader(one))
    let (leading, other) = first == "n1" ? (one, two) : (two, one)
    let job = try await ctl(leading, "key", "data", "rotate", "-o", "json")
    let jobID = try #require(try job.json()["item"]?["job_id"]?.string, "\(job.errors)")
    try await leading.killNow()
    let clock = ContinuousClock()
    let start = clock.now
    let isTaken = await eventually(within: .seconds(30)) {
      let answer = try? await ctl(other, "cluster", "show", "-o", "json")
      let leader = (try? answer?.json())?["item"]?["leader"]?.string
      return leader != nil && leader != first
    }
    #expect(isTaken)
    #expect(clock.now - start < .seconds(15), "took \(clock.now - start)")
    let done = try await ctl(other, "job", "wait", jobID, "--timeout", "1m", "-o", "json")
    #expect(done.exit == 0, "\(done.output) \(done.errors)")
    let versions = try await ctl(other, "key", "data", "list", "-o", "json")
    // The key of Link is not among those that the job makes anew.
    for item in try #require(try versions.json()["items"]?.array)
    where item["purpose"]?.string != "link" {
      #expect(item["version"]?.string == "2", "done twice: \(item)")
    }
    let list = try await ctl(other, "node", "list", "-o", "json")
    let states = try #require(try list.json()["items"]?.array).compactMap { $0["state"]?.string }
    #expect(states.sorted() == ["down", "up"])
    #expect(try await other.stop() == 0)
  }

  @Test("etcd goes away and comes back: nothing is lost, nothing is restarted")
  func outage() async throws {
    let folder = TemporaryDirectory("system")
    let etcd = try await Etcd.ready(masterKeyIn: folder)
    let lake = try await Self.start("n1", folder, etcd)
    #expect(try await lake.ctl("user", "create", "before").exit == 0)
    etcd.process.signal(SIGKILL)
    _ = try await etcd.process.wait()
    // Longer than any lease.
    let seconds = Int(String(cString: getenv("LAKE_OUTAGE_SECONDS") ?? strdup("15"))) ?? 15
    let refused = try await lake.ctl("user", "create", "during", "--timeout", "4s")
    #expect(refused.exit == 6, "\(refused.errors)")
    #expect(try await lake.ctl("whoami").exit == 0, "what is known is answered meanwhile")
    try await ContinuousClock().sleep(for: .seconds(seconds))
    #expect(lake.process.poll() == nil, "\(lake.process.errors.suffix(600))")
    let again = try Etcd(etcd)
    try #require(await again.waitUntilUp())
    let isBack = await eventually(within: .seconds(30)) {
      (try? await lake.ctl("user", "create", "after", "--if-not-exists").exit) == 0
    }
    #expect(isBack, "\(lake.process.errors.suffix(600))")
    #expect(try await lake.ctl("user", "show", "before").exit == 0)
    let leads = await eventually(within: .seconds(20)) {
      (try? await Self.leader(lake)) == "n1"
    }
    #expect(leads)
    #expect(try await lake.stop() == 0)
  }
}
