import Bytes
import CSystem
import Observability
import Synchronization
import TestSupport
import Testing
import Values

@testable import Runtime

/// Every backend that this kernel allows.
let backends: [BackendChoice] = UringBackend.probe() == 0 ? [.uring, .epoll] : [.epoll]

@Suite("Event loop")
struct EventLoopTests {
  @Test("a task and its children stay on the loop's thread", arguments: backends)
  func staysOnThread(backend: BackendChoice) async throws {
    try await withLoops(2, backend: backend) { group in
      let loop = try #require(EventLoop.current)
      let thread = csystem_thread_id()
      try await withThrowingTaskGroup(of: Int32.self) { tasks in
        for _ in 0..<20 {
          tasks.addTask {
            try await loop.sleep(for: .milliseconds(1))
            return csystem_thread_id()
          }
        }
        for try await id in tasks { #expect(id == thread) }
      }
      #expect(EventLoop.current === loop)
    }
  }

  @Test("sleepers wake in order of their deadlines, not before them", arguments: backends)
  func sleeps(backend: BackendChoice) async throws {
    try await withLoops(backend: backend) { group in
      let loop = group.loops[0]
      let start = csystem_monotonic_ns()
      let order = Recorded<[Int]>([])
      await withTaskGroup(of: Void.self) { tasks in
        for number in [3, 1, 2] {
          tasks.addTask {
            try? await loop.sleep(for: .milliseconds(number * 15))
            order.append(number)
          }
        }
      }
      #expect(order.value == [1, 2, 3])
      #expect(csystem_monotonic_ns() - start >= 45_000_000)
    }
  }

  @Test("a cancelled sleep ends at once", arguments: backends)
  func cancelsSleep(backend: BackendChoice) async throws {
    try await withLoops(backend: backend) { group in
      let loop = group.loops[0]
      let start = csystem_monotonic_ns()
      await withTaskGroup(of: Bool.self) { tasks in
        tasks.addTask {
          do throws(CancellationError) {
            try await loop.sleep(for: .seconds(60))
            return false
          } catch { return true }
        }
        tasks.cancelAll()
        for await wasCancelled in tasks { #expect(wasCancelled) }
      }
      #expect(csystem_monotonic_ns() - start < 100_000_000 * 20)
    }
  }

  @Test("work of a pool comes back to the loop that asked", arguments: backends)
  func poolComesBack(backend: BackendChoice) async throws {
    try await withLoops(2, backend: backend) { group in
      let pool = BlockingPool(name: "test", threads: 2)
      let thread = csystem_thread_id()
      let other = try await pool.run { csystem_thread_id() }
      #expect(other != thread)
      #expect(csystem_thread_id() == thread)
      pool.stop()
    }
  }

  @Test("running on a loop begins there and comes back", arguments: backends)
  func runsAndReturns(backend: BackendChoice) async throws {
    let group = try EventLoopGroup(loops: 2, backend: backend)
    #expect(EventLoop.current == nil)
    for loop in group.loops {
      let index = await group.run(on: loop) { EventLoop.current?.index }
      #expect(index == loop.index)
      #expect(EventLoop.current == nil)
      let throwing = try await group.run(on: loop) { () async throws in EventLoop.current?.index }
      #expect(throwing == loop.index)
    }
    group.stop()
  }

  @Test("a full pool refuses at once")
  func poolOverload() async throws {
    let pool = BlockingPool(name: "full", threads: 1, queueLimit: 2)
    let gate = Gate()
    #expect(pool.submit { gate.pass() })
    #expect(await eventually { pool.statistics.running == 1 })
    #expect(pool.submit {})
    #expect(pool.submit {})
    #expect(!pool.submit {})
    await #expect(throws: PoolOverload.self) { try await pool.run { 1 } }
    gate.open()
    pool.stop()
    #expect(pool.statistics.refused == 2)
    #expect(pool.statistics.done == 3)
  }

  @Test("ten thousand crossings between two loops lose nothing", arguments: backends)
  func crossings(backend: BackendChoice) async throws {
    try await withLoops(2, backend: backend) { group in
      let total = Recorded(0)
      await withTaskGroup(of: Void.self) { tasks in
        for _ in 0..<100 {
          tasks.addTask {
            for _ in 0..<50 {
              await group.run(on: group.loops[0]) { total.change { $0 += 1 } }
              await group.run(on: group.loops[1]) { total.change { $0 += 1 } }
            }
          }
        }
      }
      #expect(total.value == 10_000)
    }
  }

  @Test("a group has exactly as many threads as loops and pool threads")
  func threads() async throws {
    // In a process of its own: other tests have groups too.
    await #expect(processExitsWith: .success) {
      let group = try EventLoopGroup(loops: 2)
      let expected = (0..<8).map { "lake-files-\($0)" } + ["lake-loop-0", "lake-loop-1"]
      func names() -> [String] { threadNames().filter { $0.hasPrefix("lake-") }.sorted() }
      // Threads name themselves when they begin.
      let asExpected = await eventually { names() == expected }
      precondition(asExpected, "threads: \(names())")
      group.stop()
    }
  }

  @Test("LAKE_IO names a backend that is not there: the error lists those that are")
  func unknownBackend() throws {
    #expect(BackendChoice(rawValue: "kqueue") == nil)
    #expect(BackendChoice.allCases.map(\.rawValue) == ["auto", "uring", "epoll"])
  }

  @Test("loops, pools and listeners are seen in the metrics", arguments: backends)
  func metrics(backend: BackendChoice) async throws {
    try await withLoops(2, backend: backend) { group in
      let metrics = MetricRegistry()
      group.register(in: metrics)
      let listener = try await Listener.start(
        group, at: loopback, Listener.Options { $0.name = "echo" }, handler: echo)
      listener.register(in: metrics)
      let connection = try await connect(group, listener)
      connection.output.append("x")
      _ = try await connection.take(1)
      var writer = ByteWriter()
      metrics.snapshot().appendPrometheusText(to: &writer)
      let text = writer.bytes.lossyText
      for line in [
        "lake_listener_connections{listener=\"echo\"} 1",
        "lake_listener_accepted_total{listener=\"echo\"} 1",
        "lake_pool_threads{pool=\"lake-files\"} 8",
        "lake_pool_refused_total{pool=\"lake-files\"} 0",
      ] {
        #expect(text.contains(line + "\n"), "\(line) is missing from \(text)")
      }
      for loop in group.loops { #expect(loop.statistics.jobs > 0 || loop.index > 0) }
      connection.close()
    }
  }
}
