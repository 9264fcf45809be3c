internal import Bytes
internal import Cluster
internal import JSON
internal import Observability
internal import Runtime
internal import Values
package import ObjectModel

// Making a bucket: its name is taken by a fact in the state `making`, the namespace makes the root, the fact
// becomes `ready`. Taking it down: the fact becomes `closing`, the namespace closes the root (or says that
// it is not empty, and the fact is `ready` again) and drops it, the fact goes. Each step may be done
// twice; whoever finds a bucket between two steps for longer than `operationMilliseconds` goes on with it.

extension FactsControl {
  // MARK: Making

  package func createBucket(
    _ draft: BucketDraft, bucketsMax: Int
  ) async throws(ControlError) -> BucketRecord {
    for _ in 0..<Self.attemptsMax {
      if let (stored, revision) = try await self.current(draft.name) {
        return try await self.meet(stored, revision, draft)
      }
      if let (stored, revision) = try await self.reserve(draft, bucketsMax) {
        return try await self.finishMaking(stored, revision)
      }
    }
    throw ControlError(.busy, "others make buckets at the same time")
  }

  /// There is something under the name.
  private func meet(
    _ stored: StoredBucket, _ revision: FactRevision, _ draft: BucketDraft
  ) async throws(ControlError) -> BucketRecord {
    let isOld = stored.sinceMilliseconds + Self.operationMilliseconds < self.milliseconds
    switch stored.state {
    case .ready:
      throw ControlError(
        .exists, "there is a bucket \(draft.name)", existing: stored.record)
    case .making:
      guard stored.record.owner == draft.owner || isOld else {
        throw ControlError(.busy, "bucket \(draft.name) is being made")
      }
      return try await self.finishMaking(stored, revision)
    case .closing:
      throw ControlError(.busy, "bucket \(draft.name) is being deleted")
    }
  }

  /// Takes the name and the number of a root in one transaction; nil when somebody was faster.
  private func reserve(
    _ draft: BucketDraft, _ bucketsMax: Int
  ) async throws(ControlError) -> (StoredBucket, FactRevision)? {
    let owned = try await self.buckets(
      owner: draft.owner, prefix: "", after: "", limit: bucketsMax)
    guard owned.buckets.count < bucketsMax else {
      throw ControlError(.tooMany, "\(draft.owner) has \(bucketsMax) buckets")
    }
    let key = Self.key(ofBucket: draft.name)
    do throws(FactsError) {
      let roots = try await self.facts.get(Self.rootsKey)
      let root = try Self.number(roots) ?? 1
      var record = BucketRecord(
        name: draft.name, root: RootID(rawValue: root), routingKey: .first, owner: draft.owner,
        createdMilliseconds: self.milliseconds, region: draft.region, ownership: draft.ownership,
        revision: 0)
      record.versioning = draft.versioning
      record.hasObjectLock = draft.hasObjectLock
      record.documents = draft.documents
      var stored = StoredBucket(record, .making)
      stored.operation = self.freshID()
      stored.sinceMilliseconds = self.milliseconds
      let outcome = try await self.facts.commit(
        FactTransaction(
          if: [
            .isAbsent(key), .isUnchanged(Self.rootsKey, since: roots?.modifiedAt ?? .zero),
          ],
          [
            .put(key, stored.factValue, lease: nil),
            .put(Self.rootsKey, Array(String(root + 1).utf8), lease: nil),
          ]))
      return outcome.revision.map { (stored, $0) }
    } catch {
      throw Self.translated(error)
    }
  }

  static func number(_ fact: Fact?) throws(FactsError) -> UInt64? {
    guard let fact else { return nil }
    guard let number = UInt64(String(decoding: fact.value, as: UTF8.self)) else {
      throw FactsError(.damaged, "the fact \(fact.key) is no number")
    }
    return number
  }

  private func finishMaking(
    _ stored: StoredBucket, _ revision: FactRevision
  ) async throws(ControlError) -> BucketRecord {
    let namespace = try self.theNamespace()
    do throws(NamespaceError) {
      try await namespace.createRoot(NamespaceCall(root: stored.record.root))
    } catch {
      throw ControlError(.unavailable, "the namespace cannot make a root: \(error)")
    }
    var made = StoredBucket(stored.record, .ready)
    if let done = try await self.replace(made, since: revision) {
      made.record.revision = UInt64(clamping: done.number)
      return made.record
    }
    // Somebody else went on with it: what is there now counts.
    guard let (now, _) = try await self.current(stored.record.name), now.state == .ready,
      now.record.root == stored.record.root
    else { throw ControlError(.busy, "bucket \(stored.record.name) changes at the same time") }
    return now.record
  }

