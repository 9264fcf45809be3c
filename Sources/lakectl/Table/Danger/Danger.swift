/// Whether a command may run: pure, so that the rule is a table of tests.
package enum Danger {
  package struct Facts: Sendable {
    package var effect: Effect
    /// Someone can be asked: a terminal, and `LAKE_NO_INPUT` not set.
    package var canAsk = false
    package var isYes = false
    package var confirmation: String?
    package var isProtected = false
    package var isDryRun = false
    package var plan: Plan
    /// The command line as it was typed, for the line to run.
    package var line: String

    package init(effect: Effect, plan: Plan, line: String) {
      self.effect = effect
      self.plan = plan
      self.line = line
    }
  }

  package enum Decision: Sendable {
    case run
    /// Show the plan and ask `[y/N]`.
    case askYesOrNo
    /// Show the plan and ask for this name.
    case askForName(String)
    /// Show the plan and end.
    case refuse(CommandError)
  }

  package static let matchCountMax = 20

  /// The effect that counts: one step up on a protected context, and one for wildcards and for more
  /// than 20 matches.
  package static func effect(_ facts: Facts) -> Effect {
    let isMany = facts.plan.isWildcard || facts.plan.matchCount > self.matchCountMax
    return facts.effect.raised(by: (facts.isProtected ? 1 : 0) + (isMany ? 1 : 0))
  }

  package static func decide(_ facts: Facts) -> Decision {
    let effect = self.effect(facts)
    guard effect != .reads, !facts.isDryRun else { return .run }
    if let confirmation = facts.confirmation, confirmation != facts.plan.name {
      return .refuse(
        CommandError(
          .confirmationMismatch,
          "--confirm \(confirmation.visible.shortened) is not the name of what would be changed",
          why: "the name is \(facts.plan.name.visible); nothing was changed"))
    }
    switch effect {
    case .reads, .writes: return .run
    case .hardToUndo:
      if facts.isYes { return .run }
      if facts.canAsk { return .askYesOrNo }
      return .refuse(self.missing(facts, flag: "--yes", "it is hard to undo"))
    case .destroys:
      if facts.confirmation != nil { return .run }
      if facts.canAsk { return .askForName(facts.plan.name) }
      return .refuse(
        self.missing(
          facts, flag: "--confirm \(facts.plan.name.visible.shellQuoted)",
          "it destroys data or reaches the whole cluster; --yes is not enough"))
    }
  }

  private static func missing(_ facts: Facts, flag: String, _ reason: String) -> CommandError {
    let raised = facts.isProtected ? ", the context is protected" : ""
    return CommandError(
      .confirmationMissing, "\(facts.plan.action) needs \(flag)",
      why: "\(reason)\(raised), and there is no terminal to ask on; nothing was changed",
      try: [facts.line + " " + flag])
  }

  /// What an answer typed at the prompt means.
  package static func judge(_ answer: String?, to decision: Decision) -> CommandError? {
    switch decision {
    case .run: return nil
    case .refuse(let error): return error
    case .askYesOrNo:
      if let answer, ["y", "yes"].contains(answer.lowercased()) { return nil }
      return CommandError(
        .confirmationDeclined, "not confirmed", why: "the answer was not y; nothing was changed")
    case .askForName(let name):
      if answer == name { return nil }
      return CommandError(
        answer?.isEmpty ?? true ? .confirmationDeclined : .confirmationMismatch, "not confirmed",
        why: "the answer was not \(name.visible.quoted); nothing was changed")
    }
  }
}
