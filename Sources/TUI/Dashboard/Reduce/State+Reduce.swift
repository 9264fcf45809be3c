import CommandTable
import Screen
package import Values

extension State {
  /// Takes an event in; what is to be done outside comes back. Pure, and never traps: keys and
  /// sizes come from anywhere.
  package mutating func reduce(_ event: Event) -> [DashboardEffect] {
    var effects: [DashboardEffect] = []
    switch event {
    case .key(let key): effects = self.press(key)
    case .resize(let size): self.size = size
    case .tick(let now, let wall):
      self.now = max(self.now, now)
      self.wall = wall
    case .answer(let id, let answer, let time): self.absorb(id, answer, at: time)
    case .planned(let id, let result): self.planned(id, result)
    case .performed(let id, let result): self.performed(id, result)
    case .printed(let id, let result): self.printed(id, result)
    case .completions(let id, let names): self.completed(id, names)
    case .contextChanged(let result): self.contextChanged(result)
    case .stepped(let place): self.tell(place)
    case .dumped(let path, let failure):
      self.tell(
        failure.map { "cannot write \(path): \($0)" } ?? "written to \(path)",
        failure == nil ? .plain : .bad)
    }
    self.relist()
    self.scrollToSelection()
    if let query = self.nextQuery() { effects.append(.fetch(query)) }
    return effects
  }

  mutating func tell(_ text: String, _ meaning: Meaning = .plain) {
    self.message = Message(text: text, meaning: meaning)
  }

  mutating func tell(_ error: CommandError) {
    var text = error.message
    if let why = error.why { text += ": \(why)" }
    if let first = error.tries.first { text += "; try \(first)" }
    self.tell(text, .bad)
  }

  /// When something happens by itself: the clock, a refresh.
  package var wakesAt: MonotonicTime {
    let second = self.now + .nanoseconds(1_000_000_000 - self.wall.nanoseconds % 1_000_000_000)
    let isAsking = self.fetching.inFlight.values.contains { $0.screen == self.screenIndex }
    return isAsking ? second : min(second, max(self.fetching.nextAt, self.now))
  }
}
