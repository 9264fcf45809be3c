import Bytes
import CSystem
import JSON
import Testing
import Values

@testable import Observability

private func text(_ registry: MetricRegistry) -> String {
  var target = ByteWriter()
  registry.snapshot().appendPrometheusText(to: &target)
  return target.bytes.lossyText
}

/// Runs `body` on `count` threads with shards of their own.
private func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
  final class Start: Sendable {
    let number: Int
    let body: @Sendable (Int) -> Void
    init(_ number: Int, _ body: @escaping @Sendable (Int) -> Void) {
      self.number = number
      self.body = body
    }
  }
  var handles: [UInt64] = []
  for number in 0..<count {
    var handle: UInt64 = 0
    let context = Unmanaged.passRetained(Start(number, body)).toOpaque()
    let code = csystem_thread_start(
      &handle, "test",
      { context in
        guard let context else { return }
        let start = Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
        csystem_thread_set_shard(UInt32(start.number))
        start.body(start.number)
      }, context)
    precondition(code == 0)
    handles.append(handle)
  }
  for handle in handles { _ = csystem_thread_join(handle) }
}

@Suite("Metrics")
struct MetricTests {
  @Test(
    "threads count without losing one, whether they share a shard or not", arguments: [1, 4, 20])
  func threads(count: Int) {
    let registry = MetricRegistry()
    let counter = registry.counter("hits_total", "Hits.")
    let level = registry.level("open", "Open things.")
    let histogram = registry.histogram("sizes", "Sizes.", scale: .counts)
    onThreads(count) { _ in
      for step in 0..<10_000 {
        counter.add()
        level.increment()
        if step % 2 == 0 { level.decrement() }
        histogram.record(UInt64(step % 100))
      }
    }
    #expect(counter.value == UInt64(count) * 10_000)
    #expect(level.value == Int64(count) * 5000)
    #expect(histogram.snapshot().count == UInt64(count) * 10_000)
    #expect(histogram.snapshot().sum == UInt64(count) * 495_000)
  }

  @Test("every value falls into the bucket that holds it, in order and without gaps")
  func buckets() {
    var previous = -1
    for value in UInt64(0)...70_000 {
      let index = HistogramScale.index(of: value)
      #expect(index == previous || index == previous + 1)
      previous = index
      let low = HistogramScale.lowerBound(of: index)
      #expect(value >= low && value - low < HistogramScale.width(of: index), "\(value)")
    }
    for exponent in 0..<64 {
      for offset in [-1, 0, 1] as [Int64] {
        let value = (UInt64(1) << UInt64(exponent)) &+ UInt64(bitPattern: offset)
        let index = HistogramScale.index(of: value)
        let low = HistogramScale.lowerBound(of: index)
        #expect(value >= low && value - low < HistogramScale.width(of: index), "\(value)")
        let middle = HistogramScale.middle(of: index)
        let off = middle > value ? middle - value : value - middle
        #expect(Double(off) <= Double(value) / 63, "\(value) is taken for \(middle)")
      }
    }
  }

  @Test("quantiles are right within two in a hundred", arguments: [0.0, 0.5, 0.9, 0.99, 0.999, 1])
  func quantiles(q: Double) {
    let histogram = MetricRegistry().histogram("t", "T.", scale: .nanoseconds)
    var values: [UInt64] = []
    var random = SystemRandomNumberGenerator()
    for _ in 0..<20_000 {
      let value = UInt64.random(
        in: 1...1 << UInt64.random(in: 1...40, using: &random), using: &random)
      values.append(value)
      histogram.record(value)
    }
    values.sort()
    let exact = Double(values[max(0, Int((q * 20_000).rounded(.up)) - 1)])
    let found = Double(histogram.snapshot().quantile(q))
    #expect(abs(found - exact) <= exact * 0.02 + 1, "exact \(exact), found \(found)")
  }

  @Test("a value over the scale counts as the highest, and nothing has quantile 0")
  func edges() {
    let histogram = MetricRegistry().histogram("t", "T.", scale: .counts)
    #expect(histogram.snapshot().quantile(0.5) == 0)
    histogram.record(.max)
    #expect(histogram.snapshot().max >= 1 << 20)
    histogram.record(from: MonotonicTime(nanoseconds: 9), to: MonotonicTime(nanoseconds: 2))
    #expect(histogram.snapshot().count == 2)
  }

