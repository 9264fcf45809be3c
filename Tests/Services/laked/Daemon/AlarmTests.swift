import Admin
@testable import LakeDaemon
import Testing
import Values

@Suite("Alarm")
struct AlarmTests {
  private struct Clock {
    var seconds = 0
    var now: MonotonicTime { MonotonicTime(nanoseconds: UInt64(self.seconds) * 1_000_000_000) }
    var wall: Timestamp { Timestamp(WallTime(nanoseconds: Int64(self.seconds) * 1_000_000_000)) }
  }

  private static func reading(_ value: Double) -> AlertReading {
    AlertReading(
      alert: "heat", resource: "n1", value: value, warning: 10, critical: 20,
      warningAfter: .seconds(60), criticalAfter: .seconds(15), message: "hot")
  }

  @Test("an alert begins when its limit was passed for long enough, and gets worse and better")
  func course() {
    var alarm = Alarm()
    var clock = Clock()
    func step(_ seconds: Int, _ value: Double) -> AlertLevel? {
      clock.seconds += seconds
      alarm.take([Self.reading(value)], at: clock.now, wall: clock.wall)
      return alarm.firing.first?.level
    }
    #expect(step(0, 12) == nil)
    #expect(step(59, 12) == nil)
    #expect(step(1, 12) == .warning)
    #expect(alarm.firing.first?.sinceAt == clock.wall)
    let since = clock.wall
    #expect(step(1, 25) == .warning)
    #expect(step(15, 25) == .critical)
    #expect(alarm.firing.first?.limit == 20)
    #expect(step(5, 12) == .warning)
    #expect(alarm.firing.first?.sinceAt == since)
    #expect(step(5, 3) == .warning, "one reading below is not enough")
    #expect(step(5, 3) == nil)
    #expect(step(5, 12) == nil, "it begins anew")
  }

  @Test("what is no longer read has cleared")
  func gone() {
    var alarm = Alarm()
    var reading = Self.reading(30)
    reading.criticalAfter = .zero
    alarm.take([reading], at: Clock().now, wall: Clock().wall)
    #expect(alarm.firing.count == 1)
    alarm.take([], at: Clock().now, wall: Clock().wall)
    #expect(alarm.firing.isEmpty)
  }

  @Test("of a floor, low values are bad")
  func floor() {
    var alarm = Alarm()
    var readings = Readings()
    readings.certificateSeconds = 86_400
    readings.node = "n1"
    alarm.take(readings.all, at: Clock().now, wall: Clock().wall)
    #expect(alarm.firing.map(\.alert) == ["certificate expiry"])
    #expect(alarm.firing.first?.level == .critical)
    #expect(alarm.firing.first?.value == 1)
  }

  @Test("worse alerts come first")
  func order() {
    var alarm = Alarm()
    var readings = Readings()
    readings.failedJobs = 1
    readings.certificateSeconds = 3600
    alarm.take(readings.all, at: Clock().now, wall: Clock().wall)
    #expect(alarm.firing.map(\.alert) == ["certificate expiry", "failed job"])
  }
}
