import Bytes
import Cluster
import Observability
import Runtime
package import Values

extension IdentityService {
  /// Keeps the directory current and sweeps, until the task is cancelled; then writes what is known of
  /// usage. The store may be away meanwhile: reads go on with what is known.
  package func run() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await self.follow() }
      group.addTask { try await self.sweepForever() }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  private static let retryDelay: Duration = .seconds(1)

  private func follow() async throws {
    while true {
      try Task.checkCancellation()
      do {
        // From the list on: nothing is missed between the two.
        let revision = try await self.reload()
        let watch = try await self.facts.watch(RecordKey.recordsPrefix, after: revision)
        do {
          while true { self.apply(try await watch.next()) }
        } catch {
          await watch.stop()
          throw error
        }
      } catch let error as CancellationError {
        throw error
      } catch let error as FactsError where error.code == .compacted {
        continue
      } catch {
        self.log.warning(
          "identities cannot be followed; what is known goes on",
          ["error": .describing(error)])
        try await self.clock.sleep(for: Self.retryDelay)
      }
    }
  }

  private func sweepForever() async throws {
    var nextTrim = self.clock.now
    while true {
      do {
        try await self.clock.sleep(for: self.options.sweepInterval)
      } catch {
        await self.flushUsage()
        throw error
      }
      await self.flushUsage()
      do {
        _ = try await self.removeExpired()
        if self.clock.now >= nextTrim {
          let removed = try await self.trimAudit()
          if removed > 0 { self.log.info("trimmed the audit log", ["count": .integer(removed)]) }
          nextTrim = self.clock.now + .seconds(3600)
        }
      } catch {
        self.log.warning("sweeping identities failed", ["error": .describing(error)])
      }
    }
  }

  /// Removes tokens and revocations that are over, and former secrets behind their grace. At most 100 a
  /// call; returns how many.
  func removeExpired() async throws(IdentityError) -> Int {
    // A day later, so that "expired" is still told from "unknown".
    let bound = self.now + .seconds(-86_400)
    let now = self.now
    return try await self.change(by: .system) { directory in
      var changes: [RecordChange] = []
      for token in directory.tokens.values.map(\.record) {
        if let end = token.expiresAt, end < bound, token.id != directory.rootRecord?.tokenID {
          changes.append(RecordChange(key: RecordKey(.token, token.id), value: nil))
        }
      }
      for revocation in directory.revocations.values.map(\.record) where revocation.until < bound {
        changes.append(RecordChange(key: RecordKey(.revocation, revocation.name), value: nil))
      }
      for var key in directory.keys.values.map(\.record) {
        guard let former = key.former, former.until <= now else { continue }
        key.former = nil
        changes.append(RecordChange(key))
      }
      for var client in directory.clients.values.map(\.record) {
        guard let former = client.former, former.until <= now else { continue }
        client.former = nil
        changes.append(RecordChange(client))
      }
      let some = Array(changes.prefix(100))
      let audit = AuditDraft("sweep.expired", "identity", details: ["\(some.count) records"])
      return ChangePlan(some, audit) { _ in some.count }
    }
  }

  // MARK: Usage

  /// Writes when everybody was last there, where that is news.
  func flushUsage() async {
    let times = self.usage.take()
    guard !times.isEmpty else { return }
    do throws(FactsError) {
      let known = try await self.storedUsage()
      let news = times.filter { key, time in
        known[key].map { time - $0 >= self.options.usageGranularity } ?? true
      }.sorted { $0.key.fact < $1.key.fact }
      var rest = news[...]
      while !rest.isEmpty {
        let some = rest.prefix(FactTransaction.operationMax)
        rest = rest.dropFirst(some.count)
        _ = try await self.facts.commit(
          FactTransaction(
            some.map { .put(Self.usageFact($0.key), Array($0.value.description.utf8), lease: nil) })
        )
      }
      try await self.dropUsageOfTheGone(known)
    } catch {
      self.log.debug("usage could not be written", ["error": .text(error.description)])
    }
  }

  private static func usageFact(_ key: RecordKey) -> FactKey {
    FactKey("\(RecordKey.usagePrefix)\(key.kind.rawValue)/\(key.name)")
  }

  private func storedUsage() async throws(FactsError) -> [RecordKey: WallTime] {
    var known: [RecordKey: WallTime] = [:]
    var after: FactKey?
    while true {
      let page = try await self.facts.list(
        RecordKey.usagePrefix, after: after, limit: FactPage.countMax)
      for fact in page.facts {
        let rest = fact.key.text.dropFirst(RecordKey.usagePrefix.utf8.count)
        guard let slash = rest.firstIndex(of: "/"),
          let kind = RecordKind(rawValue: String(rest[..<slash])),
          let time = try? WallTime(parsing: fact.value.rawBytes.lossyText)
        else { continue }
        known[RecordKey(kind, String(rest[rest.index(after: slash)...]))] = time
      }
      after = page.facts.last?.key
      guard page.hasMore else { return known }
    }
  }

  private func dropUsageOfTheGone(_ known: [RecordKey: WallTime]) async throws(FactsError) {
    let directory = self.directory
    let gone = known.keys.filter { key in
      switch key.kind {
      case .user: directory.users[key.name] == nil
      case .key: directory.keys[key.name] == nil
      case .client: directory.clients[key.name] == nil
      case .token: directory.tokens[key.name] == nil
      case .account, .group, .role, .policy, .revocation, .grants, .root: true
      }
    }
    guard !gone.isEmpty else { return }
    let some = gone.prefix(FactTransaction.operationMax)
    _ = try await self.facts.commit(
      FactTransaction(some.map { .delete(Self.usageFact($0)) }))
  }

  /// When users, keys, clients and tokens were last there, to within `usageGranularity` for what other
  /// processes saw.
  package func lastUsed() async throws(IdentityError) -> [RecordKey: WallTime] {
    do {
      let stored = try await self.storedUsage()
      return stored.merging(self.usage.times) { max($0, $1) }
    } catch {
      throw Self.storeFailed(error, "read when identities were last used")
    }
  }
}