  // MARK: Changing

  package func updateBucket(
    _ name: String, _ change: @Sendable (inout BucketRecord) throws(ControlError) -> Void
  ) async throws(ControlError) -> BucketRecord {
    for _ in 0..<Self.attemptsMax {
      guard let (stored, revision) = try await self.current(name), stored.state != .making else {
        throw ControlError(.noSuchBucket, "there is no bucket \(name)")
      }
      guard stored.state == .ready else {
        throw ControlError(.busy, "bucket \(name) is being deleted")
      }
      var next = stored
      try change(&next.record)
      precondition(
        next.record.name == name && next.record.root == stored.record.root,
        "BUG: a change gave bucket \(name) another name or root")
      if next.record == stored.record { return stored.record }
      if let done = try await self.replace(next, since: revision) {
        next.record.revision = UInt64(clamping: done.number)
        return next.record
      }
    }
    throw ControlError(.busy, "bucket \(name) is changed by many at the same time")
  }

  // MARK: Taking down

  package func deleteBucket(_ name: String) async throws(ControlError) {
    for _ in 0..<Self.attemptsMax {
      guard let (stored, revision) = try await self.current(name), stored.state != .making else {
        throw ControlError(.noSuchBucket, "there is no bucket \(name)")
      }
      if stored.state == .closing,
        stored.sinceMilliseconds + Self.operationMilliseconds > self.milliseconds
      {
        throw ControlError(.busy, "bucket \(name) is being deleted")
      }
      if try await self.takeDown(stored, revision) { return }
    }
    throw ControlError(.busy, "bucket \(name) is changed by many at the same time")
  }

  /// False when somebody else changed the bucket at the beginning.
  private func takeDown(
    _ stored: StoredBucket, _ revision: FactRevision
  ) async throws(ControlError) -> Bool {
    var closing = StoredBucket(stored.record, .closing)
    closing.operation = self.freshID()
    closing.sinceMilliseconds = self.milliseconds
    guard let closed = try await self.replace(closing, since: revision) else { return false }
    let namespace = try self.theNamespace()
    let call = NamespaceCall(root: stored.record.root)
    let failure: NamespaceError?
    do throws(NamespaceError) {
      try await namespace.closeRoot(call)
      try await namespace.dropRoot(call)
      failure = nil
    } catch {
      // A root that is gone was dropped by an attempt before this one.
      failure = error.code == .noSuchRoot ? nil : error
    }
    if let failure {
      guard failure.code == .notEmpty else {
        // The next attempt, or the sweep, goes on from here.
        throw ControlError(.unavailable, "the namespace cannot drop a root: \(failure)")
      }
      _ = try await self.replace(StoredBucket(stored.record, .ready), since: closed)
      throw ControlError(.notEmpty, "bucket \(stored.record.name) is not empty")
    }
    let key = Self.key(ofBucket: stored.record.name)
    do throws(FactsError) {
      let outcome = try await self.facts.delete(key, if: .isUnchanged(key, since: closed))
      if let done = outcome.revision { await self.show(done) }
    } catch {
      throw Self.translated(error)
    }
    return true
  }

  // MARK: What was left

  func sweepForEver() async throws(CancellationError) {
    while true {
      try await self.time.sleep(for: .seconds(10))
      await self.sweep()
    }
  }

  /// Finishes what somebody began and did not end: a name never gets stuck.
  package func sweep() async {
    for fact in self.mirror.facts(below: Self.bucketPrefix) {
      let name = String(fact.key.text.dropFirst(Self.bucketPrefix.count))
      do throws(ControlError) {
        guard let (stored, revision) = try await self.current(name), stored.state != .ready,
          stored.sinceMilliseconds + Self.operationMilliseconds < self.milliseconds
        else { continue }
        switch stored.state {
        case .ready: continue
        case .making: _ = try await self.finishMaking(stored, revision)
        case .closing: _ = try await self.takeDown(stored, revision)
        }
        self.log.info("finished what was left of bucket \(name)", ["bucket": .text(name)])
      } catch {
        guard error.code != .notEmpty else { continue }
        self.log.warning(
          "cannot finish bucket \(name)",
          ["bucket": .text(name), "error": .text(error.description)])
      }
    }
  }
}
