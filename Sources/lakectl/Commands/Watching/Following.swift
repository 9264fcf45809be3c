import CommandTable
import Values

/// Commands that go on: logs and events.
enum Following {
  /// How long a server may hold a request that has nothing to tell yet.
  static let wait = Duration.seconds(20)

  struct Round {
    var rows: [Row]
    var warnings: [Warning]
    /// There is nothing more for now.
    var isCaughtUp: Bool
    /// The server has waited for something to tell: the next round needs no pause.
    var hasWaited: Bool
  }
}

extension Invocation {
  /// Asks again and again, until there is nothing more, or, following, until it is interrupted or
  /// nobody reads. A connection that is lost is made again; that is told once.
  func follow(
    _ isFollowing: Bool, _ next: (Invocation) async throws(CommandError) -> Following.Round
  ) async throws(CommandError) -> Outcome {
    var pause = Duration.milliseconds(500)
    var isLost = false
    let end = self.settings.isTimeoutGiven ? self.deadline : .distantFuture
    while self.clock.monotonic() < end {
      let limit = self.clock.monotonic() + self.settings.timeout + Following.wait
      let round = Invocation(
        self, deadline: isFollowing ? limit : self.clock.monotonic() + self.settings.timeout)
      do throws(CommandError) {
        let answer = try await next(round)
        if isLost { self.note("connected again") }
        isLost = false
        pause = .milliseconds(500)
        for warning in answer.warnings { self.tell(warning) }
        guard try self.rows.emit(answer.rows) else { return Outcome(.streamed) }
        guard answer.isCaughtUp else { continue }
        guard isFollowing else { return Outcome(.streamed) }
        // A server that answers at once with nothing must not be asked without a pause.
        if answer.hasWaited, !answer.rows.isEmpty { continue }
        guard await self.clock.sleep(answer.hasWaited ? .milliseconds(200) : self.settings.interval)
        else { return Outcome(.streamed) }
      } catch {
        guard isFollowing, error.exit == .unavailable, error.code != .noEndpoint else {
          throw error
        }
        if !isLost { self.note("\(error.message.visible); trying again") }
        isLost = true
        guard await self.clock.sleep(pause) else { throw error }
        pause = min(pause * 2, .seconds(5))
      }
    }
    return Outcome(.streamed)
  }

  /// A warning in the middle of rows.
  private func tell(_ warning: Warning) {
    guard !self.format.isJSON else {
      return self.surroundings.console.writeError(warning.line)
    }
    guard !self.values[GlobalFlags.quiet] else { return }
    self.surroundings.console.writeError(warning.text(style: .plain))
  }
}
