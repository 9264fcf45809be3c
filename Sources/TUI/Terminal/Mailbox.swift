import Dashboard
private import Synchronization

/// What happened elsewhere, for the thread that draws.
final class Mailbox: Sendable {
  private let events = Mutex<[Event]>([])
  private let wake: @Sendable () -> Void

  init(wake: @escaping @Sendable () -> Void) { self.wake = wake }

  func post(_ event: Event) {
    self.events.withLock { $0.append(event) }
    self.wake()
  }

  func take() -> [Event] {
    self.events.withLock { events in
      defer { events = [] }
      return events
    }
  }
}
