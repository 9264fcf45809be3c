private import CommandTable
package import Dashboard
private import LakectlTesting
package import Screen
private import Synchronization
private import Values

/// A dashboard without a terminal and without time of its own: events go in, pictures come out.
package final class DashboardRun {
  package private(set) var state: State
  package let source: AdminSource
  package let client: ReplayClient
  private let time: SharedTime
  /// Effects that were not fetches, in their order.
  package private(set) var effects: [DashboardEffect] = []
  private var waiting: [DashboardEffect] = []

  /// The time that source and dashboard share.
  private final class SharedTime: Sendable {
    let nanoseconds = Mutex<UInt64>(1_000_000_000)
    var now: MonotonicTime { MonotonicTime(nanoseconds: self.nanoseconds.withLock { $0 }) }
    func advance(_ duration: Duration) {
      self.nanoseconds.withLock { $0 += UInt64(duration.nanosecondsClamped) }
    }
  }

  package init(
    _ recording: Recording, size: Size = Size(width: 80, height: 24), screen: String? = nil,
    isReadOnly: Bool = false, isReplay: Bool = false, contextNames: [String] = ["prod", "dev"]
  ) {
    let time = SharedTime()
    self.time = time
    self.client = ReplayClient(recording, now: { time.now })
    self.source = AdminSource(
      client: self.client, context: recording.context,
      desk: CommandDesk(root: ClusterTable.root, surroundings: ClusterTable.surroundings),
      now: { time.now },
      connect: { [client] name async throws(CommandError) in
        (client, ContextFacts(name: name))
      })
    var options = State.Options()
    options.isReadOnly = isReadOnly
    options.isReplay = isReplay
    options.contextNames = contextNames
    self.state = State(
      options: options, table: ClusterTable.root, context: recording.context, size: size,
      now: time.now, wall: self.client.wall, screen: screen)
  }

  /// Lets time go by in steps of a refresh, and answers what is asked.
  package func run(for seconds: Double) async {
    var left = Int(seconds * 2)
    await self.reduce(.tick(self.time.now, self.client.wall))
    while left > 0 {
      self.time.advance(.milliseconds(500))
      await self.reduce(.tick(self.time.now, self.client.wall))
      left -= 1
    }
  }

  package func reduce(_ event: Event) async {
    self.waiting += self.state.reduce(event)
    // An answer may ask again; there is an end to it.
    var rounds = 0
    while !self.waiting.isEmpty, rounds < 20 {
      rounds += 1
      let effects = self.waiting
      self.waiting = []
      for effect in effects {
        if case .fetch = effect {} else { self.effects.append(effect) }
        if let event = await self.carryOut(effect) { self.waiting += self.state.reduce(event) }
      }
    }
  }

  private func carryOut(_ effect: DashboardEffect) async -> Event? {
    switch effect {
    case .fetch(let query):
      return .answer(query.id, await self.source.fetch(query), at: self.time.now)
    case .plan(let id, let lines):
      do throws(CommandError) {
        return .planned(id, .success(try await self.source.plan(lines)))
      } catch {
        return .planned(id, .failure(error))
      }
    case .perform(let id, let lines):
      do throws(CommandError) {
        return .performed(id, .success(try await self.source.perform(lines)))
      } catch {
        return .performed(id, .failure(error))
      }
    case .run(let id, let words):
      return .printed(id, await self.source.run(words, width: 76))
    case .complete(let id, let kind, let prefix):
      return .completions(id, await self.source.names(of: kind, prefix: prefix))
    case .useContext(let name):
      return .contextChanged(.success(ContextFacts(name: name)))
    case .stepReplay: return .stepped(self.client.step())
    case .copy, .dump, .toggleColor, .redraw, .suspend, .quit: return nil
    }
  }

  /// Presses keys: a text is typed, names of keys stand between angle brackets: `"/n4<Enter>"`.
  package func press(_ text: String) async {
    for key in Self.keys(text) { await self.reduce(.key(key)) }
  }

  package static func keys(_ text: String) -> [Key] {
    var keys: [Key] = []
    var rest = Substring(text)
    while let first = rest.unicodeScalars.first {
      if first == "<", let end = rest.firstIndex(of: ">"),
        let key = Self.named(String(rest[rest.index(after: rest.startIndex)..<end]))
      {
        keys.append(key)
        rest = rest[rest.index(after: end)...]
      } else {
        keys.append(.character(first))
        rest.unicodeScalars.removeFirst()
      }
    }
    return keys
  }

  private static func named(_ name: String) -> Key? {
    if name.hasPrefix("Ctrl-"), let letter = name.unicodeScalars.last {
      return .control(Unicode.Scalar(letter.value | 0x20) ?? letter)
    }
    return Key.named.first { $0.words == name }
  }

  package func picture(_ size: Size? = nil, _ glyphs: Glyphs = .ascii) -> Grid {
    render(self.state, size: size ?? self.state.size, glyphs: glyphs)
  }

  package var text: String { self.picture().text }

  package func contains(_ text: String) -> Bool { self.text.contains(text) }
}
