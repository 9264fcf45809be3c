public import Values

/// Something that happens at a deadline, on the loop that it was made on. Arming, moving and disarming
/// cost a few stores: one for every request is fine. Belongs to the loop's thread.
public final class LoopTimer {
  private let loop: EventLoop
  private let entry: UnsafeMutablePointer<TimerEntry>

  /// `action` runs between tasks, and must not block. It may arm the timer again.
  public init(on loop: EventLoop, _ action: @escaping () -> Void) {
    self.loop = loop
    self.entry = .allocate(capacity: 1)
    self.entry.initialize(to: TimerEntry(action: action))
  }

  deinit {
    self.loop.disarm(self.entry)
    self.entry.deinitialize(count: 1)
    self.entry.deallocate()
  }

  public var isArmed: Bool { self.entry.pointee.slot >= 0 }

  /// Lets the action run at `deadline`, within two milliseconds after; an earlier arming is forgotten.
  public func arm(at deadline: MonotonicTime) { self.loop.arm(self.entry, at: deadline) }

  public func disarm() { self.loop.disarm(self.entry) }
}
