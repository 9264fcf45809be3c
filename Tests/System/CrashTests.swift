import Glibc
import JSON
import TestSupport
import Testing

@Suite("Crashes of laked", .serialized)
struct CrashTests {
  @Test("what was acknowledged is there after every kill")
  func kills() async throws {
    let folder = TemporaryDirectory("system")
    let data = folder.file("data")
    var users: Set<String> = ["lake"]
    for round in 0..<4 {
      let lake = try await Lake.ready(data)
      let there = try await lake.ctl("user", "list", "-o", "name")
      #expect(Set(there.output.split(separator: "\n").map(String.init)).isSuperset(of: users))
      for number in 0..<5 {
        let name = "u\(round)-\(number)"
        guard try await lake.ctl("user", "create", name).exit == 0 else {
          Issue.record("\(name) was not made")
          continue
        }
        users.insert(name)
      }
      let key = try await lake.ctl("key", "create", "--user", "u\(round)-0", "--show-secret")
      #expect(key.exit == 0, "\(key.errors)")
      // In the middle of a write, whose fate nobody knows.
      let last = try Program(
        [Lake.lakectl, "user", "create", "torn-\(round)"],
        environment: ["LAKE_CONFIG_DIR": "\(data)/lakectl"])
      try await lake.killNow()
      _ = try? await last.wait(within: .seconds(60))
    }
    let lake = try await Lake.ready(data)
    let keys = try await lake.ctl("key", "list", "-o", "json")
    #expect(try keys.json()["items"]?.array?.count == 5)
    let doctor = try await lake.ctl("doctor", "--only", "auth", "--only", "facts")
    #expect(doctor.exit == 0, "\(doctor.output)")
    #expect(try await lake.stop() == 0)
  }

  @Test("a job goes on after the daemon was killed, and is done once")
  func job() async throws {
    let folder = TemporaryDirectory("system")
    let data = folder.file("data")
    var lake = try await Lake.ready(data)
    for number in 0..<8 { _ = try await lake.ctl("user", "create", "u\(number)") }
    for number in 0..<8 {
      _ = try await lake.ctl("key", "create", "--user", "u\(number)", "--show-secret")
    }
    let asked = try await lake.ctl("key", "data", "rotate", "-o", "json")
    let id = try #require(try asked.json()["item"]?["job_id"]?.string, "\(asked.errors)")
    try await lake.killNow()
    lake = try await Lake.ready(data)
    let done = try await lake.ctl("job", "wait", id, "--timeout", "1m", "-o", "json")
    #expect(done.exit == 0, "\(done.output) \(done.errors)")
    let versions = try await lake.ctl("key", "data", "list", "-o", "json")
    for item in try #require(try versions.json()["items"]?.array) {
      #expect(item["version"]?.string == "2", "\(item)")
    }
    #expect(try await lake.stop() == 0)
  }

  @Test("a write that is repeated with its request id is done once, also after a kill")
  func repeated() async throws {
    let folder = TemporaryDirectory("system")
    let data = folder.file("data")
    var lake = try await Lake.ready(data)
    let first = try await lake.ctl(
      "token", "create", "--show-secret", "--request-id", "r1", "-o", "json")
    try await lake.killNow()
    lake = try await Lake.ready(data)
    let second = try await lake.ctl(
      "token", "create", "--show-secret", "--request-id", "r1", "-o", "json")
    #expect(try first.json()["item"]?["token_id"] == second.json()["item"]?["token_id"])
    let tokens = try await lake.ctl("token", "list", "-o", "json")
    #expect(try tokens.json()["items"]?.array?.count == 2)
    #expect(try await lake.stop() == 0)
  }
}
