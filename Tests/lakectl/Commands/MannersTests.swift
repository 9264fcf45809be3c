import CommandTable
import JSON
import LakectlCommands
import LakectlTesting
import Testing

/// What holds for every command, tried on all that the golden files run.
@Suite("Manners")
struct MannersTests {
  static let steps = GoldenTests.steps.flatMap(\.steps)

  static func run(_ step: GoldenTests.Step, adding flags: String = "") -> (CommandRun, String) {
    (step.run(), step.line + flags)
  }

  @Test("a poor terminal gets no escapes, no letters it cannot show, and the same exit codes")
  func poorTerminal() async {
    // With a terminal a secret has a place to go to.
    let secrets = ["key create", "token create"]
    for step in Self.steps where !secrets.contains(where: step.line.hasPrefix) {
      var (run, line) = Self.run(step)
      let usual = await run.run(line).exit
      (run, line) = Self.run(step)
      run.environment = ["TERM": "dumb", "LC_ALL": "C", "NO_COLOR": "1"]
      run.terminal.isOutput = true
      run.terminal.isError = true
      run.terminal.columns = 40
      let result = await run.run(line)
      #expect(result.exit == usual, "\(line)")
      #expect(
        (result.output + result.errors).utf8.allSatisfy { $0 < 0x80 && $0 != 0x1B }, "\(line)")
      #expect(result.pagers.isEmpty, "\(line)")
    }
  }

  @Test("under -o json standard output is a document or nothing, standard error lines of JSON")
  func json() async throws {
    for step in Self.steps where !step.line.contains(" -o ") {
      let (run, line) = Self.run(step, adding: " -o json")
      let result = await run.run(line)
      let isText = ["help", "completion", "man "].contains { line.hasPrefix($0) }
      if result.exit == .ok, !isText {
        #expect(throws: Never.self, "\(line)") { try JSONValue(parsing: result.output) }
      }
      for text in result.errors.split(separator: "\n") {
        let error = try #require(try? JSONValue(parsing: String(text)), "\(line): \(text)")
        guard case .object(let object) = error else { return #expect(Bool(false), "\(text)") }
        #expect(object["type"] != nil, "\(line)")
        if object["type"] == "error" {
          #expect(result.output.isEmpty, "\(line)")
          #expect(object["exit"]?.int64 == Int64(result.exit.rawValue), "\(line)")
        }
      }
    }
  }

  @Test("a reader that is gone changes no exit code and says nothing")
  func closedOutput() async {
    for step in Self.steps {
      var (run, line) = Self.run(step)
      let usual = await run.run(line)
      (run, line) = Self.run(step)
      run.writesUntilClosed = 0
      let result = await run.run(line)
      #expect(result.exit == usual.exit && result.errors == usual.errors, "\(line)")
    }
  }

  @Test("what states a wish does nothing the second time")
  func twice() async throws {
    for line in [
      "context use dev", "context set dev --protected true", "config set utc true",
      "config unset previous", "context add n --endpoint http://h:1 --if-not-exists",
      "context remove dev --yes --if-exists",
    ] {
      let run = CommandRun(root: Lakectl.root, config: GoldenTests.config)
      #expect(await run.run(line).exit == .ok, "\(line)")
      let saves = run.files.saveCount
      let again = await run.run(line + " -o json")
      #expect(again.exit == .ok, "\(line)")
      #expect(again.output.contains("\"changed\": false"), "\(line)")
      #expect(run.files.saveCount == saves, "\(line)")
    }
  }

  @Test("a dry run writes no file, whatever the command")
  func dryRuns() async {
    for (_, command, call) in Lakectl.root.calls where call.effect != .reads {
      for example in call.examples {
        var run = CommandRun(root: Lakectl.root, config: GoldenTests.config)
        run.client = ScriptedCluster.provider
        _ = await run.run((ExampleLine.words(example.line) ?? []) + ["--dry-run"])
        #expect(run.files.saveCount == 0, "\(command.name)")
      }
    }
  }
}
