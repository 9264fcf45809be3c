import Runtime

/// The jobs that have not ended, as this node sees them. A fact is decoded once.
final class ActiveJobs: Sendable {
  private let mirror: FactMirror
  private let decoded = Guarded<[FactKey: (job: Job, fact: Fact)]>([:])

  init(_ mirror: FactMirror) { self.mirror = mirror }

  /// In the order of submission. One that cannot be read is left out: `Jobs.show` says why.
  var all: [(job: Job, fact: Fact)] {
    let facts = self.mirror.all
    return self.decoded.withLock { decoded in
      var fresh: [FactKey: (job: Job, fact: Fact)] = [:]
      fresh.reserveCapacity(facts.count)
      var jobs: [(job: Job, fact: Fact)] = []
      jobs.reserveCapacity(facts.count)
      for fact in facts {
        var entry = decoded[fact.key]
        if entry?.fact.modifiedAt != fact.modifiedAt {
          entry = (try? Job(fact: fact)).map { ($0, fact) }
        }
        guard let entry else { continue }
        fresh[fact.key] = entry
        jobs.append(entry)
      }
      decoded = fresh
      return jobs
    }
  }

  func count(_ state: JobState) -> Int { self.all.count { $0.job.state == state } }
}
