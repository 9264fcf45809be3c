/// Whether a ring is so busy that waiting a little for more answers pays.
///
/// A loop that is faster than its clients finds few answers each turn and pays a wait, a wake-up and cold
/// caches for them. Above 30 answers a millisecond it gathers: it waits for 16 of them, but at most 50 µs
/// once there is one. Below, nothing changes, so a single client's latency stays what it is.
struct Gathering {
  static let count: UInt32 = 16
  static let microseconds: UInt64 = 50
  private static let perMillisecondMin = 30.0

  /// The kernel must be able to.
  var isPossible = false
  private var lastTurn: UInt64 = 0
  private var answers = 0.0
  private var milliseconds = 0.0

  var isWorthwhile: Bool {
    self.isPossible && self.answers > self.milliseconds * Self.perMillisecondMin
      && self.milliseconds > 0.5
  }

  /// Counts the answers of a turn that began at `now`; what is a few milliseconds old fades.
  mutating func note(_ count: UInt32, at now: UInt64) {
    let passed = Double(now &- self.lastTurn) / 1_000_000
    self.lastTurn = now
    self.answers += Double(count)
    self.milliseconds += passed
    guard self.milliseconds > 4 else { return }
    // After a pause only the present counts.
    let share = passed > 4 ? 0 : 0.5
    self.answers *= share
    self.milliseconds *= share
  }
}
