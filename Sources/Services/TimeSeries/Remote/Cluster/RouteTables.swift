import Protobuf
import SeriesSchema
package import SeriesWire
import Values

/// The nodes as clients see them: doors in the first tier, rows in the second.
extension ClusterRowStore {
  package var routes: [(String, DatabaseWire.RouteTable)] {
    let all = self.members.all
    let alive = self.members.alive
    let doors = self.table(all.filter(\.hasDoors)) { alive.contains($0.name) }
    let rows = self.table(all.filter(\.keepsRows)) { !self.isSilent($0.name) }
    return [("tire1", doors), ("tire2", rows)]
  }

  private func table(
    _ members: [SeriesMember], _ isActive: (SeriesMember) -> Bool
  ) -> DatabaseWire.RouteTable {
    DatabaseWire.RouteTable {
      $0.registered = members.map(\.wire)
      $0.active = members.filter(isActive).map(\.name)
      $0.evictable = members.filter { !isActive($0) }.map(\.name)
    }
  }
}

extension SeriesMember {
  package var wire: DatabaseWire.Node {
    DatabaseWire.Node {
      $0.metadata = CommonWire.Metadata { $0.name = self.name }
      $0.roles = (self.keepsRows ? [.data] : []) + (self.hasDoors ? [.liaison] : [])
      $0.grpcAddress = self.grpc.isEmpty ? self.link : self.grpc
      $0.httpAddress = self.http
      for (name, value) in self.labels { $0.labels[name] = value }
      $0.createdAt = ProtoTimestamp(nanoseconds: self.startedAt.nanoseconds)
    }
  }
}
