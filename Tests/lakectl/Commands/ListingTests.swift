import Admin
import CommandTable
import Glibc
import JSON
import LakectlCommands
import LakectlTesting
import Synchronization
import TestSupport
import Testing
import Values

/// Lists that do not fit one page, and commands that go on.
@Suite("Long answers")
struct ListingTests {
  /// Answers users in pages, as many as are asked for.
  final class Pages: AdminClient {
    let count: Int
    private let asked = Mutex<[String]>([])
    init(_ count: Int) { self.count = count }

    var provider: ClientProvider { ClientProvider { _, _ throws(CommandError) in self } }
    var requests: [String] { self.asked.withLock { $0 } }

    func send(
      _ request: AdminRequest, until deadline: MonotonicTime
    ) async throws(CommandError) -> [UInt8] {
      let query = Dictionary(uniqueKeysWithValues: request.query.map { ($0.name, $0.value) })
      let limit = query["limit"].flatMap { Int($0) } ?? 0
      let start = query["page_token"].flatMap { Int($0) } ?? 0
      self.asked.withLock { $0.append("\(limit)@\(start)") }
      let users = (start..<min(self.count, start + limit)).map { number in
        var user = UserRecord()
        user.user = "u\(10_000 + number)"
        user.roles = number % 2 == 0 ? ["even"] : ["odd"]
        return user
      }
      let end = start + limit
      return Array(AdminList(users, next: end < self.count ? String(end) : nil).text().utf8)
    }
  }

  static func run(_ pages: Pages) -> CommandRun {
    var run = CommandRun(root: Lakectl.root, config: ClusterSteps.config)
    run.client = pages.provider
    return run
  }

  @Test("all pages are asked for, and go out as they come")
  func allPages() async {
    let pages = Pages(2500)
    let result = await Self.run(pages).run("user list -o name")
    let names = result.output.split(separator: "\n")
    #expect(names.count == 2500)
    #expect(names == names.sorted())
    #expect(pages.requests == ["1000@0", "1000@1000", "1000@2000"])
  }

  @Test("a limit is asked of the daemon, which says how to go on")
  func limit() async throws {
    let pages = Pages(2500)
    let run = Self.run(pages)
    let first = try JSONValue(parsing: await run.run("user list --limit 3 -o json").output)
    #expect(first["items"]?.array?.count == 3)
    #expect(first["truncated"] == true)
    let next = try #require(first["next"]?.string)
    let second = await run.run("user list --limit 2 --page-token \(next) -o name")
    #expect(second.output == "u10003\nu10004\n")
    #expect(pages.requests == ["3@0", "2@3"])
    let far = await run.run("user list --limit 1500 -o name")
    #expect(far.output.split(separator: "\n").count == 1500)
  }

  @Test("filters and sorts see every page")
  func filters() async throws {
    let pages = Pages(2500)
    let run = Self.run(pages)
    let even = await run.run("user list --filter roles=even -o name")
    #expect(even.output.split(separator: "\n").count == 1250)
    let last = await run.run("user list --sort user:desc --limit 2 -o name")
    #expect(last.output == "u12499\nu12498\n")
    let whole = try JSONValue(parsing: await run.run("user list -o json").output)
    #expect(whole["items"]?.array?.count == 2500)
    #expect(whole["next"] == .null)
    let few = await run.run("user list --filter roles=odd --limit 2 -o name")
    #expect(few.output == "u10001\nu10003\n")
  }

  @Test("a watch asks again, each time with all of its time")
  func watch() async {
    let pages = Pages(2)
    var run = Self.run(pages)
    run.repeats = 2
    let result = await run.run("user list --watch -o jsonl --columns user")
    #expect(result.output == "{\"user\":\"u10000\"}\n{\"user\":\"u10001\"}\n")
    #expect(pages.requests.count == 3)
  }

  @Test("a list that follows itself is not read for ever")
  func circle() async {
    struct Circle: AdminClient {
      func send(
        _ request: AdminRequest, until deadline: MonotonicTime
      ) async throws(CommandError) -> [UInt8] {
        Array(AdminList([UserRecord()], next: "again").text().utf8)
      }
    }
    var run = CommandRun(root: Lakectl.root, config: ClusterSteps.config)
    run.client = ClientProvider { _, _ throws(CommandError) in Circle() }
    let result = await run.run("user list")
    #expect(result.exit == .failed)
    #expect(result.errors.contains("client.bad_answer"))
  }

  @Test("a protected context asks one step more")
  func protected() async {
    let config = ClusterSteps.config + "protected = true\n"
    var run = CommandRun(root: Lakectl.root, config: config)
    run.client = ScriptedCluster.provider
    #expect(await run.run("user enable ann").exit == .refused)
    #expect(await run.run("user enable ann --yes").exit == .ok)
    #expect(await run.run("user disable ann --yes").exit == .refused)
    #expect(await run.run("user disable ann --confirm ann").exit == .ok)
    #expect(await run.run("user list").exit == .ok)
    #expect(await run.run("doctor").exit == .ok)
  }

  @Test("a support bundle is a tar archive with a manifest, and stays private")
  func bundle() async throws {
    let directory = TemporaryDirectory("bundle")
    let path = directory.file("b.tar")
    var run = CommandRun(root: Lakectl.root, config: ClusterSteps.config)
    run.client = ScriptedCluster.provider
    let result = await run.run("support bundle --out \(path)")
    #expect(result.exit == .ok, "\(result.errors)")
    var status = stat()
    #expect(lstat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
    let folder = "lake-support-1795183401"
    let names = try await runProgram(["tar", "-tf", path]).split(separator: "\n")
    #expect(names == ["\(folder)/n1/config.yaml", "\(folder)/manifest.json"])
    try await runProgram(["tar", "-xf", path, "-C", directory.path])
    #expect(Files.read(directory.file("\(folder)/n1/config.yaml")) == "secret: (masked)\n")
    let manifest = try JSONValue(
      parsing: try #require(Files.read(directory.file("\(folder)/manifest.json"))))
    #expect(manifest["parts"]?[0]?["redacted_count"] == 1)
    #expect(manifest["made_at"] == "2026-11-20T14:03:21Z")
  }
}
