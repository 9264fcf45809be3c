import Admin
import AdminServing
private import Bytes
import Cluster
import Configuration
import Hosting
import Observability
import Values

/// `facts`: for looking at what the services agreed on. Nothing is changed here.
struct FactHandlers: Sendable {
  let view: ClusterView

  /// What lies under these holds secrets or hashes of them.
  static let hidden = ["identity/", "keys/"]

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(ClusterAPI.facts) { input, context in try await self.list(input, context) }
    try routes.on(ClusterAPI.fact) { input, _ in try await self.show(input.key) }
    try routes.on(ClusterAPI.factsStatus) { _, _ in AdminItem(await self.status()) }
  }

  private var facts: any Facts { self.view.core.facts }

  private func list(
    _ input: FactsInput, _ context: AdminContext
  ) async throws(AdminError) -> AdminList<FactRecord> {
    let after = context.paging.token.flatMap(AdminPaging.decode)
    guard after.map({ (1...FactKey.byteCountMax).contains($0.utf8.count) }) ?? true,
      !input.prefix.utf8.contains(0), input.prefix.utf8.count <= FactKey.byteCountMax
    else { throw Self.badName(input.prefix) }
    do throws(FactsError) {
      let page = try await self.facts.list(
        input.prefix, after: after.map { FactKey($0) }, limit: context.paging.limit)
      let next = page.hasMore ? page.facts.last.map { AdminPaging.encode($0.key.text) } : nil
      return AdminList(page.facts.map { self.record($0, withValue: false) }, next: next)
    } catch {
      throw AdminError(error)
    }
  }

  private static func badName(_ name: String) -> AdminError {
    AdminError(
      .badRequest, "request.bad_value", "\(name.prefix(60).debugDescription) names no fact",
      why: "a name has 1 to \(FactKey.byteCountMax) bytes, none of them NUL")
  }

  private func show(_ name: String) async throws(AdminError) -> AdminItem<FactRecord> {
    guard (1...FactKey.byteCountMax).contains(name.utf8.count), !name.utf8.contains(0) else {
      throw Self.badName(name)
    }
    do throws(FactsError) {
      guard let fact = try await self.facts.get(FactKey(name)) else {
        throw FactsError(.closed, "")
      }
      return AdminItem(self.record(fact, withValue: true))
    } catch {
      guard error.message.isEmpty else { throw AdminError(error) }
    }
    throw AdminError(
      .notFound, "facts.not_found", "there is no fact \(name.prefix(200).debugDescription)",
      try: ["lakectl facts list"])
  }

  private func record(_ fact: Fact, withValue: Bool) -> FactRecord {
    var record = FactRecord()
    record.key = fact.key.text
    record.sizeBytes = Int64(fact.value.count)
    record.createdRevision = fact.createdAt.description
    record.modifiedRevision = fact.modifiedAt.description
    record.lease = fact.lease.map { String($0.number) }
    if withValue, !Self.hidden.contains(where: fact.key.text.hasPrefix) {
      record.value = String(validating: fact.value, as: UTF8.self)
    }
    return record
  }

  private func status() async -> FactsStatusRecord {
    var record = FactsStatusRecord()
    record.store = self.facts.kind
    switch self.view.core.opened {
    case .embedded(let facts, _):
      record.watchCount = Int64(facts.watcherCount)
      record.leaseCount = Int64(facts.leaseCount)
    case .etcd(let facts):
      record.watchCount = Int64(facts.watcherCount)
      record.endpoints = self.view.live.now[DaemonKeys.factsEndpoints]
      if let status = try? await facts.status() {
        record.sizeBytes = status.storedBytes
        if !status.hasLeader {
          record.state = .degraded
          record.reason = "etcd has no leader"
        } else if !status.alarms.isEmpty {
          record.state = .degraded
          record.reason = "etcd raises " + status.alarms.joined(separator: ", ")
        }
      }
    }
    do throws(FactsError) {
      record.revision = try await self.facts.list("cluster", after: nil, limit: 1).revision
        .description
    } catch {
      record.state = .unreachable
      record.reason = error.message
    }
    record.leader = await self.view.leader()
    return record
  }
}
