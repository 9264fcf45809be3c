import Bytes
import JSON
import Testing
import Values

@testable import Observability

private func context(_ text: String) -> TraceContext? {
  TraceContext(parent: Array(text.utf8).rawBytes)
}

private func state(_ text: String) -> TraceState? {
  TraceState(parsing: Array(text.utf8).rawBytes)
}

@Suite("Traces")
struct TraceTests {
  private let example = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

  @Test("a traceparent is read and written")
  func parent() throws {
    let read = try #require(context(self.example))
    #expect(read.traceID == 0x4BF9_2F35_77B3_4DA6_A3CE_929D_0E0E_4736)
    #expect(read.spanID == 0x00F0_67AA_0BA9_02B7)
    #expect(read.isSampled)
    #expect(read.description == self.example)
    #expect(read.traceText == "4bf92f3577b34da6a3ce929d0e0e4736")
    #expect(read.child(random: 5).traceID == read.traceID)
    #expect(read.child(random: 0).spanID == 1)
  }

  @Test(
    "a traceparent that the standard says to ignore is ignored",
    arguments: [
      "", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
      "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
      "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
      "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
      "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
      "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x",
    ])
  func ignored(text: String) { #expect(context(text) == nil) }

  @Test("a later version is read by the form of ours")
  func later() {
    #expect(context("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more") != nil)
    #expect(context("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00")?.isSampled == false)
  }

  @Test("tracestate keeps the order of others and puts ours in front")
  func stateForms() throws {
    var read = try #require(state(" rojo=00f067aa0ba902b7 ,, congo=t61rcWkgMzE"))
    #expect(read.members.map(\.name) == ["rojo", "congo"])
    read.setOwn("x")
    read.setOwn("y")
    var target = ByteWriter()
    read.append(to: &target)
    #expect(target.bytes.lossyText == "lake=y,rojo=00f067aa0ba902b7,congo=t61rcWkgMzE")
    let many = (0..<32).map { "k\($0)=v" }.joined(separator: ",")
    #expect(state(many) != nil)
    #expect(state(many + ",z=1") == nil)
  }

  @Test(
    "a tracestate with a wrong member is dropped",
    arguments: ["a", "A=1", "a=1,a=2", "a=", "a=b=c", "a=\u{E9}", "=1"])
  func wrongState(text: String) { #expect(state(text) == nil) }

  @Test("a sampler takes its share, and the same traces everywhere")
  func sampler() {
    let sampler = TraceSampler(ratio: 0.25)
    var random = SystemRandomNumberGenerator()
    var taken = 0
    for _ in 0..<10_000 {
      let made = TraceContext(
        random: (random.next(), random.next(), random.next()), sampler: sampler)
      if made.isSampled { taken += 1 }
      #expect(made.isSampled == sampler.samples(made.traceID))
    }
    #expect(taken > 2200 && taken < 2800)
    #expect(TraceSampler.all.samples(.max))
    #expect(!TraceSampler.none.samples(0))
  }

  @Test("slow requests are logged with their phases, so many a second")
  func slow() {
    let system = LogSystem(LogSystem.Options { $0.output = .file("/dev/null") })
    let slow = SlowRequestLog(system.logger("s3"), threshold: .milliseconds(100), perSecondMax: 2)
    func request(at start: UInt64, took: UInt64) {
      let begin = MonotonicTime(nanoseconds: start * 1_000_000)
      var timeline = RequestTimeline(start: begin)
      timeline.end("parse", at: begin + .milliseconds(1))
      let end = begin + .milliseconds(Int64(took))
      timeline.end("disk", at: end)
      slow.observe(timeline, endedAt: end, trace: context(self.example), "GET /x", ["status": 200])
    }
    request(at: 0, took: 99)
    for _ in 0..<5 { request(at: 10, took: 150) }
    request(at: 2000, took: 100)
    system.stop()
    let records = system.recent().records
    #expect(records.count == 3)
    #expect(records[0].message == "slow request: GET /x")
    #expect(records[0].fields["took"] == .duration(.milliseconds(150)))
    #expect(records[0].fields["in_parse"] == .duration(.milliseconds(1)))
    #expect(records[0].fields["in_disk"] == .duration(.milliseconds(149)))
    #expect(records[0].fields["trace"] == "4bf92f3577b34da6a3ce929d0e0e4736")
    #expect(records[0].fields["status"] == 200)
    #expect(records[2].fields["not_shown"] == .unsigned(3))
  }

  @Test("phases beyond the eighth count to the eighth")
  func phases() {
    var timeline = RequestTimeline(start: MonotonicTime(nanoseconds: 0))
    for step in 1...10 { timeline.end("p", at: MonotonicTime(nanoseconds: UInt64(step))) }
    #expect(timeline.phaseCount == 8)
    #expect(timeline.phase(7).duration == .nanoseconds(3))
  }
}
