@testable import Cluster
import ClusterTesting
import JSON
import Observability
import Runtime
import Simulation
import TestSupport
import Testing
import Values

/// Jobs on one node, in simulated time.
@Suite struct JobsTests {
  private func simulate(
    _ kinds: [JobKind], _ options: Jobs.Options = Jobs.Options(),
    _ body: @escaping @Sendable (Jobs, ModelFacts, World) async throws -> Void
  ) throws {
    try Simulation.run(seed: 1, options: SimulationOptions { $0.timeMax = .seconds(30 * 86_400) }) {
      world in
      let facts = ModelFacts(time: world.clock)
      world.spawn { try? await facts.run() }
      let jobs = Jobs(
        kinds, node: "n1", facts, time: world.clock, random: world.random, options)
      world.spawn { try? await jobs.run() }
      try await body(jobs, facts, world)
    }
  }

  @Test("a job runs, tells how far it is, and ends with its result")
  func runs() throws {
    let kind = JobKind("count") { run in
      run.log("begins")
      for number in 1...4 {
        run.report(JobProgress(phase: "counting", doneCount: Int64(number), totalCount: 4))
        try await run.pause(.seconds(2))
      }
      run.log("ends")
      return JobResult(.object(JSONObject(["counted": .integer(4)])))
    }
    try self.simulate([kind]) { jobs, _, world in
      let (job, isNew) = try await jobs.submit(.test("count", "a"))
      try check(isNew && job.state == .queued, "\(job)")
      try await world.clock.sleep(for: .seconds(4))
      let half = try await jobs.show(job.id)
      try check(half.state == .running && half.node == "n1", "\(half)")
      try check(half.doneRatio == 0.5 && half.progress.phase == "counting", "\(half)")
      try check(half.eta(at: world.clock.wallNow) != nil, "\(half)")
      let ended = try await jobs.wait(for: job.id)
      try check(ended.state == .succeeded && ended.doneRatio == 1, "\(ended)")
      try check(ended.result == .object(JSONObject(["counted": .integer(4)])), "\(ended)")
      try check(ended.attempts == 1 && ended.endedAt != nil, "\(ended)")
      try check(try await jobs.lines(of: job.id).map(\.text) == ["begins", "ends"], "log")
      try check(try await jobs.lines(of: job.id, after: 1).map(\.number) == [2], "log")
      let left = try await jobs.facts.list("jobs/").facts.map(\.key.text)
      try check(left == ["jobs/ended/\(job.id)", "jobs/logs/\(job.id)"], "\(left)")
    }
  }

  @Test("a request with the same key joins the job until it has ended")
  func joins() throws {
    let kind = JobKind("wait") { run in
      try await run.pause(.seconds(5))
      return JobResult()
    }
    try self.simulate([kind]) { jobs, _, _ in
      let first = try await jobs.submit(.test("wait", "a")).job
      let second = try await jobs.submit(.test("wait", "a"))
      try check(!second.isNew && second.job.id == first.id, "\(second)")
      let other = try await jobs.submit(.test("wait", "b"))
      try check(other.isNew && other.job.id > first.id, "\(other)")
      _ = try await jobs.wait(for: first.id)
      let third = try await jobs.submit(.test("wait", "a"))
      try check(third.isNew && third.job.id != first.id, "\(third)")
    }
  }

  @Test("a lost answer makes no second job")
  func lostAnswer() throws {
    try self.simulate([]) { jobs, facts, _ in
      facts.loseAnswers(1)
      let (job, isNew) = try await jobs.submit(.test("nobody", "a"))
      try check(isNew, "joined itself")
      try check(try await jobs.list().jobs.map(\.id) == [job.id], "list")
    }
  }

  @Test("a handler sees a cancellation within a tenth of a second")
  func cancels() throws {
    let stopped = Recorded<[MonotonicTime]>([])
    let kind = JobKind("endless") { run in
      do {
        try await run.pause(.seconds(100_000))
      } catch {
        stopped.append(run.now)
        throw error
      }
      return JobResult()
    }
    try self.simulate([kind]) { jobs, _, world in
      let job = try await jobs.submit(.test("endless", "a")).job
      try await world.clock.sleep(for: .seconds(3))
      let asked = world.clock.now
      let (told, changed) = try await jobs.cancel(job.id)
      try check(told.state == .cancelling && changed, "\(told)")
      let ended = try await jobs.wait(for: job.id)
      try check(ended.state == .cancelled, "\(ended)")
      let seen = try #require(stopped.value.first)
      try check(seen - asked < .milliseconds(100), "seen after \(seen - asked)")
      let again = try await jobs.cancel(job.id)
      try check(!again.changed && again.job.state == .cancelled, "\(again)")
      do {
        _ = try await jobs.resume(job.id)
        try check(false, "resumed a job that has ended")
      } catch let error as ClusterError {
        try check(error.code == .conflict, "\(error)")
      }
    }
  }

  @Test("a job that waits is cancelled and paused at once")
  func cancelsQueued() throws {
    try self.simulate([]) { jobs, _, _ in
      let job = try await jobs.submit(.test("nobody", "a")).job
      try check(try await jobs.pause(job.id).job.state == .paused, "paused")
      try check(try await jobs.resume(job.id).job.state == .queued, "queued")
      try check(try await jobs.cancel(job.id).job.state == .cancelled, "cancelled")
      try check(try await jobs.show(job.id).state == .cancelled, "shown")
      // The key is free again.
      try check(try await jobs.submit(.test("nobody", "a")).isNew, "joined")
    }
  }

