import HTTP
import Protobuf
import SeriesSchema
import SeriesWire

/// The services of schema, nodes and versions.
extension SeriesFront {
  var common: ServiceRPCs {
    let service = "banyandb.common.v1.Service"
    return ServiceRPCs(
      name: service, schema: BanyandbCommonV1CommonSchema.file,
      unary: [
        UnaryRPC(
          "/\(service)/GetAPIVersion", CommonWire.GetAPIVersionRequest.self,
          CommonWire.GetAPIVersionResponse.self,
          http: [HTTPBinding(.get, "/v1/common/api/version")]
        ) { _ throws(SeriesFault) in
          CommonWire.GetAPIVersionResponse {
            $0.version = CommonWire.APIVersion {
              $0.version = self.version.api
              $0.revision = self.version.revision
            }
          }
        }
      ])
  }

  var groups: ServiceRPCs {
    let service = "banyandb.database.v1.GroupRegistryService"
    return ServiceRPCs(
      name: service, schema: BanyandbDatabaseV1DatabaseSchema.file,
      unary: self.groupChanges(service) + self.groupReads(service))
  }

  private func groupChanges(_ service: String) -> [UnaryRPC] {
    let schema = "/v1/group/schema"
    return [
      UnaryRPC(
        "/\(service)/Create", DatabaseWire.GroupRegistryServiceCreateRequest.self,
        DatabaseWire.GroupRegistryServiceCreateResponse.self, .write,
        http: [HTTPBinding(.post, schema)], groups: { [$0.group?.metadata?.name ?? ""] }
      ) { request throws(SeriesFault) in
        let revision = try await self.registry.create(FieldRules.checked(request.group, "group"))
        return DatabaseWire.GroupRegistryServiceCreateResponse { $0.modRevision = revision }
      },
      UnaryRPC(
        "/\(service)/Update", DatabaseWire.GroupRegistryServiceUpdateRequest.self,
        DatabaseWire.GroupRegistryServiceUpdateResponse.self, .write,
        http: [HTTPBinding(.put, "\(schema)/{group}", ["group.metadata.name"])],
        groups: { [$0.group?.metadata?.name ?? ""] }
      ) { request throws(SeriesFault) in
        let revision = try await self.registry.update(FieldRules.checked(request.group, "group"))
        return DatabaseWire.GroupRegistryServiceUpdateResponse { $0.modRevision = revision }
      },
      UnaryRPC(
        "/\(service)/Delete", DatabaseWire.GroupRegistryServiceDeleteRequest.self,
        DatabaseWire.GroupRegistryServiceDeleteResponse.self, .write,
        http: [HTTPBinding(.delete, "\(schema)/{group}", ["group"])], groups: { [$0.group] }
      ) { request throws(SeriesFault) in try await self.deletions.delete(request) },
    ]
  }

  private func groupReads(_ service: String) -> [UnaryRPC] {
    let schema = "/v1/group/schema"
    return [
      UnaryRPC(
        "/\(service)/Get", DatabaseWire.GroupRegistryServiceGetRequest.self,
        DatabaseWire.GroupRegistryServiceGetResponse.self,
        http: [HTTPBinding(.get, "\(schema)/{group}", ["group"])], groups: { [$0.group] }
      ) { request throws(SeriesFault) in
        let group = try self.group(request.group)
        return DatabaseWire.GroupRegistryServiceGetResponse { $0.group = group }
      },
      UnaryRPC(
        "/\(service)/List", DatabaseWire.GroupRegistryServiceListRequest.self,
        DatabaseWire.GroupRegistryServiceListResponse.self,
        http: [HTTPBinding(.get, "\(schema)/lists")],
        asking: { (_, watch) throws(SeriesFault) in
          // Those that the caller may look at.
          let groups = self.registry.current.groups.filter {
            watch.caller?.may(.read, $0.metadata?.name ?? "") ?? true
          }
          return DatabaseWire.GroupRegistryServiceListResponse { $0.group = groups }
        }),
      UnaryRPC(
        "/\(service)/Exist", DatabaseWire.GroupRegistryServiceExistRequest.self,
        DatabaseWire.GroupRegistryServiceExistResponse.self, groups: { [$0.group] }
      ) { request throws(SeriesFault) in
        DatabaseWire.GroupRegistryServiceExistResponse {
          $0.hasGroup = self.registry.current.group(request.group) != nil
        }
      },
      UnaryRPC(
        "/\(service)/Inspect", DatabaseWire.GroupRegistryServiceInspectRequest.self,
        DatabaseWire.GroupRegistryServiceInspectResponse.self,
        http: [HTTPBinding(.get, "/v1/group/content/{group}", ["group"])], groups: { [$0.group] }
      ) { request throws(SeriesFault) in
        let group = try self.group(request.group)
        let (data, liaisons) = try await self.data.inspect(request.group)
        return DatabaseWire.GroupRegistryServiceInspectResponse {
          $0.group = group
          $0.schemaInfo = self.registry.current.inventory(of: request.group)
          $0.dataInfo = data
          $0.liaisonInfo = liaisons
        }
      },
      UnaryRPC(
        "/\(service)/Query", DatabaseWire.GroupRegistryServiceQueryRequest.self,
        DatabaseWire.GroupRegistryServiceQueryResponse.self,
        http: [HTTPBinding(.get, "/v1/group/task/{group}", ["group"])], groups: { [$0.group] }
      ) { request throws(SeriesFault) in
        let task = try await self.deletions.progress(of: request.group)
        return DatabaseWire.GroupRegistryServiceQueryResponse { $0.task = task }
      },
    ]
  }