  @Test("the text form is the one that Prometheus reads")
  func prometheus() {
    let registry = MetricRegistry()
    let requests = registry.counters(
      "http_requests_total", "Requests\nby \\ path.", labels: ["path", "code"])
    requests.with("/a\"b\\c\n", "200").add(3)
    requests.with("/", "500").add()
    registry.gauge("ratio", "A ratio.").set(0.25)
    registry.level("queue", "Waiting.").add(-2)
    registry.observed("observed", "Asked for.") { .infinity }
    let sizes = registry.histogram(
      "size_bytes", "Sizes.", scale: HistogramScale(valueMax: 1024, printedExponents: 2...4))
    for value: UInt64 in [1, 3, 4, 20] { sizes.record(value) }
    _ = registry.counters("unused_total", "Never asked for.", labels: ["x"])
    #expect(
      text(registry) == #"""
        # HELP http_requests_total Requests\nby \\ path.
        # TYPE http_requests_total counter
        http_requests_total{path="/",code="500"} 1
        http_requests_total{path="/a\"b\\c\n",code="200"} 3
        # HELP observed Asked for.
        # TYPE observed gauge
        observed +Inf
        # HELP queue Waiting.
        # TYPE queue gauge
        queue -2
        # HELP ratio A ratio.
        # TYPE ratio gauge
        ratio 0.25
        # HELP size_bytes Sizes.
        # TYPE size_bytes histogram
        size_bytes_bucket{le="4.0"} 2
        size_bytes_bucket{le="8.0"} 3
        size_bytes_bucket{le="16.0"} 3
        size_bytes_bucket{le="+Inf"} 4
        size_bytes_sum 28
        size_bytes_count 4

        """#)
  }

  @Test("a snapshot for the admin API has quantiles in the metric's unit")
  func jsonForm() {
    let registry = MetricRegistry()
    registry.counters("a_total", "A.", labels: ["op"]).with("x\"y").add(2)
    registry.gauge("b", "B.").set(.nan)
    let histogram = registry.histogram(
      "c_seconds", "C.",
      scale: HistogramScale(valueMax: 1 << 40, factor: 0.5, printedExponents: 1...2))
    for value: UInt64 in 1...10 { histogram.record(value) }
    var target = ByteWriter()
    target.appendJSON { registry.snapshot().encode(to: &$0) }
    #expect(
      target.bytes.lossyText
        == #"[{"name":"a_total","help":"A.","type":"counter","#
        + #""series":[{"labels":{"op":"x\"y"},"value":2}]},"#
        + #"{"name":"b","help":"B.","type":"gauge","series":[{"labels":{},"value":null}]},"#
        + #"{"name":"c_seconds","help":"C.","type":"histogram","series":[{"labels":{},"#
        + #""count":10,"sum":27.5,"mean":2.75,"p50":2.5,"p90":4.5,"p99":5.0,"p999":5.0,"#
        + #""max":5.0}]}]"#)
  }

  @Test("series over the limit are counted together")
  func cardinality() {
    let registry = MetricRegistry()
    let family = registry.counters("x_total", "X.", labels: ["user"], seriesMax: 3)
    for user in 0..<10 { family.with("u\(user)").add() }
    family.with("u1").add()
    let snapshot = registry.snapshot()
    #expect(snapshot["x_total"]?.series.count == 4)
    #expect(snapshot.value("x_total", "_other") == .count(7))
    #expect(snapshot.value("x_total", "u1") == .count(2))
  }

  @Test("the same name gives the same metric, and many metrics have room")
  func identity() {
    let registry = MetricRegistry()
    registry.counter("a_total", "A.").add(2)
    #expect(registry.counter("a_total", "A.").value == 2)
    for number in 0..<10 {
      registry.histogram("h\(number)", "H.", scale: .nanoseconds).record(UInt64(number))
    }
    let snapshot = registry.snapshot()
    for number in 0..<10 {
      guard case .histogram(let histogram)? = snapshot.value("h\(number)") else {
        Issue.record("h\(number) is missing")
        continue
      }
      #expect(histogram.count == 1)
      #expect(histogram.sum == UInt64(number))
    }
  }

  @Test("a name registered as something else is our bug")
  func otherKind() async {
    await #expect(processExitsWith: .failure) {
      let registry = MetricRegistry()
      _ = registry.level("a", "A.")
      _ = registry.gauge("a", "A.")
    }
  }

  @Test(
    "snapshots of two processes add up, and a later one minus an earlier one is what came between")
  func merge() {
    let registry = MetricRegistry()
    let counter = registry.counter("a_total", "A.")
    let histogram = registry.histogram("h", "H.", scale: .counts)
    counter.add(1)
    histogram.record(5)
    var first = registry.snapshot()
    counter.add(1)
    histogram.record(7)
    let second = registry.snapshot()
    guard case .histogram(let early)? = first.value("h"),
      case .histogram(let late)? = second.value("h")
    else { return }
    #expect(late.since(early).quantile(0) == 7)
    #expect(late.since(early).sum == 7)
    first.merge(second)
    #expect(first.value("a_total") == .count(3))
    guard case .histogram(let both)? = first.value("h") else { return }
    #expect(both.count == 3)
  }

  @Test("the kernel's numbers of this process make sense")
  func process() {
    let metrics = ProcessMetrics.read()
    #expect(metrics.residentBytes > 1 << 20)
    #expect(metrics.virtualBytes > metrics.residentBytes)
    #expect(metrics.threadCount >= 1)
    #expect(metrics.openDescriptorCount >= 3)
    #expect(metrics.openDescriptorMax >= 256)
    #expect(metrics.uptimeSeconds > 0 && metrics.uptimeSeconds < 86_400)
    #expect(metrics.userSeconds + metrics.systemSeconds > 0)
    let registry = MetricRegistry()
    ProcessMetrics.register(in: registry)
    #expect(text(registry).contains("# TYPE process_cpu_seconds_total counter"))
  }
}
