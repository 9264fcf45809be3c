package import Observability
package import Runtime
import Values

/// Of many processes that stand for a name, one leads: the one whose fact is there, with its lease.
///
/// What a leader does is a transaction with `Leadership.condition` in it. That is what keeps a leader who
/// was overtaken, whatever its clock says, from changing anything.
package final class Election: Sendable {
  package let name: String
  /// What others see of the leader: the name of a node.
  package let candidate: String
  private let facts: any Facts
  private let time: any TimeSource
  private let random: any RandomSource
  private let options: LeaseHolder.Options
  private let log: Logger
  private let present = Guarded<Leadership?>(nil)
  private let stepDownBell = Bell()

  package init(
    _ name: String, candidate: String, _ facts: any Facts, time: any TimeSource,
    random: any RandomSource, _ options: LeaseHolder.Options = LeaseHolder.Options(),
    log: Logger = .silent
  ) {
    self.name = name
    self.candidate = candidate
    self.facts = facts
    self.time = time
    self.random = random
    self.options = options
    self.log = log
  }

  private var key: FactKey { Leadership.key(self.name) }

  /// The leadership of this process, while it is certain.
  package var leadership: Leadership? {
    self.present.withLock { $0 }.flatMap { $0.isHeld ? $0 : nil }
  }

  /// Who leads, by the facts.
  package func leader() async throws(FactsError) -> Leader? {
    try await self.facts.get(self.key).map { Leader(decoding: $0) }
  }

  /// Gives a leadership up, and lets others go first.
  package func stepDown() { self.stepDownBell.ring() }

  /// Campaigns, and runs `body` for as long as this process leads, again and again until the task is
  /// cancelled. `body` is cancelled when the leadership can no longer be certain, and before anybody
  /// else can lead; when it returns or throws, the leadership is given up.
  package func run(
    _ body: @escaping @Sendable (Leadership) async throws -> Void
  ) async throws(CancellationError) {
    while true {
      let leadership = try await self.campaign()
      self.log.info(
        "leads", ["election": .text(self.name), "fence": .text("\(leadership.fence)")])
      self.present.withLock { $0 = leadership }
      let isLost = await self.hold(leadership, body)
      self.present.withLock { $0 = nil }
      self.log.info(
        isLost ? "lost the lead" : "gave up the lead", ["election": .text(self.name)])
      await leadership.holder.end()
      if Task.isCancelled { throw CancellationError() }
      // Whoever waits is woken by the end of the fact, and is there first.
      try await self.pause(from: isLost ? .milliseconds(100) : .seconds(1))
    }
  }

  /// Returns once `body` has ended: true when the leadership was lost.
  private func hold(
    _ leadership: Leadership, _ body: @escaping @Sendable (Leadership) async throws -> Void
  ) async -> Bool {
    await withTaskGroup(of: Bool.self) { group in
      group.addTask {
        do {
          try await body(leadership)
        } catch is CancellationError {
          // It was told to end.
        } catch {
          self.log.error(
            "a leader ended", ["election": .text(self.name), "error": .text("\(error)")])
        }
        return false
      }
      group.addTask {
        try? await leadership.holder.keep()
        return true
      }
      group.addTask {
        await self.watchFact(leadership)
        return true
      }
      group.addTask {
        try? await self.stepDownBell.wait()
        return false
      }
      let isLost = await group.next() ?? true
      group.cancelAll()
      return isLost
    }
  }

  /// Returns when the fact is no longer ours: somebody has taken it away.
  private func watchFact(_ leadership: Leadership) async {
    while !Task.isCancelled {
      guard (try? await self.time.sleep(for: self.options.duration / 4)) != nil else { return }
      if let fact = try? await self.facts.get(self.key) {
        if fact.createdAt != leadership.fence { return }
      } else if let page = try? await self.facts.list(self.key.text, after: nil, limit: 1),
        page.facts.first?.key != self.key
      {
        return
      }
    }
  }

  // MARK: Campaigning

  private func campaign() async throws(CancellationError) -> Leadership {
    while true {
      if Task.isCancelled { throw CancellationError() }
      do throws(FactsError) {
        let page = try await self.facts.list(self.key.text, after: nil, limit: 1)
        if page.facts.first?.key == self.key {
          try await self.waitForEnd(after: page.revision)
        } else if let leadership = try await self.attempt() {
          return leadership
        }
      } catch {
        self.log.debug(
          "cannot campaign", ["election": .text(self.name), "error": .text("\(error)")])
        try await self.pause(from: .milliseconds(250))
      }
    }
  }

  /// Returns when the leader's fact has gone.
  private func waitForEnd(after revision: FactRevision) async throws(FactsError) {
    let watch = try await self.facts.watch(self.key.text, after: revision)
    do {
      search: while true {
        for case .delete(let key, at: _) in try await watch.next().changes where key == self.key {
          break search
        }
      }
    } catch {
      // Cancelled, or changes were forgotten: the campaign looks again.
    }
    await watch.stop()
  }

  /// Nil when somebody else was faster.
  private func attempt() async throws(FactsError) -> Leadership? {
    let holder = LeaseHolder(self.facts, time: self.time, self.options)
    let lease = try await holder.begin()
    // Tells our own fact from one that a namesake has put.
    let leader = Leader(name: self.candidate, nonce: self.random.next())
    var fence: FactRevision?
    do throws(FactsError) {
      fence = try await self.facts.put(
        self.key, leader.bytes, if: .isAbsent(self.key), lease: lease
      ).revision
    } catch {
      guard error.code == .unknownOutcome else {
        await holder.end()
        throw error
      }
      fence = try? await self.findOwn(leader)
    }
    guard let fence, holder.current != nil else {
      await holder.end()
      return nil
    }
    return Leadership(name: self.name, fence: fence, holder: holder)
  }

  private func findOwn(_ leader: Leader) async throws(FactsError) -> FactRevision? {
    guard let fact = try await self.facts.get(self.key), fact.value == leader.bytes else {
      return nil
    }
    return fact.createdAt
  }

  private func pause(from shortest: Duration) async throws(CancellationError) {
    let nanoseconds = UInt64(max(shortest.nanosecondsClamped, 1))
    // Candidates that fail together do not come back together.
    let pause = self.random.number(in: nanoseconds...(nanoseconds * 2))
    try await self.time.sleep(for: .nanoseconds(Int64(pause)))
  }
}
