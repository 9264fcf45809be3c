private import JSON
private import Values

/// The plan, and the person who says yes to it.
extension Runner {
  func confirm(_ invocation: Invocation, _ words: [String]) async throws(CommandError) {
    let call = invocation.call
    let effect = call.effect(with: invocation.values)
    guard effect != .reads, !invocation.isDryRun else { return }
    let isProtected = call.needs == .cluster && invocation.settings.isProtected
    // What is easy to take back needs no plan unless the context raises it.
    guard
      effect > .writes || isProtected || call.plan != nil
        || invocation[GlobalFlags.confirm] != nil
    else { return }
    let name = invocation.values.firstArgument(of: call) ?? invocation.path.joined(separator: " ")
    let plan =
      if let planning = call.plan { try await planning(invocation) } else {
        Plan(action: (invocation.path + [name]).joined(separator: " "), name: name)
      }
    var facts = Danger.Facts(
      effect: effect, plan: plan,
      line: (["lakectl"] + words.map(\.visible.shellQuoted)).joined(separator: " "))
    facts.canAsk = self.surroundings.canAsk
    facts.isYes = invocation[GlobalFlags.yes]
    facts.confirmation = invocation[GlobalFlags.confirm]
    facts.isProtected = isProtected
    let decision = Danger.decide(facts)
    if case .run = decision { return }
    let text = plan.text(
      context: call.needs == .cluster ? invocation.settings.contextName : nil,
      isProtected: isProtected)
    // Under JSON, standard error holds JSON lines and nothing else, unless a person is there to answer.
    if !invocation.format.isJSON || facts.canAsk { self.console.writeError(text) }
    var answer: String?
    switch decision {
    case .askYesOrNo: answer = self.console.ask("go on? [y/N] ")
    case .askForName: answer = self.console.ask("type the name to go on: ")
    case .run, .refuse: break
    }
    if var refusal = Danger.judge(answer, to: decision) {
      if invocation.format.isJSON { refusal.details["plan"] = .string(text) }
      throw refusal
    }
  }
}

extension ParsedValues {
  /// The text of the first argument, when it is a name.
  func firstArgument(of call: Call) -> String? {
    guard let first = call.arguments.first else { return nil }
    return self.all(first, as: PlainName.self).first?.text ?? self.all(first, as: String.self).first
  }
}
