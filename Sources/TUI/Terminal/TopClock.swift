private import CSystem
package import Values

/// The clocks the dashboard reads.
package struct TopClock: Sendable {
  package var now: @Sendable () -> MonotonicTime
  package var wall: @Sendable () -> WallTime

  package init(
    now: @escaping @Sendable () -> MonotonicTime, wall: @escaping @Sendable () -> WallTime
  ) {
    self.now = now
    self.wall = wall
  }

  package static let process = TopClock(
    now: { MonotonicTime(nanoseconds: csystem_monotonic_ns()) },
    wall: { WallTime(nanoseconds: csystem_wall_ns()) })
}
