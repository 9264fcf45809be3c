import Protobuf
import SeriesColumns
package import SeriesSchema
package import SeriesWire

/// The data of groups on all data nodes.
package struct ClusterGroupData: GroupData {
  private let store: ClusterRowStore

  package init(_ store: ClusterRowStore) { self.store = store }

  package func holdsData(_ group: String) async throws(SeriesFault) -> Bool {
    try await self.byteCount(group) > 0
  }

  package func byteCount(_ group: String) async throws(SeriesFault) -> Int64 {
    var sum: Int64 = 0
    for node in self.store.nodes { sum += try await node.size(of: group) }
    return sum
  }

  /// Done when every node has done it: what one would keep would be back with it.
  package func drop(_ group: String) async throws(SeriesFault) {
    guard self.store.handOff.lines.isEmpty else {
      throw SeriesFault(
        .unavailable,
        "rows wait for nodes that are away, perhaps of group \(group):"
          + " it is removed when they are back")
    }
    for node in self.store.nodes { try await node.drop(group) }
    do throws(SeriesError) { try await self.store.placements.renew(group) } catch {
      throw SeriesFault(.unavailable, error.message)
    }
  }

  package func inspect(_ group: String) async throws(SeriesFault)
    -> (data: [DatabaseWire.DataInfo], liaisons: [DatabaseWire.LiaisonInfo])
  {
    var data: [DatabaseWire.DataInfo] = []
    for node in self.store.nodes { data += try await node.inspect(group) }
    let waiting = self.store.handOff.waitingRecords
    let bytes = self.store.handOff.waitingBytes
    let liaison = DatabaseWire.LiaisonInfo {
      $0.pendingHandoffPartCount = Int64(waiting)
      $0.pendingHandoffDataSizeBytes = bytes
    }
    return (data, [liaison])
  }
}
