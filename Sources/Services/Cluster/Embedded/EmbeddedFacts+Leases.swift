import Bytes
import KeyValue
import Runtime
private import Values

extension EmbeddedFacts {
  package func grantLease(for duration: Duration) async throws(FactsError) -> FactLeaseID {
    FactLeaseID.check(duration)
    guard !self.leases.isFull else {
      throw FactsError(.overloaded, "there are \(self.limits.leasesMax) leases")
    }
    let lease = try await translated(whileChanging: true) {
      try await self.store.commit(deciding: { decision in
        let lease = try FactsDraft(self, decision).nextLease()
        decision.batch.put(
          FactRecords.bytes(of: duration), for: FactRecords.key(of: lease),
          in: self.families.state)
        return lease
      })
    }
    self.leases.add(lease, for: duration, from: self.time.now)
    self.leaseBell.ring()
    return FactLeaseID(lease)
  }

  package func keepAlive(_ lease: FactLeaseID) async throws(FactsError) {
    guard self.leases.keepAlive(lease.number, at: self.time.now) else {
      throw FactsError(.leaseEnded, "there is no lease \(lease.number), or it has ended")
    }
  }

  package func revokeLease(_ lease: FactLeaseID) async throws(FactsError) {
    let revision = try await translated(whileChanging: true) {
      try await self.store.commit(deciding: { try self.decideEnd(lease, $0) })
    }
    self.feed.publish(through: revision)
    self.leases.remove(lease.number)
  }

  private func decideEnd(_ lease: FactLeaseID, _ decision: Decision) throws -> FactRevision {
    let state = self.families.state
    guard try decision.get(FactRecords.key(of: lease.number), in: state) != nil else {
      throw FactsError(.leaseEnded, "there is no lease \(lease.number), or it has ended")
    }
    decision.batch.delete(FactRecords.key(of: lease.number), in: state)
    let draft = try FactsDraft(self, decision)
    let prefix = FactRecords.attachments(of: lease.number)
    for record in try decision.records(.prefix(prefix), in: state, countMax: .max) {
      let key = try FactRecords.name(Array(record.key.dropFirst(prefix.count)).rawBytes)
      // One that is not there, or that has left the lease, would be a broken invariant on disk.
      if let fact = try self.fact(key, decision), fact.lease == lease { draft.delete(fact) }
    }
    return try draft.finish()
  }

  /// Ends leases when they are over, until the task is cancelled.
  package func run() async throws(CancellationError) {
    while true {
      if let deadline = self.leases.nextDeadline {
        try await self.leaseBell.wait(until: deadline, on: self.time)
      } else {
        try await self.leaseBell.wait()
      }
      guard await self.endLeases() else {
        // The disk is full, or the store closes: the leases stay over.
        try await self.time.sleep(for: .seconds(1))
        continue
      }
    }
  }

  /// Ends those that are over by now. False when the store would not.
  func endLeases() async -> Bool {
    for lease in self.leases.over(at: self.time.now) {
      do throws(FactsError) {
        try await self.revokeLease(FactLeaseID(lease))
      } catch {
        guard error.code == .leaseEnded else { return false }
        // Somebody else has ended it.
        self.leases.remove(lease)
      }
    }
    return true
  }
}
