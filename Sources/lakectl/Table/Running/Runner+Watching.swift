private import Values

/// `--watch`.
extension Runner {

  func watch(
    _ invocation: Invocation, _ rendering: Rendering
  ) async throws(CommandError) -> ExitCode {
    let isRepainting =
      self.surroundings.terminal.isOutput && rendering.format.isForPeople
      && (self.environment["TERM"] ?? "dumb") != "dumb"
    let output = invocation.call.output
    var changes = WatchChanges(nameKey: output.nameKey ?? "")
    var rendering = rendering
    repeat {
      // Each round has all of the time.
      let timeout = invocation.settings.timeout
      let round = Invocation(
        invocation, deadline: self.surroundings.clock.monotonic() + timeout)
      var outcome = try await invocation.call.run(round)
      if isRepainting {
        let rendered = rendering.render(outcome, output: output)
        let page = (rendered.notes.map { $0 + "\n" } + [rendered.text]).joined()
        guard try self.console.write("\u{1B}[H\u{1B}[2J" + page) else { return .ok }
      } else {
        let changed = changes.update(rendering.selection.apply(to: outcome.rows).rows)
        let rows = changed.filter { $0.kind != .removed }.map(\.row)
        if !rows.isEmpty {
          outcome.body = output.isList ? .rows(rows, next: nil) : .record(rows[0])
          guard try self.console.write(rendering.render(outcome, output: output).text) else {
            return .ok
          }
          rendering.hasHeaders = false
        }
        for change in changed where change.kind == .removed {
          invocation.note("gone: \(change.row[output.nameKey ?? ""].rawText.visible)")
        }
      }
    } while await self.surroundings.clock.sleep(invocation.settings.interval)
    return .ok
  }
}
