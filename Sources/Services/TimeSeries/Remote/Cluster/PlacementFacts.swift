import Cluster
import SeriesColumns
import SeriesSchema

/// The placements as the facts have them now.
struct PlacementFacts: Sendable {
  static let prefix = "series/place/"

  struct Found: Sendable {
    var placement: ShardPlacement
    var revision: FactRevision
  }

  let facts: any Facts

  init(_ facts: any Facts) { self.facts = facts }

  static func key(_ group: String) -> FactKey {
    FactKey(self.prefix + SchemaRecord.escaped(group))
  }

  func get(_ group: String) async throws(SeriesError) -> Found? {
    let key = Self.key(group)
    let fact: Fact?
    do throws(FactsError) { fact = try await self.facts.get(key) } catch {
      throw SeriesError(.unavailable, "the facts of group \(group): \(error.message)")
    }
    guard let fact else { return nil }
    do throws(ColumnError) {
      return Found(placement: try ShardPlacement(value: fact.value), revision: fact.modifiedAt)
    } catch {
      throw SeriesError(.damaged, "\(key): \(error.message)")
    }
  }

  /// Nil when it was changed by somebody else meanwhile.
  func put(
    _ group: String, _ placement: ShardPlacement, over found: Found?
  ) async throws(SeriesError) -> FactRevision? {
    let key = Self.key(group)
    do throws(FactsError) {
      let outcome = try await self.facts.put(
        key, placement.value,
        if: found.map { .isUnchanged(key, since: $0.revision) } ?? .isAbsent(key))
      return outcome.revision
    } catch {
      throw SeriesError(.unavailable, "the facts of group \(group): \(error.message)")
    }
  }
}
