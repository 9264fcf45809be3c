import CommandTable
import Dashboard
import DashboardTesting
import LakectlTesting
import Screen
import TerminalIO
import TestSupport
import Testing
import Values

@Suite("lakectl top")
struct TopCommandTests {
  static let root: Command = {
    var root = ClusterTable.root
    root.children.append(TopCommand.command(table: { Self.root }))
    return root
  }()

  static func run(_ line: String) async -> CommandRun.Result {
    var run = CommandRun(root: Self.root, config: "[context dev]\nendpoint = http://127.0.0.1:1\n")
    run.client = ClientProvider { _, _ in ProgramTests.client }
    return await run.run(line)
  }

  @Test("the command keeps the rules of the table")
  func rules() {
    #expect(
      TableRules.problems(
        in: Self.root, resourceKinds: ["user", "job", "namespace", "node", "context"]) == [])
  }

  @Test("--once prints a picture and leaves")
  func once() async {
    let result = await Self.run("top --once --screen nodes --size 80x24 --ascii")
    #expect(result.exit == .ok)
    #expect(result.output.contains("!n4    up"))
    #expect(result.output.split(separator: "\n", omittingEmptySubsequences: false).count == 25)
    #expect(result.output.utf8.allSatisfy { $0 < 0x80 })
  }

  @Test("without a terminal --once is asked for")
  func noTerminal() async {
    let result = await Self.run("top")
    #expect(result.exit == .usage)
    #expect(result.errors.contains("lakectl top --once --size 80x24"))
  }

  @Test(
    "what cannot be is refused",
    arguments: [
      ("top --once --size 80", "COLUMNSxLINES"), ("top --once --screen nothing", "nothing"),
      ("top --once --replay /nowhere/at/all", "cannot play"),
      ("top --once --record /nowhere/at/all", "cannot record"),
    ])
  func refused(line: String, text: String) async {
    let result = await Self.run(line)
    #expect(result.exit != .ok)
    #expect(result.errors.contains(text), "\(result.errors)")
  }

  @Test("a recording is made and played")
  func recording() async {
    let directory = TemporaryDirectory("top")
    let path = directory.file("recording")
    let made = await Self.run("top --once --ascii --record \(path)")
    #expect(made.exit == .ok)
    let played = await Self.run("top --once --ascii --replay \(path)")
    #expect(played.output.contains("6/6 nodes up"))
    // A recording is never written over.
    #expect(await Self.run("top --once --record \(path)").exit != .ok)
  }
}
