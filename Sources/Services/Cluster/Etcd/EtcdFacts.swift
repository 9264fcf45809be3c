import GRPC
import GRPCServing
package import Runtime
import Values

/// Facts in an etcd of version 3.4 or newer, for clusters of several machines.
///
/// Calls are made from tasks on the loops of the group that it was made with. Nothing is connected before
/// the first call, and an etcd that goes and comes back needs nothing done here.
package final class EtcdFacts: Facts {
  package let kind = "etcd"
  let client: EtcdClient
  let prefix: [UInt8]
  let watchers = Guarded(0)

  package init(_ group: EventLoopGroup, _ options: EtcdOptions) {
    self.client = EtcdClient(group, options)
    self.prefix = Array(options.keyPrefix.utf8)
  }

  /// Ends the connections. Calls that run fail, watches fall silent.
  package func close() { self.client.close() }

  package var watcherCount: Int { self.watchers.withLock { $0 } }

  /// Compacts history from time to time, until the task is cancelled. Every process may do so: what was
  /// compacted once stays so.
  package func run() async throws(CancellationError) {
    let loop = EtcdClient.loop()
    guard let kept = self.client.options.historyKept else {
      return try await Bell().wait()
    }
    var seen: (at: MonotonicTime, revision: Int64)?
    while true {
      let now = loop.now
      if let revision = try? await self.presentRevision() {
        if let old = seen, now - old.at >= kept {
          try? await self.compact(through: FactRevision(old.revision))
          seen = (now, revision)
        } else if seen == nil {
          seen = (now, revision)
        }
      }
      try await loop.sleep(for: min(kept, .seconds(60)))
    }
  }

  /// Forgets what came before `revision`, of everybody who uses this etcd.
  package func compact(through revision: FactRevision) async throws(FactsError) {
    var request = EtcdCompactionRequest()
    request.revision = revision.number
    do throws(FactsError) {
      try await self.client.call(.always) { channel, options throws(GRPCStatus) in
        _ = try await EtcdKVClient(channel).compact(request, options)
      }
    } catch {
      // Somebody was faster.
      guard error.code == .compacted else { throw error }
    }
  }

  private func presentRevision() async throws(FactsError) -> Int64 {
    var request = EtcdRangeRequest()
    request.key = self.prefix + [0]
    request.countOnly = true
    let answer = try await self.range(request)
    return answer.header?.revision ?? 0
  }

  /// The member that answers now.
  package func status() async throws(FactsError) -> EtcdStatus {
    let endpoint = self.client.options.endpoints[self.client.current.index]
    let answer = try await self.client.call(.always) { channel, options throws(GRPCStatus) in
      try await EtcdMaintenanceClient(channel).status(EtcdStatusRequest(), options)
    }
    return EtcdStatus(
      endpoint: endpoint.description, version: answer.version, storedBytes: answer.dbSize,
      hasLeader: answer.leader != 0, alarms: answer.errors)
  }
}

package struct EtcdStatus: Hashable, Sendable {
  package var endpoint: String
  package var version: String
  package var storedBytes: Int64
  package var hasLeader: Bool
  package var alarms: [String]
}