  @Test("a paused job goes on from its checkpoint")
  func pauses() throws {
    let begun = Recorded<[Int]>([])
    let kind = JobKind("steps") { run in
      var step = run.checkpoint.map { Int($0[0]) } ?? 0
      begun.append(step)
      while step < 6 {
        try await run.pause(.seconds(1))
        step += 1
        try await run.save(checkpoint: [UInt8(step)])
      }
      return JobResult()
    }
    try self.simulate([kind]) { jobs, _, world in
      let job = try await jobs.submit(.test("steps", "a")).job
      try await world.clock.sleep(for: .milliseconds(3900))
      _ = try await jobs.pause(job.id)
      try await world.clock.sleep(for: .seconds(20))
      let paused = try await jobs.show(job.id)
      try check(paused.state == .paused && paused.attempts == 0, "\(paused)")
      _ = try await jobs.resume(job.id)
      try check(try await jobs.wait(for: job.id).state == .succeeded, "ended")
      try check(begun.value == [0, 3], "\(begun.value)")
    }
  }

  @Test("a failed attempt is followed by others, later and later, until there are no more")
  func retries() throws {
    let begun = Recorded<[MonotonicTime]>([])
    let kind = JobKind("fails", { $0.attemptsMax = 4 }) { run in
      begun.append(run.now)
      throw JobFailure("test.broken", "attempt \(run.attempt) broke")
    }
    let final = JobKind("hopeless") { _ in
      throw JobFailure("test.hopeless", "never", isFinal: true)
    }
    try self.simulate([kind, final]) { jobs, _, _ in
      let job = try await jobs.submit(.test("fails", "a")).job
      let ended = try await jobs.wait(for: job.id)
      try check(ended.state == .failed && ended.attempts == 4, "\(ended)")
      try check(ended.failure?.description == "test.broken: attempt 4 broke", "\(ended)")
      let gaps = zip(begun.value.dropFirst(), begun.value).map { $0 - $1 }
      try check(zip(gaps, [5, 10, 20]).allSatisfy { $0 >= .seconds($1) }, "\(gaps)")
      let hopeless = try await jobs.submit(.test("hopeless", "a")).job
      let dead = try await jobs.wait(for: hopeless.id)
      try check(dead.state == .failed && dead.attempts == 1, "\(dead)")
    }
  }

  @Test("jobs are listed by filter and page, and are gone a while after their end")
  func listsAndSweeps() throws {
    let kind = JobKind("quick") { _ in JobResult() }
    #expect(Jobs.Options().kept == .seconds(7 * 86_400))
    // A week of a cluster's heartbeats takes too long.
    let options = Jobs.Options {
      $0.kept = .seconds(700)
      $0.sweepInterval = .seconds(60)
    }
    try self.simulate([kind], options) { jobs, _, world in
      var ids: [ULID] = []
      for number in 0..<25 {
        let name = number.isMultiple(of: 2) ? "quick" : "nobody"
        ids.append(try await jobs.submit(.test(name, "\(number)")).job.id)
      }
      try await world.clock.sleep(for: .seconds(10))
      var found: [ULID] = []
      var after: ULID?
      repeat {
        let page = try await jobs.list(after: after, limit: 7)
        found += page.jobs.map(\.id)
        after = page.next
      } while after != nil
      try check(found == ids, "\(found.count) of \(ids.count)")
      let done = try await jobs.list(JobFilter { $0.states = [.succeeded] })
      try check(done.jobs.count == 13, "\(done.jobs.count)")
      let waiting = try await jobs.list(JobFilter { $0.kind = "nobody" })
      try check(waiting.jobs.allSatisfy { $0.state == .queued }, "\(waiting)")
      try check(try await jobs.list().jobs.count == 25, "kept")
      try await world.clock.sleep(for: .seconds(800))
      try check(try await jobs.list().jobs.count == 12, "swept")
      try check(try await jobs.facts.list("jobs/ended/").facts == [], "swept")
    }
  }

  @Test("what a request may not be is refused with the reason")
  func refusals() throws {
    try self.simulate([], Jobs.Options { $0.activeMax = 2 }) { jobs, _, world in
      let long = String(repeating: "x", count: 20_000)
      for request in [
        JobRequest("a b", what: "", parameters: .null, joinKey: "a", requester: ""),
        JobRequest("k", what: long, parameters: .null, joinKey: "a", requester: ""),
        JobRequest("k", what: "", parameters: .string(long), joinKey: "a", requester: ""),
        JobRequest("k", what: "", parameters: .null, joinKey: "", requester: ""),
        JobRequest("k", what: "", parameters: .null, joinKey: "a", requester: long),
      ] {
        await #expect(throws: ClusterError.self) { _ = try await jobs.submit(request) }
      }
      for key in ["a", "b"] { _ = try await jobs.submit(.test("k", key)) }
      try await world.clock.sleep(for: .seconds(1))
      let error = await #expect(throws: ClusterError.self) {
        _ = try await jobs.submit(.test("k", "c"))
      }
      #expect(error?.code == .tooMany)
    }
  }
}

extension JobRequest {
  static func test(_ kind: String, _ key: String) -> JobRequest {
    JobRequest(
      kind, what: "\(kind) \(key)", parameters: .string(key), joinKey: key, requester: "root")
  }
}

extension JobRun {
  /// Sleeps on the clock of the test.
  func pause(_ duration: Duration) async throws { try await self.time.sleep(for: duration) }
  var now: MonotonicTime { self.time.now }
}

extension JSONObject {
  init(_ members: [(String, JSONValue)]) {
    self.init()
    for (name, value) in members { self.append(value, named: name) }
  }

  init(_ members: KeyValuePairs<String, JSONValue>) {
    self.init(members.map { ($0.key, $0.value) })
  }
}
