import Admin
import CommandTable
import Glibc
import JSON
import LakectlCommands
import LakectlTesting
import TestSupport
import Testing

@Suite("Secrets")
struct SecretTests {
  static func run(_ change: (inout CommandRun) -> Void = { _ in }) -> (CommandRun, ScriptedCluster)
  {
    let cluster = ScriptedCluster(SampleCluster.script)
    var run = CommandRun(root: Lakectl.root, config: ClusterSteps.config)
    run.client = cluster.provider
    change(&run)
    return (run, cluster)
  }

  @Test("a secret goes into a new file that only its owner can read")
  func file() async throws {
    let directory = TemporaryDirectory("secrets")
    let path = directory.file("key.json")
    let (run, cluster) = Self.run()
    let result = await run.run("key create --user ann --out \(path) -o json")
    #expect(result.exit == .ok, "\(result.errors)")
    #expect(!(result.output + result.errors).contains("s3cret"))
    let content = try JSONValue(parsing: try #require(Files.read(path)))
    #expect(content["access_key_id"] == "LAKEK7Q2")
    #expect(content["secret_access_key"] == "s3cret-of-the-key")
    var status = stat()
    #expect(lstat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
    let again = await run.run("key create --user ann --out \(path)")
    #expect(again.exit == .failed)
    #expect(again.errors.contains("there is a file of that name"))
    #expect(cluster.requests.count == 1, "nothing is made without a place for it")
    let token = directory.file("token")
    #expect(await run.run("token create --out \(token)").exit == .ok)
    #expect(Files.read(token) == "lkt_0123456789\n")
  }

  @Test("a file whose secret never came is taken away again")
  func noSecret() async throws {
    let directory = TemporaryDirectory("secrets")
    let path = directory.file("key.json")
    let (run, _) = Self.run { $0.client = ScriptedCluster(Script()).provider }
    #expect(await run.run("key create --out \(path)").exit == .notFound)
    #expect(Files.read(path) == nil)
  }

  @Test("on a terminal it is shown beside the result; in a document only when asked for")
  func terminal() async throws {
    let (run, _) = Self.run { $0.terminal.isError = true }
    let shown = await run.run("key create")
    #expect(shown.exit == .ok)
    #expect(shown.errors.contains("secret (shown once): s3cret-of-the-key\n"))
    #expect(!shown.output.contains("s3cret"))
    let quiet = await run.run("key create -q")
    #expect(quiet.errors.contains("s3cret-of-the-key"))
    #expect(await run.run("key create -o json").exit == .usage)
    let asked = await run.run("key create -o json --show-secret")
    #expect(try JSONValue(parsing: asked.output)["item"]?["secret"] == "s3cret-of-the-key")
  }

  @Test("a password is asked for twice, and is on no command line")
  func password() async throws {
    let (run, cluster) = Self.run {
      $0.terminal.isInput = true
      $0.terminal.isError = true
      $0.answers = ["correct horse", "correct horse"]
    }
    let result = await run.run("user password ann")
    #expect(result.exit == .ok, "\(result.errors)")
    #expect(result.prompts == ["new password of ann: ", "the same again: "])
    let body = String(decoding: cluster.requests.last?.body ?? [], as: UTF8.self)
    #expect(body.contains("correct horse"))
    #expect(!(result.output + result.errors).contains("correct horse"))
  }

  @Test(
    "two passwords that differ, or none, change nothing",
    arguments: [(["a", "b"], "the two passwords differ"), ([""], "no password was typed")])
  func badPasswords(answers: [String], message: String) async throws {
    let (run, cluster) = Self.run {
      $0.terminal.isInput = true
      $0.terminal.isError = true
      $0.answers = answers
    }
    let result = await run.run("user password ann")
    #expect(result.exit == .refused)
    #expect(result.errors.contains(message))
    #expect(cluster.requests.isEmpty)
  }

  @Test("no flag takes a secret, and no output shows one by accident")
  func everywhere() async {
    for step in GoldenTests.steps.flatMap(\.steps) where !step.line.contains("--show-secret") {
      let result = await GoldenTests.transcript(step).result
      for secret in ["s3cret-of-the-key", "lkt_0123456789", "correct horse"] {
        #expect(!(result.output + result.errors).contains(secret), "\(step.line)")
      }
    }
  }
}
