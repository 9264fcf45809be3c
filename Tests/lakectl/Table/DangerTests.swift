import CommandTable
import LakectlTesting
import Testing

@Suite("Danger")
struct DangerTests {
  struct Case: Sendable {
    var effect: Effect
    var flags = ""
    var isProtected = false
    var matches = 1
    var canAsk = false
    var expected: String
  }

  @Test(
    "who may run",
    arguments: [
      Case(effect: .reads, isProtected: true, matches: 99, expected: "run"),
      Case(effect: .writes, expected: "run"), Case(effect: .writes, canAsk: true, expected: "run"),
      Case(effect: .writes, isProtected: true, expected: "refuse --yes"),
      Case(effect: .writes, isProtected: true, canAsk: true, expected: "y/N"),
      Case(effect: .writes, flags: "yes", isProtected: true, expected: "run"),
      Case(effect: .writes, matches: 20, expected: "run"),
      Case(effect: .writes, matches: 21, expected: "refuse --yes"),
      Case(
        effect: .writes, flags: "yes", isProtected: true, matches: 21, expected: "refuse --confirm"),
      Case(effect: .hardToUndo, expected: "refuse --yes"),
      Case(effect: .hardToUndo, canAsk: true, expected: "y/N"),
      Case(effect: .hardToUndo, flags: "yes", expected: "run"),
      Case(effect: .hardToUndo, flags: "yes", isProtected: true, expected: "refuse --confirm"),
      Case(effect: .hardToUndo, flags: "yes", isProtected: true, canAsk: true, expected: "name"),
      Case(effect: .hardToUndo, flags: "confirm", isProtected: true, expected: "run"),
      Case(effect: .hardToUndo, flags: "wrong", canAsk: true, expected: "refuse mismatch"),
      Case(effect: .destroys, flags: "yes", expected: "refuse --confirm"),
      Case(effect: .destroys, canAsk: true, expected: "name"),
      Case(effect: .destroys, flags: "yes", canAsk: true, expected: "name"),
      Case(effect: .destroys, flags: "confirm", expected: "run"),
      Case(effect: .destroys, flags: "wrong", expected: "refuse mismatch"),
      Case(effect: .destroys, flags: "dry-run", expected: "run"),
    ])
  func decisions(row: Case) {
    var facts = Danger.Facts(
      effect: row.effect, plan: Plan(action: "do it", name: "n4", matchCount: row.matches),
      line: "lakectl do")
    facts.canAsk = row.canAsk
    facts.isProtected = row.isProtected
    facts.isYes = row.flags == "yes"
    facts.isDryRun = row.flags == "dry-run"
    facts.confirmation = row.flags == "confirm" ? "n4" : row.flags == "wrong" ? "n5" : nil
    let found: String
    switch Danger.decide(facts) {
    case .run: found = "run"
    case .askYesOrNo: found = "y/N"
    case .askForName(let name): found = name == "n4" ? "name" : "?"
    case .refuse(let error):
      #expect(error.exit == .refused)
      let flag = error.tries.first?.split(separator: " ").first { $0.hasPrefix("--") } ?? "mismatch"
      found = "refuse \(flag)"
    }
    #expect(found == row.expected)
  }

  @Test(
    "what an answer means",
    arguments: [
      ("y", true, false), ("YES", true, false), ("", false, false), (nil, false, false),
      ("n4", false, true), ("yep", false, false), (" n4", false, false),
    ] as [(String?, Bool, Bool)])
  func answers(answer: String?, isYes: Bool, isName: Bool) {
    #expect((Danger.judge(answer, to: .askYesOrNo) == nil) == isYes)
    #expect((Danger.judge(answer, to: .askForName("n4")) == nil) == isName)
  }

  static let config =
    "current = b\n[context a]\nendpoint = http://h:1\n[context b]\nendpoint = http://h:1\n"

  @Test("without a terminal the plan and the line to run are shown, exit 9")
  func refused() async {
    let result = await CommandRun(root: SampleTable.root, config: Self.config)
      .run("shard delete orders/7")
    #expect(result.exit == .refused)
    #expect(result.output.isEmpty)
    #expect(result.errors.contains("destroy shard orders/7 on context b\n  undo  cannot be undone"))
    #expect(result.errors.contains("lakectl shard delete orders/7 --confirm orders/7"))
  }

  @Test(
    "on a terminal the person decides",
    arguments: [
      ("shard delete orders/7", "orders/7", true), ("shard delete orders/7", "y", false),
      ("shard move orders/7 --to n5", "y", true), ("shard move orders/7 --to n5", "", false),
    ])
  func asked(line: String, answer: String, isDone: Bool) async {
    var run = CommandRun(root: SampleTable.root, config: Self.config)
    run.terminal.isInput = true
    run.terminal.isError = true
    run.answers = [answer]
    let result = await run.run(line)
    #expect(result.prompts.count == 1)
    #expect(result.exit == (isDone ? .ok : .refused))
    #expect(result.output.isEmpty != isDone)
    run.environment["LAKE_NO_INPUT"] = "1"
    #expect(await run.run(line).prompts.isEmpty)
  }

  @Test("a protected context raises what writes, and writes name their context")
  func protected() async {
    let run = CommandRun(root: SampleTable.root, config: Self.config + "protected = true\n")
    #expect(await run.run("shard set orders/7 x").exit == .refused)
    let done = await run.run("shard set orders/7 x --yes")
    #expect(done.exit == .ok)
    #expect(done.errors == "undo: lakectl shard set orders/7\n(context b)\n")
    #expect(await run.run("shard set orders/7 x -c a").exit == .ok)
    #expect(await run.run("shard move orders/7 --to n5 --yes").exit == .refused)
    #expect(await run.run("shard move orders/7 --to n5 --confirm orders/7").exit == .ok)
  }

  @Test("a dry run asks nothing and says that nothing was changed")
  func dryRun() async {
    let run = CommandRun(root: SampleTable.root, config: Self.config)
    let result = await run.run("shard move orders/7 --to n5 --dry-run -o json")
    #expect(result.exit == .ok)
    #expect(result.output.contains("\"changed\": false"))
    #expect(result.errors.isEmpty)
    #expect(
      await run.run("shard delete orders/7 -n").errors.contains("dry run: nothing was changed"))
  }
}
