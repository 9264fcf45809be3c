import Protobuf
import SeriesModel
import SeriesSchema
import SeriesStorage
import SeriesWire

/// A query of measures, checked and resolved.
struct MeasurePlan {
  static let defaultLimit: UInt32 = 100

  struct Aggregate {
    var function: ModelWire.AggregationFunction
    /// A number of `fields`.
    var field: Int
  }

  struct Top {
    var count: Int
    /// A number of `fields`; -1: the aggregated one.
    var field: Int
    var isAscending: Bool
  }

  let target: QueryTarget
  let times: ClosedRange<Int64>
  let criteria: [CriteriaPlan]
  let projection: TagSelection
  /// Names of the fields of the projection, each once.
  let fields: [String]
  /// By group, then by field.
  let fieldPlaces: [[Int?]]
  let order: RowOrder
  let orderTags: [Int?]
  /// Numbers of the projection's tags; nil without a group_by.
  let grouping: [Int]?
  let aggregate: Aggregate?
  let top: Top?
  let offset: Int
  let reach: Int

  init(
    _ request: MeasureWire.QueryRequest, _ environment: QueryEnvironment, notBefore: Int64
  ) throws(SeriesFault) {
    self.times = try QueryTimes.range(request.timeRange, isMandatory: true, notBefore: notBefore)
    let target = try QueryTarget(
      environment, .measure, groups: request.groups, name: request.name,
      stages: request.stages)
    self.target = target
    let projection = try target.projection(request.tagProjection)
    self.projection = projection
    var fields = MeasureFields(target)
    for name in request.fieldProjection?.names ?? [] { try fields.add(name) }
    guard projection.count > 0 || fields.names.count > 0 else {
      throw .query("the projection has neither tags nor fields")
    }
    self.grouping = try Self.grouping(request, target, projection)
    self.aggregate = try Self.aggregate(request, fields)
    self.top = try Self.top(request, self.aggregate, fields)
    self.fields = fields.names
    self.fieldPlaces = fields.places
    (self.order, self.orderTags) = try target.order(request.orderBy)
    self.criteria = try target.criteria(request.criteria) { $0.isIndexMode ? .indexMode : .measure }
    self.offset = Int(request.offset)
    self.reach = Int.reach(request.offset, request.limit, unlimited: Self.defaultLimit)
  }

  private static func grouping(
    _ request: MeasureWire.QueryRequest, _ target: QueryTarget, _ projection: TagSelection
  ) throws(SeriesFault) -> [Int]? {
    guard let groupBy = request.groupBy else { return nil }
    var grouping: [Int] = []
    for family in groupBy.tagProjection?.tagFamilies ?? [] {
      for name in family.tags {
        for (mapping, place) in zip(
          target.mappings, try target.tag(name, family: family.name))
        {
          guard let place else { continue }
          switch mapping.subject.tags[place].type {
          case .string, .int: break
          case .float, .binary, .strings, .ints, .timestamp:
            throw .query("group by tag \(name): only strings and integers are supported")
          }
        }
        guard let place = projection.names.firstIndex(of: name) else {
          throw .query("group by tag \(name) is not in the projection")
        }
        grouping.append(place)
      }
    }
    guard !grouping.isEmpty else { throw .query("group by without tags") }
    return grouping
  }

  private static func aggregate(
    _ request: MeasureWire.QueryRequest, _ fields: MeasureFields
  ) throws(SeriesFault) -> Aggregate? {
    guard let agg = request.agg else { return nil }
    guard agg.function != .unspecified, agg.function.isDefined else {
      throw .query("aggregation function \(agg.function.rawValue) is not known")
    }
    return Aggregate(function: agg.function, field: try fields.number(agg.fieldName))
  }

  private static func top(
    _ request: MeasureWire.QueryRequest, _ aggregate: Aggregate?, _ fields: MeasureFields
  ) throws(SeriesFault) -> Top? {
    guard let top = request.top else { return nil }
    var field = try fields.number(top.fieldName)
    if let aggregate {
      guard field == aggregate.field else {
        throw .query("top of field \(top.fieldName), which is not the aggregated one")
      }
      field = -1
    }
    // The first none are none.
    return Top(
      count: max(0, Int(top.number)), field: field, isAscending: top.fieldValueSort == .asc)
  }

  func isFloat(field: Int) -> Bool {
    for case (let mapping, let place?) in zip(
      self.target.mappings, self.fieldPlaces.map { $0[field] })
    {
      return mapping.subject.fields[place].type == .float
    }
    return false
  }
}

/// The fields that are read, each once.
private struct MeasureFields {
  let target: QueryTarget
  var names: [String] = []
  var places: [[Int?]]

  init(_ target: QueryTarget) {
    self.target = target
    self.places = Array(repeating: [], count: target.mappings.count)
  }

  mutating func add(_ name: String) throws(SeriesFault) {
    guard !self.names.contains(name) else { return }
    for (group, place) in try self.target.field(name).enumerated() {
      self.places[group].append(place)
    }
    self.names.append(name)
  }

  /// The place of a field that can be aggregated and ranked.
  func number(_ name: String) throws(SeriesFault) -> Int {
    let places = try self.target.field(name)
    guard let field = self.names.firstIndex(of: name) else {
      throw .query("field \(name) is not in the projection")
    }
    for case (let mapping, let place?) in zip(self.target.mappings, places) {
      let type = mapping.subject.fields[place].type
      guard type == .int || type == .float else {
        throw .query("field \(name) is no number: it cannot be aggregated or ranked")
      }
    }
    return field
  }
}
