import HTTP
import Protobuf
import SeriesProperty
import SeriesSchema
import SeriesWire

/// The services of data.
extension SeriesFront {
  var stream: ServiceRPCs {
    let service = "banyandb.stream.v1.StreamService"
    return ServiceRPCs(
      name: service, schema: BanyandbStreamV1StreamSchema.file,
      unary: [
        UnaryRPC(
          "/\(service)/Query", StreamWire.QueryRequest.self, StreamWire.QueryResponse.self,
          http: [HTTPBinding(.post, "/v1/stream/data")], groups: \.groups,
          answer: { (request, _) throws(SeriesFault) in .rows(try await self.answer(request)) })
      ],
      streams: [self.streamWrites("/\(service)/Write")])
  }

  var measure: ServiceRPCs {
    let service = "banyandb.measure.v1.MeasureService"
    return ServiceRPCs(
      name: service, schema: BanyandbMeasureV1MeasureSchema.file,
      unary: [
        UnaryRPC(
          "/\(service)/Query", MeasureWire.QueryRequest.self, MeasureWire.QueryResponse.self,
          http: [HTTPBinding(.post, "/v1/measure/data")], groups: \.groups,
          answer: { (request, _) throws(SeriesFault) in .rows(try await self.answer(request)) }),
        UnaryRPC(
          "/\(service)/TopN", MeasureWire.TopNRequest.self, MeasureWire.TopNResponse.self,
          http: [HTTPBinding(.post, "/v1/measure/topn")], groups: \.groups
        ) { request throws(SeriesFault) in try await self.query(request) },
      ],
      streams: [self.measureWrites("/\(service)/Write")])
  }

  var trace: ServiceRPCs {
    let service = "banyandb.trace.v1.TraceService"
    return ServiceRPCs(
      name: service, schema: BanyandbTraceV1TraceSchema.file,
      unary: [
        UnaryRPC(
          "/\(service)/Query", TraceWire.QueryRequest.self, TraceWire.QueryResponse.self,
          http: [HTTPBinding(.post, "/v1/trace/data")], groups: \.groups
        ) { request throws(SeriesFault) in try await self.query(request) }
      ],
      streams: [self.traceWrites("/\(service)/Write")])
  }

  var property: ServiceRPCs {
    let service = "banyandb.property.v1.PropertyService"
    let path = "/v1/property/data/{group}/{name}"
    let object = ["property.metadata.group", "property.metadata.name", "property.id"]
    return ServiceRPCs(
      name: service, schema: BanyandbPropertyV1PropertySchema.file,
      unary: [
        UnaryRPC(
          "/\(service)/Apply", PropertyWire.ApplyRequest.self, PropertyWire.ApplyResponse.self,
          .write, http: [HTTPBinding(.put, path + "/{id}", object)],
          groups: { [$0.property?.metadata?.group ?? ""] }
        ) { request throws(SeriesFault) in try await self.properties.apply(request) },
        UnaryRPC(
          "/\(service)/Delete", PropertyWire.DeleteRequest.self,
          PropertyWire.DeleteResponse.self, .write,
          http: [
            HTTPBinding(.delete, path + "/{id}", ["group", "name", "id"]),
            HTTPBinding(.delete, path + "/", ["group", "name"]),
          ], groups: { [$0.group] }
        ) { request throws(SeriesFault) in try await self.properties.delete(request) },
        UnaryRPC(
          "/\(service)/Query", PropertyWire.QueryRequest.self, PropertyWire.QueryResponse.self,
          http: [HTTPBinding(.post, "/v1/property/data/query")], groups: \.groups
        ) { request throws(SeriesFault) in try await self.query(request) },
      ])
  }

  var bydbQL: ServiceRPCs {
    let service = "banyandb.bydbql.v1.BydbQLService"
    return ServiceRPCs(
      name: service, schema: BanyandbBydbqlV1BydbqlSchema.file,
      unary: [
        UnaryRPC(
          "/\(service)/Query", BydbQLWire.QueryRequest.self, BydbQLWire.QueryResponse.self,
          http: [HTTPBinding(.post, "/v1/bydbql/query")],
          answer: { (request, watch) throws(SeriesFault) in
            try await self.answer(request, watch)
          })
      ])
  }
}
