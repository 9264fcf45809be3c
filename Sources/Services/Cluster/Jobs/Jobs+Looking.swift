import Runtime
package import Values

package struct JobFilter: Sendable {
  package var states: Set<JobState>?
  package var kind: String?
  package var requester: String?
  package init(_ change: (inout JobFilter) -> Void = { _ in }) { change(&self) }

  func matches(_ job: Job) -> Bool {
    (self.states?.contains(job.state) ?? true) && (self.kind.map { $0 == job.kind } ?? true)
      && (self.requester.map { $0 == job.requester } ?? true)
  }
}

package struct JobPage: Hashable, Sendable {
  package static let countMax = 1000

  /// In the order of submission.
  package var jobs: [Job]
  /// Where the next page begins; nil at the end.
  package var next: ULID?
}

/// Looking at jobs: read from the facts each time, from any node.
extension Jobs {
  package func show(_ id: ULID) async throws(ClusterError) -> Job {
    // Active first: a job moves the other way.
    for key in [JobKeys.active(id), JobKeys.ended(id)] {
      if let fact = try await clustered({ () throws(FactsError) in try await self.facts.get(key) })
      {
        return try await self.complete(fact)
      }
    }
    throw ClusterError(.notFound, "there is no job \(id)", hint: "lakectl job list")
  }

  /// - Parameter after: the `next` of the page before.
  package func list(
    _ filter: JobFilter = JobFilter(), after: ULID? = nil, limit: Int = JobPage.countMax
  ) async throws(ClusterError) -> JobPage {
    var page = JobPage(jobs: [], next: after)
    let limit = min(max(limit, 1), JobPage.countMax)
    repeat {
      let (facts, last) = try await self.read(after: page.next)
      page.next = last
      for fact in facts {
        var job = try await clustered { () throws(FactsError) in try Job(fact: fact) }
        guard filter.matches(job) else { continue }
        if page.jobs.count == limit {
          page.next = page.jobs.last?.id
          return page
        }
        if job.state == .running { job = try await self.complete(fact) }
        page.jobs.append(job)
      }
    } while page.next != nil
    return page
  }

  /// The next jobs of both kinds, by id, and the last one when there are more.
  private func read(after: ULID?) async throws(ClusterError) -> ([Fact], ULID?) {
    // Active first: one that ends in between is in the second list too.
    let active = try await self.facts(JobKeys.active, after)
    let ended = try await self.facts(JobKeys.ended, after)
    var byID: [String: Fact] = [:]
    for fact in active.facts + ended.facts { byID[Self.name(fact)] = fact }
    var names = byID.keys.sorted()
    // Beyond the end of a list that has more, the other one alone would leave gaps.
    let ends = [active, ended].filter(\.hasMore).compactMap { $0.facts.last.map(Self.name) }
    if let end = ends.min() { names.removeAll { $0 > end } }
    return (names.compactMap { byID[$0] }, ends.min().flatMap { try? ULID(parsing: $0) })
  }

  private static func name(_ fact: Fact) -> String {
    fact.key.text.split(separator: "/").last.map(String.init) ?? ""
  }

  private func facts(_ prefix: String, _ after: ULID?) async throws(ClusterError) -> FactPage {
    try await clustered { () throws(FactsError) in
      try await self.facts.list(
        prefix, after: after.map { FactKey("\(prefix)\($0)") }, limit: JobPage.countMax)
    }
  }

  /// With the progress of a job that runs.
  func complete(_ fact: Fact) async throws(ClusterError) -> Job {
    try await clustered { () throws(FactsError) in
      var job = try Job(fact: fact)
      if !job.state.isEnded, let progress = try await self.facts.get(JobKeys.progress(job.id)) {
        job.progress = try JobProgress(fact: progress)
      }
      return job
    }
  }

  /// Lines behind number `after`, of those that are kept.
  package func lines(of id: ULID, after: Int = 0) async throws(ClusterError) -> [JobLogLine] {
    let fact = try await clustered { () throws(FactsError) in
      try await self.facts.get(JobKeys.log(id))
    }
    guard let fact else {
      // None, because it has written none, or because there is no job.
      _ = try await self.show(id)
      return []
    }
    return try await clustered { () throws(FactsError) in try JobLog(fact: fact) }.lines
      .filter { $0.number > after }
  }

  /// Waits until the job has ended, or until `deadline`: look at the state of what comes back.
  package func wait(
    for id: ULID, until deadline: MonotonicTime = .distantFuture
  ) async throws -> Job {
    let bell = Bell()
    self.active.add(bell)
    defer { self.active.remove(bell) }
    while true {
      let job = try await self.show(id)
      if job.state.isEnded || self.time.now >= deadline { return job }
      let next = min(deadline, self.time.now + .seconds(1))
      try await bell.wait(until: next, on: self.time)
    }
  }
}
