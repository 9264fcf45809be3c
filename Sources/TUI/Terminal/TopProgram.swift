private import CSystem
package import CommandTable
package import Dashboard
private import Glibc
package import Screen
private import Synchronization
private import Values

/// What `lakectl top` was asked to be.
package struct TopOptions: Sendable {
  package var screen: String?
  package var interval = Duration.seconds(2)
  package var isReadOnly = false
  package var isASCII = false
  package var hasColor = true
  /// One picture on standard output.
  package var isOnce = false
  package var size: Size?
  package var context = ContextFacts(name: "")
  package var contextNames: [String] = []
  package var hasClipboard = false
  package var localOffset: Int?

  package init() {}
}

/// The dashboard, running: a thread that draws, and tasks that fetch and act.
package struct TopProgram: Sendable {
  package var options: TopOptions
  package var source: any DashboardSource
  package var table: Command
  package var clock: TopClock
  /// Steps through a recording and says where it is; nil when this is none.
  package var step: (@Sendable () -> String)?

  package init(
    _ options: TopOptions, source: any DashboardSource, table: Command,
    clock: TopClock = .process, step: (@Sendable () -> String)? = nil
  ) {
    self.options = options
    self.source = source
    self.table = table
    self.clock = clock
    self.step = step
  }

  private var glyphs: Glyphs { self.options.isASCII ? .ascii : .utf8 }

  private func state(_ size: Size) -> State {
    var options = State.Options()
    options.isReadOnly = self.options.isReadOnly
    options.isReplay = self.step != nil
    options.hasClipboard = self.options.hasClipboard
    options.contextNames = self.options.contextNames
    var state = State(
      options: options, table: self.table, context: self.options.context, size: size,
      now: self.clock.now(), wall: self.clock.wall(), interval: self.options.interval,
      screen: self.options.screen)
    state.localOffset = self.options.localOffset
    return state
  }

  /// Shows the dashboard on the terminal of this process until the person leaves.
  package func run() async throws(CommandError) -> ExitCode {
    let terminal = try CursesTerminal(hasColor: self.options.hasColor)
    let code = await self.run(on: terminal) { terminal.hasColor.toggle() }
    terminal.close()
    return ExitCode(rawValue: code) ?? (code == 0 ? .ok : .terminated)
  }

  /// The same on any terminal; the exit code of a signal is 128 and its number.
  package func run(
    on terminal: any Terminal, toggleColor: @escaping @Sendable () -> Void = {}
  ) async -> Int32 {
    let mailbox = Mailbox(wake: { terminal.wake() })
    let (effects, outbox) = AsyncStream.makeStream(of: DashboardEffect.self)
    let result = Mutex<Int32>(0)
    let state = self.state(terminal.size)
    let clock = self.clock
    let glyphs = self.glyphs
    let thread = DrawingThread {
      let loop = DrawingLoop(
        state, terminal: terminal, mailbox: mailbox, clock: clock, glyphs: glyphs,
        hand: { outbox.yield($0) }, toggleColor: toggleColor)
      let code = loop.run()
      // The terminal is given back before anything else is waited for.
      terminal.close()
      result.withLock { $0 = code }
      outbox.finish()
    }
    await withTaskGroup { group in
      for await effect in effects {
        group.addTask {
          if let event = await self.carryOut(effect, width: 76) { mailbox.post(event) }
        }
      }
      group.cancelAll()
    }
    thread.join()
    return result.withLock { $0 }
  }

  /// What is done beside the drawing.
  private func carryOut(_ effect: DashboardEffect, width: Int) async -> Event? {
    switch effect {
    case .fetch(let query):
      let answer = await self.source.fetch(query)
      return .answer(query.id, answer, at: self.clock.now())
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
      return .printed(id, await self.source.run(words, width: width))
    case .complete(let id, let kind, let prefix):
      return .completions(id, await self.source.names(of: kind, prefix: prefix))
    case .useContext(let name):
      do throws(CommandError) {
        return .contextChanged(.success(try await self.source.use(context: name)))
      } catch {
        return .contextChanged(.failure(error))
      }
    case .stepReplay: return self.step.map { .stepped($0()) }
    case .copy, .dump, .toggleColor, .redraw, .suspend, .quit: return nil
    }
  }

  // MARK: Once

  /// How often a screen is asked for what it still lacks before it is drawn as it is.
  private static let roundCountMax = 5

  /// One picture as plain lines, once everything it shows was answered.
  package func once() async -> String {
    var state = self.state(self.options.size ?? Size(width: 80, height: 24))
    var effects = state.reduce(.tick(self.clock.now(), self.clock.wall()))
    for _ in 0..<Self.roundCountMax {
      guard
        case .fetch(let query)? = effects.first(where: { effect in
          if case .fetch = effect { true } else { false }
        })
      else { break }
      let answer = await self.source.fetch(query)
      effects = state.reduce(.answer(query.id, answer, at: self.clock.now()))
    }
    return render(state, size: state.size, glyphs: self.glyphs).text
  }
}

/// A thread of its own for the terminal: ncurses is not made for two, and a wait for keys would
/// hold up the tasks.
private final class DrawingThread: @unchecked Sendable {
  // Sendable: `body` is called once, on the thread that this starts.
  private let body: @Sendable () -> Void
  private var handle: UInt64 = 0

  init(_ body: @escaping @Sendable () -> Void) {
    self.body = body
    let context = Unmanaged.passRetained(self).toOpaque()
    let code = csystem_thread_start(
      &self.handle, "screen",
      { context in
        guard let context else { return }
        Unmanaged<DrawingThread>.fromOpaque(context).takeRetainedValue().body()
      }, context)
    precondition(
      code == 0, "cannot start the thread that draws: \(String(cString: strerror(-code)))")
  }

  /// Returns when the body has; it is over already when this is called.
  func join() { _ = csystem_thread_join(self.handle) }
}
