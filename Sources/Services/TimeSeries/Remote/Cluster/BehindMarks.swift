package import Cluster
package import Observability
package import Runtime
import SeriesColumns
import Values

// A node that has not had everything yet, as a fact: series/behind/NODE/LIAISON, without a value. It is there
// before the first write is acknowledged that the node has missed, and goes when it has had all that this liaison
// has kept for it.

/// Which nodes have not had everything: no liaison reads from them.
///
/// While the facts are away a liaison cannot tell the others: writes go on, and it tells them as soon as it can.
package final class BehindMarks: Sendable {
  static let prefix = "series/behind/"

  private let facts: any Facts
  private let own: String
  private let members: SeriesMembers
  private let time: any TimeSource
  private let mirror: FactMirror
  private let log: Logger
  /// Until then the facts are not asked again: a write must not wait for them each time.
  private let quietUntil = Guarded(MonotonicTime(nanoseconds: 0))
  private static let quietTime = Duration.seconds(5)

  package init(
    _ facts: any Facts, own: String, _ members: SeriesMembers, time: any TimeSource, log: Logger
  ) {
    self.facts = facts
    self.own = own
    self.members = members
    self.time = time
    self.log = log
    self.mirror = FactMirror(facts, Self.prefix, time: time)
  }

  private func key(_ node: String) -> FactKey { FactKey("\(Self.prefix)\(node)/\(self.own)") }

  package func run() async throws(CancellationError) { try await self.mirror.run() }

  package func ready() async throws(CancellationError) {
    try await self.mirror.ready()
  }

  /// Whether another liaison has something for the node. What a liaison had that is no longer a member of the
  /// cluster is lost.
  func isBehind(_ node: String) -> Bool {
    self.mirror.facts(below: "\(Self.prefix)\(node)/").contains { fact in
      let liaison = String(fact.key.text.dropFirst(Self.prefix.count + node.count + 1))
      return liaison != self.own && self.members.isMember(liaison)
    }
  }

  /// The same by what the facts say now.
  func isBehindNow(_ node: String) async throws(SeriesError) -> Bool {
    let prefix = "\(Self.prefix)\(node)/"
    do throws(FactsError) {
      return try await self.facts.listAll(prefix).facts.contains { fact in
        self.members.isMember(String(fact.key.text.dropFirst(prefix.count)))
      }
    } catch {
      throw SeriesError(.unavailable, "who is behind is not known: \(error.message)")
    }
  }

  /// The nodes that are marked as behind for this liaison.
  var told: [String] {
    self.mirror.all.compactMap { fact in
      let parts = fact.key.text.dropFirst(Self.prefix.utf8.count).split(separator: "/")
      return parts.count == 2 && parts[1] == self.own ? String(parts[0]) : nil
    }
  }

  /// False when the facts could not be told in time.
  func set(_ node: String) async -> Bool {
    let now = self.time.now
    guard self.quietUntil.withLock({ $0 <= now }) else { return false }
    let key = self.key(node)
    do throws(FactsError) {
      _ = try await self.facts.put(key, [1])
      return true
    } catch {
      let until = self.time.now + Self.quietTime
      self.quietUntil.withLock { $0 = until }
      self.log.warning(
        "others do not know that node \(node) is behind", ["error": .text(error.message)])
      return false
    }
  }

  /// Says that the node has everything, as soon as the facts can be told.
  func clear(_ node: String) async {
    let key = self.key(node)
    while true {
      do throws(FactsError) {
        _ = try await self.facts.delete(key, if: .exists(key))
        return
      } catch {
        self.log.warning(
          "others do not know that node \(node) is whole again", ["error": .text(error.message)])
      }
      do throws(CancellationError) { try await self.time.sleep(for: .seconds(1)) } catch { return }
    }
  }
}
