import Glibc
import JSON
import TestSupport
import Testing

/// A small file system of memory in a mount namespace of its own, which lives as long as this does.
final class SmallDisk: Sendable {
  let path: String
  private let folder = TemporaryDirectory("disk")
  private let holder: Program

  init(megabytes: Int) async throws {
    self.path = self.folder.path
    self.holder = try Program([
      "unshare", "--user", "--map-root-user", "--mount", "sh", "-c",
      "mount -t tmpfs -o size=\(megabytes)m none \(self.path) && touch \(self.path)/mounted && "
        + "exec sleep 600",
    ])
    let ready = "/proc/\(self.holder.id)/root\(self.path)/mounted"
    guard await eventually(within: .seconds(10), { access(ready, F_OK) == 0 }) else {
      throw Lake.NotReady(description: "no file system of its own: \(self.holder.errors)")
    }
  }

  /// What runs a program where the file system is.
  var wrapper: [String] {
    [
      "nsenter", "--target", "\(self.holder.id)", "--user", "--mount", "--preserve-credentials",
      "--",
    ]
  }

  func run(_ arguments: String...) async throws -> Lake.Answer {
    let program = try Program(self.wrapper + arguments)
    let exit = try await program.wait(within: .seconds(60))
    return Lake.Answer(exit: exit, output: program.output, errors: program.errors)
  }
}

@Suite("A disk that fills", .serialized)
struct DiskTests {
  /// Whether this machine lets a user mount a file system in a namespace of its own.
  static func canMount() async -> Bool {
    (try? await SmallDisk(megabytes: 1)) != nil
  }

  /// With the one service that keeps nothing of its own: the others want room for logs in advance.
  private static func daemon(_ data: String) -> [String] {
    [
      Lake.laked, "standalone", "--data", data, "--ports", "auto", "--services", "object-control",
    ]
  }

  @Test(
    "writes are refused clearly while it is full, go on by themselves, and nothing is lost",
    .enabled("needs user namespaces", DiskTests.canMount))
  func fills() async throws {
    let disk = try await SmallDisk(megabytes: 128)
    let data = disk.path + "/data"
    // Too little is left for the log of the store to have its room in advance.
    #expect(try await disk.run("fallocate", "-l", "100M", "\(disk.path)/ballast").exit == 0)
    var daemon = try Program(
      disk.wrapper + Self.daemon(data))
    #expect(await eventually(within: .seconds(30)) { daemon.output.contains("ready\n") })
    func ctl(_ arguments: String) async throws -> Lake.Answer {
      try await disk.run(
        "env", "LAKE_CONFIG_DIR=\(data)/lakectl", "sh", "-c", "\(Lake.lakectl) \(arguments)")
    }
    #expect(try await ctl("user create first").exit == 0)

    // It ends with an error once there is no room, as it should.
    _ = try await disk.run("sh", "-c", "cat /dev/zero > \(disk.path)/rest")
    var kept: Set<String> = ["lake", "first"]
    var refused: Lake.Answer?
    for number in 0..<300 where refused == nil {
      let answer = try await ctl("user create u\(number)")
      if answer.exit == 0 { kept.insert("u\(number)") } else { refused = answer }
    }
    let answer = try #require(refused, "300 users found room on a full disk")
    #expect(answer.exit == 11, "\(answer.errors)")
    #expect(answer.errors.contains("the disk of the facts store is full"), "\(answer.errors)")

    // Reading goes on, and the operator sees why.
    #expect(try await ctl("user show first").exit == 0)
    let doctor = try await ctl("doctor --only disk -o json")
    #expect(doctor.exit != 0)
    #expect(doctor.output.contains("disk.space"))

    #expect(try await disk.run("rm", "\(disk.path)/ballast", "\(disk.path)/rest").exit == 0)
    var after: Int32 = -1
    _ = try await eventually(within: .seconds(30)) {
      after = try await ctl("user create after").exit
      return after == 0
    }
    #expect(after == 0, "writes did not go on")
    kept.insert("after")

    kill(Int32(try await disk.pid(of: data)), SIGKILL)
    _ = try await daemon.wait(within: .seconds(10))
    daemon = try Program(
      disk.wrapper + Self.daemon(data))
    #expect(await eventually(within: .seconds(30)) { daemon.output.contains("ready\n") })
    let users = try await ctl("user list -o name").output.split(separator: "\n").map(String.init)
    #expect(Set(users) == kept)
    kill(Int32(try await disk.pid(of: data)), SIGTERM)
    #expect(try await daemon.wait(within: .seconds(20)) == 0)
  }
}

extension SmallDisk {
  /// The process that serves a data directory in it.
  func pid(of data: String) async throws -> Int {
    let file = try await self.run("cat", "\(data)/endpoints.json").output
    guard let pid = try JSONValue(parsing: file)["pid"]?.int64 else {
      throw Lake.NotReady(description: "no pid in \(file)")
    }
    return Int(pid)
  }
}
