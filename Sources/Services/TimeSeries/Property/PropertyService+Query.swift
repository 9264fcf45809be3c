import Cluster
import Protobuf
import Runtime
import SeriesColumns
import SeriesModel
import SeriesQuery
package import SeriesSchema
import SeriesStorage
package import SeriesWire
import Values

extension PropertyService {
  static let defaultLimit = 100

  /// Answers `request`. A fault while a trace is asked for is in the trace, and the answer has nothing.
  package func query(
    _ request: PropertyWire.QueryRequest
  ) async throws(SeriesFault) -> PropertyWire.QueryResponse {
    let began = self.time.wallNow.nanoseconds
    do throws(SeriesFault) {
      var response = PropertyWire.QueryResponse()
      response.properties = try await self.properties(request)
      if request.trace { response.trace = self.trace(request, began, nil) }
      return response
    } catch {
      guard request.trace else { throw error }
      return PropertyWire.QueryResponse { $0.trace = self.trace(request, began, error) }
    }
  }

  private func trace(
    _ request: PropertyWire.QueryRequest, _ began: Int64, _ error: SeriesFault?
  ) -> CommonWire.Trace {
    let now = self.time.wallNow.nanoseconds
    let span = CommonWire.Span {
      $0.message = "property-query"
      $0.startTime = ProtoTimestamp(nanoseconds: began)
      $0.endTime = ProtoTimestamp(nanoseconds: now)
      $0.duration = now - began
      $0.error = error != nil
      if let error {
        $0.tags = [
          CommonWire.Tag {
            $0.key = "error_msg"
            $0.value = error.message
          }
        ]
      }
    }
    return CommonWire.Trace {
      $0.traceID = "\(began)"
      $0.spans = [span]
      $0.error = error != nil
    }
  }

  private func properties(
    _ request: PropertyWire.QueryRequest
  ) async throws(SeriesFault) -> [PropertyWire.Property] {
    guard !request.groups.isEmpty else { throw .rule("groups", "at least 1 item is needed") }
    var found: [PropertyWire.Property] = []
    for group in request.groups { found += try await self.properties(request, in: group) }
    Self.sort(&found, request.orderBy)
    let limit = request.limit == 0 ? Self.defaultLimit : Int(request.limit)
    return found.prefix(limit).map { Self.projected($0, request.tagProjection) }
  }

  /// What of a group matches.
  private func properties(
    _ request: PropertyWire.QueryRequest, in group: String
  ) async throws(SeriesFault) -> [PropertyWire.Property] {
    try self.check(group: group)
    let schema = self.registry.current
    var names = [request.name]
    if request.name.isEmpty {
      names = schema.names(.property, in: group)
    } else if schema.item(SchemaKey(.property, group, request.name)) == nil {
      throw SeriesFault(
        .notFound, "property \(group)/\(request.name): \(SeriesFault.notFound.message)")
    }
    var found: [PropertyWire.Property] = []
    for name in names {
      guard let subject = self.registry.subject(.property, group, name) else { continue }
      let plan = try CriteriaLowering.plan(request.criteria, subject, .property)
      let all = try await self.living(group, name, request.ids)
      found += Self.filtered(all, plan, subject)
    }
    return found
  }

  private func living(
    _ group: String, _ name: String, _ ids: [String]
  ) async throws(SeriesFault) -> [PropertyWire.Property] {
    var found: [PropertyWire.Property] = []
    guard !ids.isEmpty else {
      let prefix = PropertyRecord.prefix(group, name)
      let page = try await Self.reaching { () async throws(FactsError) in
        try await self.facts.listAll(prefix)
      }
      for fact in page.facts {
        let record = try PropertyRecord(fact)
        if record.deletedAt == 0 { found.append(record.property) }
      }
      return found
    }
    for id in Set(ids) where !id.isEmpty {
      let key = try PropertyRecord.key(PropertyID(group: group, name: name, id: id))
      if let record = try await self.standing(key).1, record.deletedAt == 0 {
        found.append(record.property)
      }
    }
    return found
  }

  /// Conditions run over columns here as everywhere.
  private static func filtered(
    _ properties: [PropertyWire.Property], _ plan: CriteriaPlan, _ subject: Subject
  ) -> [PropertyWire.Property] {
    guard !plan.isEmpty else { return properties }
    let mask = plan.rows(count: properties.count) { condition in
      let tag = subject.tags[condition.tag]
      var column = Column(ColumnType(tag.type))
      for property in properties { column.append(self.value(property, tag.name)) }
      return condition.mask(column, count: properties.count)
    }
    var kept: [PropertyWire.Property] = []
    mask.forEach { kept.append(properties[$0]) }
    return kept
  }

  private static func value(_ property: PropertyWire.Property, _ tag: String) -> SeriesValue {
    property.tags.first { $0.key == tag }?.value.map { SeriesValue($0) } ?? .null
  }

  private static func sort(
    _ properties: inout [PropertyWire.Property], _ order: PropertyWire.QueryOrder?
  ) {
    let tag = order?.tagName ?? ""
    let isDescending = order?.sort == .desc
    let keyed = properties.map { (value: tag.isEmpty ? .null : self.value($0, tag), property: $0) }
    properties = keyed.sorted { left, right in
      if left.value.isNull != right.value.isNull { return right.value.isNull }
      if left.value.isBefore(right.value) { return !isDescending }
      if right.value.isBefore(left.value) { return isDescending }
      return self.name(left.property) < self.name(right.property)
    }.map(\.property)
  }

  private static func name(
    _ property: PropertyWire.Property
  ) -> (String, String, String) {
    (property.id, property.metadata?.group ?? "", property.metadata?.name ?? "")
  }

  /// Tags stay in the order in which they were applied.
  private static func projected(
    _ property: PropertyWire.Property, _ projection: [String]
  ) -> PropertyWire.Property {
    guard !projection.isEmpty else { return property }
    var property = property
    property.tags.removeAll { !projection.contains($0.key) }
    return property
  }
}
