import Protobuf
package import Runtime
import SeriesColumns
package import SeriesEngine
package import SeriesSchema
package import SeriesWire
import Values

/// Snapshots of the engine of this process. Properties are facts, and are kept with those.
package struct EngineSnapshots: Sendable {
  private let engine: SeriesEngine
  private let registry: SchemaRegistry
  private let time: any TimeSource
  private let random: any RandomSource

  package init(
    _ engine: SeriesEngine, _ registry: SchemaRegistry, time: any TimeSource,
    random: any RandomSource
  ) {
    self.engine = engine
    self.registry = registry
    self.time = time
    self.random = random
  }

  /// One snapshot of the groups that are asked for, or of all: an entry for each kind of data in it.
  package func snapshot(
    _ request: DatabaseWire.SnapshotRequest
  ) async throws(SeriesFault) -> [DatabaseWire.Snapshot] {
    let groups = self.registry.current.groups.filter { group in
      request.groups.isEmpty
        || request.groups.contains {
          $0.catalog == group.catalog
            && ($0.group.isEmpty || $0.group == group.metadata?.name)
        }
    }
    let name = self.name()
    var problem = ""
    do throws(SeriesError) {
      _ = try await self.engine.snapshot(name, groups: groups.compactMap(\.metadata?.name))
    } catch {
      problem = error.message
    }
    let kinds: [CommonWire.Catalog] = [.stream, .measure, .trace]
    return kinds.filter { kind in groups.contains { $0.catalog == kind } }.map { kind in
      DatabaseWire.Snapshot {
        $0.catalog = kind
        $0.name = name
        $0.error = problem
      }
    }
  }

  /// `20260131235959-0123abcd`.
  private func name() -> String {
    let digits = Timestamp(self.time.wallNow).description.prefix(19).filter(\.isNumber)
    let suffix = String(self.random.next() >> 32, radix: 16)
    return "\(digits)-" + String(repeating: "0", count: 8 - suffix.count) + suffix
  }
}