  private func group(_ name: String) throws(SeriesFault) -> CommonWire.Group {
    guard let group = self.registry.current.group(name) else { throw .notFound }
    return group
  }

  var barriers: ServiceRPCs {
    let service = "banyandb.schema.v1.SchemaBarrierService"
    return ServiceRPCs(
      name: service, schema: BanyandbSchemaV1BarrierSchema.file,
      unary: [
        UnaryRPC(
          "/\(service)/AwaitRevisionApplied", BarrierWire.AwaitRevisionAppliedRequest.self,
          BarrierWire.AwaitRevisionAppliedResponse.self
        ) { request throws(SeriesFault) in try await self.barrier.revisionApplied(request) },
        UnaryRPC(
          "/\(service)/AwaitSchemaApplied", BarrierWire.AwaitSchemaAppliedRequest.self,
          BarrierWire.AwaitSchemaAppliedResponse.self
        ) { request throws(SeriesFault) in try await self.barrier.schemaApplied(request) },
        UnaryRPC(
          "/\(service)/AwaitSchemaDeleted", BarrierWire.AwaitSchemaDeletedRequest.self,
          BarrierWire.AwaitSchemaDeletedResponse.self
        ) { request throws(SeriesFault) in try await self.barrier.schemaDeleted(request) },
      ])
  }

  var snapshot: ServiceRPCs {
    let service = "banyandb.database.v1.SnapshotService"
    return ServiceRPCs(
      name: service, schema: BanyandbDatabaseV1DatabaseSchema.file,
      unary: [
        UnaryRPC(
          "/\(service)/Snapshot", DatabaseWire.SnapshotRequest.self,
          DatabaseWire.SnapshotResponse.self, .write,
          http: [HTTPBinding(.get, "/v1/snapshot"), HTTPBinding(.post, "/v1/snapshot")],
          groups: { $0.groups.map(\.group) }
        ) { request throws(SeriesFault) in
          guard let snapshots = self.snapshots else {
            throw SeriesFault(.unimplemented, "this node takes no snapshots")
          }
          let taken = try await snapshots(request)
          return DatabaseWire.SnapshotResponse { $0.snapshots = taken }
        }
      ])
  }

  var nodeQuery: ServiceRPCs {
    let service = "banyandb.database.v1.NodeQueryService"
    return ServiceRPCs(
      name: service, schema: BanyandbDatabaseV1DatabaseSchema.file,
      unary: [
        UnaryRPC(
          "/\(service)/GetCurrentNode", DatabaseWire.GetCurrentNodeRequest.self,
          DatabaseWire.GetCurrentNodeResponse.self
        ) { _ throws(SeriesFault) in
          DatabaseWire.GetCurrentNodeResponse { $0.node = self.knownNode() ?? self.node }
        }
      ])
  }

  var clusterState: ServiceRPCs {
    let service = "banyandb.database.v1.ClusterStateService"
    return ServiceRPCs(
      name: service, schema: BanyandbDatabaseV1DatabaseSchema.file,
      unary: [
        UnaryRPC(
          "/\(service)/GetClusterState", DatabaseWire.GetClusterStateRequest.self,
          DatabaseWire.GetClusterStateResponse.self,
          http: [HTTPBinding(.get, "/v1/cluster/state")]
        ) { _ throws(SeriesFault) in
          DatabaseWire.GetClusterStateResponse {
            for (tier, table) in self.routes() { $0.routeTables[tier] = table }
          }
        }
      ])
  }
}
