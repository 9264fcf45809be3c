@testable import ObjectGateway
import Testing
import Values

@Suite("What an operator sees of the requests")
struct WatchingTests {
  @Test("the most frequent names are found among many more than there is room for")
  func heavyHitters() throws {
    var counters = SpaceSaving(capacity: 10)
    for number in 0..<5000 {
      counters.add("rare-\(number)", count: 1, byteCount: 1)
      if number % 2 == 0 { counters.add("often", count: 1, byteCount: 10) }
    }
    #expect(counters.entries.count == 10)
    #expect(counters.total == 7500)
    let often = try #require(counters.entries.max { $0.count < $1.count })
    #expect(often.name == "often")
    // Never too low, and too high by no more than it says.
    #expect(often.count >= 2500)
    #expect(often.count - often.error <= 2500)
  }

  @Test("halving forgets what is not asked for any more")
  func halving() {
    var counters = SpaceSaving(capacity: 4)
    counters.add("old", count: 3, byteCount: 8)
    counters.halve()
    counters.halve()
    #expect(counters.entries.isEmpty)
    counters.add("new", count: 1, byteCount: 1)
    #expect(counters.entries.map(\.name) == ["new"])
  }

  @Test(
    "a key belongs to at most two folders",
    arguments: [("a", ""), ("a/b", "a/"), ("a/b/c", "a/b/"), ("a/b/c/d", "a/b/"), ("//x", "//")])
  func folder(key: String, folder: String) {
    #expect(HotCounters.folder(of: key) == folder)
  }

  private static func line(_ number: Int, _ bucket: String = "raw") -> ObservedRequest {
    ObservedRequest(
      TraceLine(
        number: 0, at: WallTime(nanoseconds: 0), operation: "getObject", bucket: bucket,
        key: "k\(number)", status: 200, totalNanoseconds: 5_000_000, firstByteNanoseconds: 1,
        received: 0, sent: 1, client: "10.0.0.1", accessKey: nil, requestID: "", error: nil,
        standsFor: 1))
  }

  private static func at(_ milliseconds: UInt64) -> MonotonicTime {
    MonotonicTime(nanoseconds: milliseconds * 1_000_000)
  }

  @Test("nobody asks: nothing is kept; a listener that went away counts no more")
  func listening() {
    let trace = RequestTrace()
    let wall = WallTime(nanoseconds: 0)
    #expect(!trace.isWanted(at: 1))
    let begin = trace.read(after: nil, TraceFilter(), limit: 10, at: Self.at(1000))
    #expect(trace.isWanted(at: Self.at(2000).nanoseconds))
    trace.note(Self.line(1), at: Self.at(1100), wall)
    let batch = trace.read(after: begin.next, TraceFilter(), limit: 10, at: Self.at(1200))
    #expect(batch.lines.map(\.key) == ["k1"])
    #expect(!trace.isWanted(at: Self.at(60_000).nanoseconds))
    trace.note(Self.line(2), at: Self.at(60_000), wall)
    let later = trace.read(after: batch.next, TraceFilter(), limit: 10, at: Self.at(60_001))
    #expect(later.lines.isEmpty)
  }

  @Test("of more than a thousand a second each n-th is kept, and says for how many it stands")
  func sampling() {
    let trace = RequestTrace()
    let wall = WallTime(nanoseconds: 0)
    var cursor = trace.read(after: nil, TraceFilter(), limit: 1, at: Self.at(0)).next
    var lines: [TraceLine] = []
    for second in 0..<3 as Range<UInt64> {
      for number in 0..<5000 { trace.note(Self.line(number), at: Self.at(second * 1000), wall) }
      let batch = trace.read(after: cursor, TraceFilter(), limit: 5000, at: Self.at(second * 1000))
      cursor = batch.next
      lines = batch.lines
      #expect(batch.lines.count <= RequestTrace.linesPerSecondMax)
    }
    #expect(lines.count == 1000)
    #expect(lines.allSatisfy { $0.standsFor == 5 })
  }

  @Test("each listener sees what it asked for, and is told of what was overwritten")
  func filters() {
    let trace = RequestTrace()
    let wall = WallTime(nanoseconds: 0)
    var filter = TraceFilter()
    filter.bucket = "raw"
    filter.slowerNanoseconds = 4_000_000
    let cursor = trace.read(after: nil, filter, limit: 1, at: Self.at(0)).next
    trace.note(Self.line(1, "other"), at: Self.at(1), wall)
    trace.note(Self.line(2), at: Self.at(2), wall)
    let batch = trace.read(after: cursor, filter, limit: 10, at: Self.at(3))
    #expect(batch.lines.map(\.key) == ["k2"])
    #expect(batch.missed == 0)
    for second in 1...6 as ClosedRange<UInt64> {
      for number in 0..<1000 { trace.note(Self.line(number), at: Self.at(second * 1000), wall) }
    }
    let late = trace.read(after: batch.next, filter, limit: 10_000, at: Self.at(7000))
    #expect(late.lines.count == RequestTrace.lineCountMax)
    #expect(late.missed == 6000 - UInt64(RequestTrace.lineCountMax))
  }
}
