private import Synchronization
public import Values

extension EventLoop {
  public func sleep(until deadline: MonotonicTime) async throws(CancellationError) {
    let sleeper = Sleeper(loop: self)
    let wasCancelled = await withTaskCancellationHandler {
      await withUnsafeContinuation { waiter in
        if self.isCurrent {
          sleeper.begin(until: deadline, waiter)
        } else {
          self.execute { sleeper.begin(until: deadline, waiter) }
        }
      }
    } onCancel: {
      self.execute { sleeper.end(cancelled: true) }
    }
    if wasCancelled { throw CancellationError() }
  }
}

/// One sleeping task. Touched by its loop's thread only.
private final class Sleeper: @unchecked Sendable {
  private let loop: EventLoop
  private var waiter: UnsafeContinuation<Bool, Never>?
  private var entry: UnsafeMutablePointer<TimerEntry>?
  private var isCancelled = false

  init(loop: EventLoop) { self.loop = loop }

  func begin(until deadline: MonotonicTime, _ waiter: UnsafeContinuation<Bool, Never>) {
    if self.isCancelled {
      waiter.resume(returning: true)
      return
    }
    self.waiter = waiter
    let entry = UnsafeMutablePointer<TimerEntry>.allocate(capacity: 1)
    entry.initialize(to: TimerEntry { [unowned self] in self.end(cancelled: false) })
    self.entry = entry
    self.loop.arm(entry, at: deadline)
  }

  func end(cancelled: Bool) {
    self.isCancelled = cancelled
    guard let waiter = self.waiter, let entry = self.entry else { return }
    self.waiter = nil
    self.entry = nil
    self.loop.disarm(entry)
    waiter.resume(returning: cancelled)
    entry.deinitialize(count: 1)
    entry.deallocate()
  }
}
