package import CommandTable
package import Screen
package import Values

/// What happens to the dashboard.
package enum Event: Sendable {
  case key(Key)
  case resize(Size)
  case tick(MonotonicTime, WallTime)
  case answer(Int, ScreenAnswer, at: MonotonicTime)
  case planned(Int, Result<ActionPlan, CommandError>)
  case performed(Int, Result<String, CommandError>)
  case printed(Int, CommandResult)
  case completions(Int, [String])
  case contextChanged(Result<ContextFacts, CommandError>)
  /// Of a step through a recording: where it is now.
  case stepped(String)
  case dumped(path: String, failure: String?)
}

/// What the dashboard wants done.
package enum DashboardEffect: Sendable {
  case fetch(ScreenQuery)
  case plan(Int, [[String]])
  case perform(Int, [[String]])
  case run(Int, [String])
  case complete(Int, kind: String, prefix: String)
  case useContext(String)
  case copy(String)
  case dump(path: String)
  case toggleColor
  case redraw
  case suspend
  case stepReplay
  case quit
}
