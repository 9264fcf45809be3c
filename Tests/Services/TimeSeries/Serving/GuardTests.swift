import ClusterTesting
import Observability
import Runtime
import SeriesSchema

import SeriesTesting
import Synchronization
import Testing
import Values

@testable import SeriesServing

@Suite("What watches over the doors")
struct GuardTests {
  /// A protector whose usage is set by hand.
  private struct Watched: Sendable {
    let clock = ModelClock()
    let metrics = MetricRegistry()
    let protector: MemoryProtector
    let usage = Usage()

    init(limit: Int) {
      let usage = self.usage
      self.protector = MemoryProtector(
        limitBytes: limit, time: self.clock, metrics: self.metrics
      ) { usage.bytes.load(ordering: .relaxed) }
    }

    func use(_ bytes: Int) {
      self.usage.bytes.store(bytes, ordering: .relaxed)
      self.protector.look()
    }

    func count(_ call: String) -> MetricSnapshot.Value? {
      self.metrics.snapshot().value("lake_series_memory_rejections_total", call)
    }
  }

  private final class Usage: Sendable {
    let bytes = Atomic<Int>(0)
  }

  @Test("from 80 % of the limit on new streams are refused, and counted")
  func streams() {
    let watched = Watched(limit: 1000)
    watched.use(799)
    #expect(watched.protector.admitsStream())
    watched.use(800)
    #expect(!watched.protector.admitsStream())
    #expect(watched.count("stream") == .count(1))
    #expect(watched.metrics.snapshot().value("lake_series_memory_state") == .number(1))
    watched.use(10)
    #expect(watched.protector.admitsStream())
  }

  @Test("a query waits for room, ever longer, and goes on when there is some")
  func waits() async throws {
    let watched = Watched(limit: 1000)
    watched.use(900)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await watched.protector.waitForRoom() }
      while watched.clock.sleeperCount == 0 { await Task.yield() }
      watched.usage.bytes.store(100, ordering: .relaxed)
      watched.clock.advance(by: .milliseconds(10))
      try await group.waitForAll()
    }
    #expect(watched.count("query") == .count(0))
  }

  @Test("a query that waited for as long as it may is refused with the words of the protocol")
  func refuses() async throws {
    let watched = Watched(limit: 1000)
    watched.use(900)
    let result = await withTaskGroup(of: SeriesFault?.self) { group in
      group.addTask {
        do throws(SeriesFault) {
          try await watched.protector.waitForRoom()
          return nil
        } catch {
          return error
        }
      }
      for _ in 0..<100 {
        var spins = 0
        while watched.clock.sleeperCount == 0, spins < 2000 {
          await Task.yield()
          spins += 1
        }
        watched.clock.advance(by: .seconds(1))
      }
      return await group.next() ?? nil
    }
    #expect(
      result
        == SeriesFault(
          .resourceExhausted, "server is under memory pressure, please retry later"))
    #expect(watched.count("query") == .count(1))
  }
}
