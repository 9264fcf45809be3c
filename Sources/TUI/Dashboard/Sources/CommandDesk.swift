package import CommandTable
import Synchronization

/// Runs command lines inside the dashboard, on the same table and by the same rules as the shell
/// does. The dashboard's dialogs take the place of the prompts.
package struct CommandDesk: Sendable {
  let root: Command
  let surroundings: Surroundings

  package init(root: Command, surroundings: Surroundings) {
    self.root = root
    self.surroundings = surroundings
  }

  /// What the lines would do together. The effect is raised by a protected context and by many
  /// rows.
  func plan(
    _ lines: [[String]], context: ContextFacts
  ) async throws(CommandError) -> ActionPlan {
    guard let first = lines.first else {
      throw CommandError(.missingCommand, "there is nothing to plan")
    }
    let runner = self.runner(console: CaughtConsole())
    let prepared = try runner.prepare(self.words(first, context))
    var plan = try await prepared.plan()
    if lines.count > 1 {
      plan.matchCount = max(plan.matchCount, lines.count)
      plan.facts.insert(("rows", "\(lines.count)"), at: 0)
      plan.undo = plan.undo.map { "\($0), and so for each" }
      if prepared.invocation.call.effect.raised(by: 1) >= .destroys {
        plan.name = "\(lines.count)"
        plan.facts.append(("name", "type the number of rows where a name is asked"))
      }
    }
    var facts = Danger.Facts(effect: prepared.invocation.call.effect, plan: plan, line: "")
    facts.isProtected =
      prepared.invocation.call.needs == .cluster
      && (context.isProtected || prepared.invocation.settings.isProtected)
    return ActionPlan(plan: plan, effect: Danger.effect(facts))
  }

  /// Does them one after the other; some may fail, which is one error that names them.
  func perform(
    _ lines: [[String]], context: ContextFacts
  ) async throws(CommandError) -> String {
    var errors: [CommandError] = []
    var said: [String] = []
    for line in lines {
      let console = CaughtConsole()
      do throws(CommandError) {
        let prepared = try self.runner(console: console).prepare(self.words(line, context))
        let outcome = try await prepared.run()
        said.append(Self.text(of: outcome, line))
      } catch {
        errors.append(error)
      }
    }
    guard errors.isEmpty else {
      throw CommandError.grouped(errors, of: lines.count, what: "actions")
    }
    return lines.count == 1 ? said.first ?? "done" : "done: \(lines.count) rows"
  }

  private static func text(of outcome: Outcome, _ line: [String]) -> String {
    let what = line.map(\.visible).joined(separator: " ")
    switch outcome.body {
    case .change(let changed, _, let job):
      if let job { return "\(what): job \(job.visible); see the screen of jobs" }
      let undo = outcome.notes.first { $0.hasPrefix("undo:") }.map { "; \($0)" } ?? ""
      return changed ? "done: \(what)\(undo)" : "\(what): was so already"
    case .rows, .streamed, .record, .document, .page: return "done: \(what)"
    }
  }

  /// A command that reads, and what it prints at that width.
  func run(_ words: [String], width: Int, context: ContextFacts) async -> CommandResult {
    let console = CaughtConsole()
    let exit = await self.runner(console: console, width: width).run(self.words(words, context))
    return CommandResult(exit: exit, text: console.text)
  }

  func names(of kind: String, prefix: String, context: ContextFacts) async -> [String] {
    let runner = self.runner(console: CaughtConsole())
    return await runner.names(of: kind, prefix: prefix, before: self.words([], context))
  }

  /// The cluster that is shown, whatever context is the current one elsewhere.
  private func words(_ words: [String], _ context: ContextFacts) -> [String] {
    let own = ["--context", "-c", "--endpoint", "-e"]
    guard
      !words.contains(where: { word in
        own.contains { word == $0 || word.hasPrefix($0 + "=") }
      })
    else { return words }
    var added: [String] = []
    if !context.name.isEmpty { added.append("--context=\(context.name)") }
    if let endpoint = context.endpoint { added.append("--endpoint=\(endpoint)") }
    return added + words
  }

  private func runner(console: any Console, width: Int = 80) -> Runner {
    var surroundings = self.surroundings
    surroundings.console = console
    surroundings.terminal = TerminalFacts()
    surroundings.terminal.isOutput = width > 0
    surroundings.terminal.columns = max(20, width)
    // The screen has meanings of its own; pages are read in a pane.
    surroundings.environment["NO_COLOR"] = "1"
    surroundings.environment["LAKE_PAGER"] = "cat"
    surroundings.environment["LAKE_NO_INPUT"] = "1"
    return Runner(root: self.root, surroundings: surroundings)
  }
}

/// Keeps what a command prints; nobody is there to answer.
final class CaughtConsole: Console {
  private let printed = Mutex("")
  static let byteCountMax = 1 << 20

  var text: String { self.printed.withLock { $0 } }

  func write(_ text: String) throws(CommandError) -> Bool {
    self.printed.withLock { printed in
      guard printed.utf8.count + text.utf8.count <= Self.byteCountMax else { return false }
      printed += text
      return true
    }
  }

  func writeError(_ text: String) { _ = try? self.write(text) }

  func page(_ text: String, through pager: [String]) -> Bool {
    _ = try? self.write(text)
    return true
  }

  func ask(_ prompt: String) -> String? { nil }
  func askSecret(_ prompt: String) -> String? { nil }
  func setLastWords(_ text: String?) {}
  func readInput(byteCountMax: Int) throws(CommandError) -> [UInt8] { [] }
}
