@testable import LakeDaemon
import Observability
import Testing
import Values

@Suite("Service window")
struct ServiceWindowTests {
  private static func sample(_ registry: MetricRegistry, at seconds: UInt64) -> ServiceWindow.Sample
  {
    ServiceWindow.Sample(
      registry.snapshot(), servers: ["admin"],
      at: MonotonicTime(nanoseconds: seconds * 1_000_000_000))
  }

  @Test("rates are differences over the true interval, and unknown at first")
  func rates() throws {
    let registry = MetricRegistry()
    let requests = registry.counters(
      "http_requests_total", "", labels: ["server", "group", "status"])
    let seconds = registry.histograms(
      "http_request_seconds", "", labels: ["server", "group"], scale: .nanoseconds)
    let good = requests.with("admin", "a", "2xx")
    let bad = requests.with("admin", "b", "5xx")
    requests.with("s3", "a", "2xx").add(1_000_000)
    good.add(500)
    seconds.with("admin", "a").record(900_000_000)
    var window = ServiceWindow()
    window.add(Self.sample(registry, at: 0))
    #expect(window.activity?.ratePerSecond == nil)
    #expect(window.activity?.requestCount == 500)
    good.add(30)
    bad.add(10)
    seconds.with("admin", "b").record(2_000_000)
    window.add(Self.sample(registry, at: 4))
    let activity = try #require(window.activity)
    #expect(activity.ratePerSecond == 10)
    #expect(activity.errorRatio == 0.25)
    // The slow request before the window does not count.
    let p99 = try #require(activity.p99Milliseconds)
    #expect(abs(p99 - 2) < 0.05)
  }

  @Test("only the last samples count")
  func slides() {
    let registry = MetricRegistry()
    let counter = registry.counters(
      "http_requests_total", "", labels: ["server", "group", "status"]
    ).with("admin", "a", "2xx")
    var window = ServiceWindow()
    counter.add(1_000_000)
    for second in 0..<20 {
      window.add(Self.sample(registry, at: UInt64(second)))
      counter.add(2)
    }
    #expect(window.activity?.ratePerSecond == 2)
  }

  @Test("counters that went back begin anew")
  func restart() {
    let registry = MetricRegistry()
    var window = ServiceWindow()
    window.add(Self.sample(registry, at: 0))
    var high = Self.sample(registry, at: 1)
    high.requests = 10
    window.add(high)
    window.add(Self.sample(registry, at: 2))
    #expect(window.activity?.ratePerSecond == nil)
  }
}
