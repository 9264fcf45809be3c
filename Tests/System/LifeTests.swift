import Bytes
import Glibc
import JSON
import TestSupport
import Testing

@Suite("Life of laked", .serialized)
struct LifeTests {
  @Test("it says where it is, with which credentials, and ends when it is told to")
  func life() async throws {
    let folder = TemporaryDirectory("system")
    let clock = ContinuousClock()
    let start = clock.now
    let lake = try await Lake.ready(folder.file("data"))
    // Half a second where nothing else runs; a machine that runs all these tests at once took eleven.
    #expect(clock.now - start < .seconds(25))
    let endpoints = try lake.file("endpoints.json")
    #expect(endpoints["admin"]?.string?.hasPrefix("http://127.0.0.1:") == true)
    #expect(endpoints["pid"]?.int64 == Int64(lake.process.id))
    #expect(endpoints["region"]?.string == "us-east-1")
    #expect(endpoints["warehouse"]?.string == "lake")
    let credentials = try lake.file("credentials.json")
    for name in ["access_key_id", "secret_access_key", "user", "password", "admin_token"] {
      #expect(credentials[name]?.string?.isEmpty == false, "\(name)")
    }
    #expect(Lake.mode(folder.file("data/credentials.json")) == 0o600)
    #expect(Lake.mode(folder.file("data/lakectl/token")) == 0o600)
    #expect(Lake.mode(folder.file("data/keys/master.key")) == 0o600)
    #expect(Lake.mode(folder.file("data")) == 0o700)
    let status = try await lake.ctl("status", "--check")
    #expect(status.exit == 0, "\(status.errors)")
    for secret in ["secret_access_key", "password", "admin_token"] {
      #expect(
        !lake.process.errors.contains(credentials[secret]?.string ?? "-"), "\(secret) is logged")
    }
    let end = clock.now
    #expect(try await lake.stop() == 0)
    #expect(clock.now - end < .seconds(25))
    #expect(Lake.text(folder.file("data/endpoints.json")) == nil, "nothing listens any more")
  }

  @Test("a second daemon on the same folder is refused, and the first does not notice")
  func second() async throws {
    let folder = TemporaryDirectory("system")
    let lake = try await Lake.ready(folder.file("data"))
    let other = try Lake(folder.file("data"))
    #expect(try await other.process.wait(within: .seconds(20)) == 1)
    #expect(other.process.errors.contains("another laked is running on"))
    #expect(try await lake.ctl("status", "--check").exit == 0)
    #expect(try await lake.stop() == 0)
  }

  @Test("a folder of another cluster, a newer format or something else is left as it is")
  func foreign() async throws {
    let folder = TemporaryDirectory("system")
    let data = folder.file("data")
    let lake = try await Lake.ready(data)
    #expect(try await lake.stop() == 0)
    let format = try #require(Lake.text("\(data)/facts/FORMAT"))
    let cases: [(text: String, message: String)] = [
      (format.replacing("\"version\":1", with: "\"version\":99"), "has format 99"),
      (
        #"{"product":"lakeworks","part":"facts","version":1,"cluster_id":"01J9FZ3V8K6Q2T4W5X7Y9ZABCD"}"#,
        "is of cluster 01J9FZ3V8K6Q2T4W5X7Y9ZABCD"
      ),
      ("{", "cannot be understood"),
    ]
    for (text, message) in cases {
      try Lake.write(text, to: "\(data)/facts/FORMAT")
      let before = try await Lake.listing(data)
      let refused = try Lake(data)
      #expect(try await refused.process.wait(within: .seconds(20)) == 1)
      #expect(refused.process.errors.contains(message), "\(refused.process.errors)")
      #expect(try await Lake.listing(data) == before, "something was written")
    }
    try Lake.write(format, to: "\(data)/facts/FORMAT")
    let again = try await Lake.ready(data)
    #expect(try await again.stop() == 0)

    let other = TemporaryDirectory("system")
    try Lake.write("mine", to: other.file("notes.txt"))
    let refused = try Lake(other.path)
    #expect(try await refused.process.wait(within: .seconds(20)) == 1)
    #expect(refused.process.errors.contains("is no data directory of lakeworks"))
  }

  @Test("a port that was given and is taken is an error; a default one moves on")
  func ports() async throws {
    let folder = TemporaryDirectory("system")
    let first = try await Lake.ready(folder.file("a"))
    let port = try #require(first.admin.split(separator: ":").last)
    let taken = try Lake(folder.file("b"), ["--admin-port", String(port)])
    #expect(try await taken.process.wait(within: .seconds(20)) == 1)
    #expect(taken.process.errors.contains("process \(first.process.id)"), "\(taken.process.errors)")
    // Two that were given nothing: at least one of them cannot have 7300.
    let third = try await Lake.ready(folder.file("c"), [])
    let fourth = try await Lake.ready(folder.file("d"), [])
    #expect(third.admin != fourth.admin)
    for lake in [first, third, fourth] { #expect(try await lake.stop() == 0) }
  }

  @Test("root credentials come from the environment, also later")
  func environment() async throws {
    let folder = TemporaryDirectory("system")
    let data = folder.file("data")
    var given = [
      "LAKE_ROOT_ACCESS_KEY": "TESTACCESSKEY0000001",
      "LAKE_ROOT_SECRET_KEY": "secret-one-of-forty-characters-000000001",
      "LAKE_ROOT_PASSWORD": "a password of the test",
    ]
    let first = try await Lake.ready(data, environment: given)
    #expect(try first.file("credentials.json")["password"]?.string == given["LAKE_ROOT_PASSWORD"])
    #expect(try first.file("credentials.json")["access_key_id"]?.string == "TESTACCESSKEY0000001")
    #expect(try await first.stop() == 0)
    given["LAKE_ROOT_PASSWORD"] = "another password of it"
    let second = try await Lake.ready(data, environment: given)
    #expect(try second.file("credentials.json")["password"]?.string == "another password of it")
    let login = try await runProgram([
      "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-u", "lake:another password of it",
      "\(second.admin)/admin/v1/whoami",
    ])
    #expect(login == "200")
    let old = try await runProgram([
      "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-u", "lake:a password of the test",
      "\(second.admin)/admin/v1/whoami",
    ])
    #expect(old == "401")
    #expect(try await second.stop() == 0)
  }

  @Test("without authentication it listens on loopback or not at all")
  func open() async throws {
    let folder = TemporaryDirectory("system")
    let refused = try Lake(
      folder.file("a"), ["--ports", "auto", "--auth", "none", "--admin-host", "0.0.0.0"])
    #expect(try await refused.process.wait(within: .seconds(20)) == 1)
    #expect(refused.process.errors.contains("without authentication"))
    let lake = try await Lake.ready(folder.file("b"), ["--ports", "auto", "--auth", "none"])
    #expect(lake.process.errors.contains("authentication is off"))
    #expect(
      try await runProgram(["curl", "-s", "\(lake.admin)/admin/v1/whoami"]).contains("anybody"))
    #expect(try await lake.stop() == 0)
  }

  @Test("idle, it takes little memory and hardly any time")
  func idle() async throws {
    let folder = TemporaryDirectory("system")
    let lake = try await Lake.ready(folder.file("data"))
    func ticks() -> Int {
      let stat = Lake.text("/proc/\(lake.process.id)/stat") ?? ""
      let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
      return fields.count > 13 ? (Int(fields[11]) ?? 0) + (Int(fields[12]) ?? 0) : 0
    }
    // A tick is 10 ms: 1 % of five seconds are five of them. What a start leaves to do may reach into
    // the first five seconds, and so may a slower turn of a machine that others use.
    let clock = ContinuousClock()
    var windows: [Int] = []
    while windows.count < 4, windows.last.map({ $0 > 8 }) ?? true {
      try await clock.sleep(for: .seconds(2))
      let before = ticks()
      try await clock.sleep(for: .seconds(5))
      windows.append(ticks() - before)
    }
    #expect(windows.last ?? .max <= 8, "ticks of 10 ms in five seconds: \(windows)")
    let status = Lake.text("/proc/\(lake.process.id)/status") ?? ""
    let resident =
      status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }?
      .split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? .max
    #expect(resident < 100 << 10, "\(resident) KiB")
    #expect(try await lake.stop() == 0)
  }

  @Test("a bad configuration is refused by its line, and a reload keeps the old one")
  func configuration() async throws {
    let folder = TemporaryDirectory("system")
    let file = folder.file("lake.yaml")
    try Lake.write("log:\n  levle: debug\n", to: file)
    let check = try Program([Lake.laked, "config", "check", file])
    #expect(try await check.wait() == 8)
    #expect(check.output.contains("lake.yaml:2:3"), "\(check.output)")
    #expect(check.output.contains("level"))
    try Lake.write("log:\n  level: info\n", to: file)
    let lake = try await Lake.ready(folder.file("data"), ["--ports", "auto", "--config", file])
    try Lake.write("log:\n  level: loud\n", to: file)
    let refused = try await lake.ctl("service", "reload", "admin")
    #expect(refused.exit == 2, "\(refused.output) \(refused.errors)")
    try Lake.write("log:\n  level: debug\n", to: file)
    let done = try await lake.ctl("service", "reload", "admin", "-o", "json")
    #expect(done.exit == 0, "\(done.errors)")
    #expect(done.output.contains("log.level"))
    #expect(try await lake.stop() == 0)
  }
}
