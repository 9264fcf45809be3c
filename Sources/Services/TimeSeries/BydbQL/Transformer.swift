import Protobuf
import SeriesModel
package import SeriesSchema
package import SeriesWire
import Values

/// The native request that a text stands for.
package enum NativeRequest: Sendable {
  case stream(StreamWire.QueryRequest)
  case measure(MeasureWire.QueryRequest)
  case trace(TraceWire.QueryRequest)
  case property(PropertyWire.QueryRequest)
  case topN(MeasureWire.TopNRequest)
}

/// Texts of queries into native requests.
package enum BydbQL {
  /// How many question marks a text has; an error when it is no query.
  package static func placeholderCount(of query: String) throws(BydbQLError) -> Int {
    try Parser.parse(query).placeholderCount
  }

  /// - Parameter now: Unix nanoseconds, for times that are told from now.
  package static func request(
    _ query: String, _ parameters: [ModelWire.TagValue], _ registry: SchemaRegistry, now: Int64,
    cache: StatementCache? = nil
  ) throws(BydbQLError) -> NativeRequest {
    let statement: Statement
    if let cache {
      statement = try cache.statement(query)
    } else {
      statement = try Parser.parse(query)
    }
    let bound = try Binder.bind(statement, parameters)
    return try Transformer(statement: bound, registry: registry, times: TimeText(now: now))
      .request()
  }
}

struct Transformer {
  let statement: Statement
  let registry: SchemaRegistry
  let times: TimeText

  func request() throws(BydbQLError) -> NativeRequest {
    if self.statement.isTop { return .topN(try self.topN()) }
    switch self.statement.kind {
    case .stream: return .stream(try self.stream())
    case .measure: return .measure(try self.measure())
    case .trace: return .trace(try self.trace())
    case .property: return .property(try self.property())
    }
  }

  private func catalog(_ kind: SchemaKind) throws(BydbQLError) -> ColumnCatalog {
    var subjects: [Subject] = []
    for group in self.statement.groups {
      guard let subject = self.registry.subject(kind, group, self.statement.name) else {
        throw .transform("\(kind.rawValue) \(group)/\(self.statement.name) is not there")
      }
      subjects.append(subject)
    }
    return ColumnCatalog(subjects: subjects)
  }

  /// A number of rows that the parser or the binder has found to be in its range.
  private func number(_ value: Statement.Scalar?) -> Int64 {
    guard case .integer(let text)? = value else { return 0 }
    return Int64(text) ?? 0
  }

  private var order: ModelWire.QueryOrder? {
    self.statement.order.map { order in
      ModelWire.QueryOrder {
        $0.indexRuleName = order.path ?? ""
        $0.sort = order.isDescending ? .desc : .asc
      }
    }
  }

  private static func projection(_ tags: [ColumnCatalog.Tag]) -> ModelWire.TagProjection {
    var projection = ModelWire.TagProjection()
    for tag in tags {
      if let index = projection.tagFamilies.firstIndex(where: { $0.name == tag.family }) {
        guard !projection.tagFamilies[index].tags.contains(tag.name) else { continue }
        projection.tagFamilies[index].tags.append(tag.name)
      } else {
        projection.tagFamilies.append(
          ModelWire.TagProjection.TagFamily {
            $0.name = tag.family
            $0.tags = [tag.name]
          })
      }
    }
    return projection
  }

  /// Tags of a projection without functions and fields.
  private func tags(_ catalog: ColumnCatalog) throws(BydbQLError) -> [ColumnCatalog.Tag] {
    switch self.statement.projection {
    case .all: return catalog.tags
    case .none: return []
    case .top: throw .transform("TOP is for measures only")
    case .columns(let items):
      var tags: [ColumnCatalog.Tag] = []
      for item in items {
        guard case .column(let column) = item else {
          throw .transform("functions are for measures only")
        }
        guard case .tag(let tag) = try catalog.find(column) else {
          throw .transform("\(column.path) is no tag")
        }
        tags.append(tag)
      }
      return tags
    }
  }

  private func refuseGrouping() throws(BydbQLError) {
    guard self.statement.grouping.isEmpty else {
      throw .transform("GROUP BY is for measures only")
    }
  }

  // MARK: Kinds

  private func stream() throws(BydbQLError) -> StreamWire.QueryRequest {
    try self.refuseGrouping()
    let catalog = try self.catalog(.stream)
    let tags = try self.tags(catalog)
    guard !tags.isEmpty else { throw .transform("a stream needs columns") }
    var request = StreamWire.QueryRequest()
    request.groups = self.statement.groups
    request.name = self.statement.name
    request.stages = self.statement.stages
    request.timeRange = try self.times.range(self.statement.times)
    request.criteria = try CriteriaBuilder(catalog: catalog).criteria(self.statement.criteria)
    request.projection = Self.projection(tags)
    request.orderBy = self.order
    request.limit = UInt32(clamping: self.number(self.statement.limit))
    request.offset = UInt32(clamping: self.number(self.statement.offset))
    request.trace = self.statement.isTraced
    return request
  }

  private func trace() throws(BydbQLError) -> TraceWire.QueryRequest {
    try self.refuseGrouping()
    let catalog = try self.catalog(.trace)
    var request = TraceWire.QueryRequest()
    request.groups = self.statement.groups
    request.name = self.statement.name
    request.stages = self.statement.stages
    request.timeRange = try self.times.range(self.statement.times)
    request.criteria = try CriteriaBuilder(catalog: catalog).criteria(self.statement.criteria)
    request.tagProjection = try self.tags(catalog).map(\.name)
    request.orderBy = self.order
    request.limit = UInt32(clamping: self.number(self.statement.limit))
    request.offset = UInt32(clamping: self.number(self.statement.offset))
    request.trace = self.statement.isTraced
    return request
  }

  private func property() throws(BydbQLError) -> PropertyWire.QueryRequest {
    try self.refuseGrouping()
    guard self.statement.times == nil else { throw .transform("a property has no TIME") }
    guard self.statement.offset == nil else { throw .transform("a property has no OFFSET") }
    var schemas: [DatabaseWire.Property] = []
    for group in self.statement.groups {
      let key = SchemaKey(.property, group, self.statement.name)
      guard let schema = self.registry.current.object(DatabaseWire.Property.self, key) else {
        throw .transform("property \(key) is not there")
      }
      schemas.append(schema)
    }
    let catalog = ColumnCatalog(properties: schemas)
    let (ids, criteria) = try PropertyIDs.split(self.statement.criteria)
    var request = PropertyWire.QueryRequest()
    request.groups = self.statement.groups
    request.name = self.statement.name
    request.ids = ids
    request.criteria = try CriteriaBuilder(catalog: catalog).criteria(criteria)
    if self.statement.projection != .all {
      request.tagProjection = try self.tags(catalog).map(\.name)
    }
    request.limit = UInt32(clamping: self.number(self.statement.limit))
    request.trace = self.statement.isTraced
    if let order = self.statement.order {
      guard let path = order.path else { throw .transform("a property has no TIME to order by") }
      guard let tag = catalog.tag(path) else { throw .transform("there is no column \(path)") }
      request.orderBy = PropertyWire.QueryOrder {
        $0.tagName = tag.name
        $0.sort = order.isDescending ? .desc : .asc
      }
    }
    return request
  }

  private func topN() throws(BydbQLError) -> MeasureWire.TopNRequest {
    var request = MeasureWire.TopNRequest()
    request.groups = self.statement.groups
    request.name = self.statement.name
    request.stages = self.statement.stages
    guard let range = try self.times.range(self.statement.times) else {
      throw .transform("SHOW TOP needs a TIME")
    }
    request.timeRange = range
    request.topN = Int32(clamping: self.number(self.statement.topCount))
    request.agg = self.statement.aggregate.map(Self.function) ?? .unspecified
    request.fieldValueSort =
      self.statement.order.map { $0.isDescending ? .desc : .asc } ?? .unspecified
    request.trace = self.statement.isTraced
    let builder = CriteriaBuilder(catalog: try self.topNCatalog())
    for step in self.statement.criteria {
      guard case .condition(let path, let test) = step else { continue }
      guard case .compare(.equal, _) = test else {
        throw .transform("\(path): SHOW TOP compares with = only")
      }
      request.conditions.append(try builder.condition(path, test))
    }
    return request
  }

  /// The columns of what rankings are made from.
  private func topNCatalog() throws(BydbQLError) -> ColumnCatalog {
    var subjects: [Subject] = []
    for group in self.statement.groups {
      let key = SchemaKey(.topN, group, self.statement.name)
      guard let rule = self.registry.current.object(DatabaseWire.TopNAggregation.self, key),
        let source = rule.sourceMeasure,
        let subject = self.registry.subject(
          .measure, source.group.isEmpty ? group : source.group, source.name)
      else { throw .transform("ranking \(key) or its measure is not there") }
      subjects.append(subject)
    }
    return ColumnCatalog(subjects: subjects)
  }

  static func function(_ keyword: Keyword) -> ModelWire.AggregationFunction {
    switch keyword {
    case .sum: .sum
    case .mean, .avg: .mean
    case .count: .count
    case .max: .max
    case .min: .min
    default: .unspecified
    }
  }

  // MARK: Measures

  private func measure() throws(BydbQLError) -> MeasureWire.QueryRequest {
    let catalog = try self.catalog(.measure)
    var request = MeasureWire.QueryRequest()
    request.groups = self.statement.groups
    request.name = self.statement.name
    request.stages = self.statement.stages
    guard let range = try self.times.range(self.statement.times) else {
      throw .transform("a measure needs a TIME")
    }
    request.timeRange = range
    request.criteria = try CriteriaBuilder(catalog: catalog).criteria(self.statement.criteria)
    request.orderBy = self.order
    request.limit = UInt32(clamping: self.number(self.statement.limit))
    request.offset = UInt32(clamping: self.number(self.statement.offset))
    request.trace = self.statement.isTraced
    var columns = MeasureColumns(catalog: catalog)
    try self.project(&columns, &request)
    guard !columns.tags.isEmpty || !columns.fields.isEmpty else {
      throw .transform("a measure needs columns")
    }
    if let agg = columns.aggregate { request.agg = agg }
    try self.group(columns, &request)
    if !columns.tags.isEmpty { request.tagProjection = Self.projection(columns.tags) }
    if !columns.fields.isEmpty {
      request.fieldProjection = MeasureWire.QueryRequest.FieldProjection {
        $0.names = columns.fields
      }
    }
    return request
  }

  private func project(
    _ columns: inout MeasureColumns, _ request: inout MeasureWire.QueryRequest
  ) throws(BydbQLError) {
    switch self.statement.projection {
    case .all:
      columns.tags = columns.catalog.tags
      columns.fields = columns.catalog.fields
    case .none: break
    case .columns(let items): try columns.add(items)
    case .top(let count, let field, let isDescending, let items):
      guard columns.catalog.hasField(field) else { throw .transform("\(field) is no field") }
      // Behind those that are named.
      try columns.add(items)
      columns.add(field: field)
      let number = Int32(clamping: self.number(count))
      request.top = MeasureWire.QueryRequest.Top {
        $0.number = number
        $0.fieldName = field
        $0.fieldValueSort = isDescending ? .desc : .asc
      }
    }
  }

  private func group(
    _ columns: MeasureColumns, _ request: inout MeasureWire.QueryRequest
  ) throws(BydbQLError) {
    guard !self.statement.grouping.isEmpty else { return }
    var tags: [ColumnCatalog.Tag] = []
    var field = ""
    for column in self.statement.grouping {
      switch try columns.find(column) {
      case .tag(let tag): tags.append(tag)
      case .field(let name):
        guard field.isEmpty else { throw .transform("GROUP BY has more than one field") }
        field = name
      }
    }
    guard columns.aggregate == nil || !field.isEmpty else {
      throw .transform("GROUP BY names no field, and a function needs one")
    }
    request.groupBy = MeasureWire.QueryRequest.GroupBy {
      $0.tagProjection = Self.projection(tags)
      $0.fieldName = field
    }
  }
}

/// The columns of a measure, each once.
private struct MeasureColumns {
  let catalog: ColumnCatalog
  var tags: [ColumnCatalog.Tag] = []
  var fields: [String] = []
  var aggregate: MeasureWire.QueryRequest.Aggregation?

  init(catalog: ColumnCatalog) { self.catalog = catalog }

  /// Of a tag and a field of one name it is the one that is among the columns.
  func find(_ column: Statement.Column) throws(BydbQLError) -> ColumnCatalog.Found {
    var tag = column.scope == .field ? nil : self.catalog.tag(column.path)
    if !self.tags.contains(where: { $0.name == tag?.name }) { tag = nil }
    let isField = column.scope != .tag && self.fields.contains(column.path)
    guard tag != nil || isField else {
      throw .transform("GROUP BY \(column.path) is not among the columns")
    }
    return try .one(of: tag, isField, column.path)
  }

  mutating func add(field: String) {
    if !self.fields.contains(field) { self.fields.append(field) }
  }

  mutating func add(_ items: [Statement.Item]) throws(BydbQLError) {
    for item in items {
      switch item {
      case .column(let column):
        switch try self.catalog.find(column) {
        case .tag(let tag): self.tags.append(tag)
        case .field(let name): self.add(field: name)
        }
      case .aggregate(let function, let path):
        guard self.aggregate == nil else { throw .transform("more than one function") }
        guard self.catalog.hasField(path) else { throw .transform("\(path) is no field") }
        self.add(field: path)
        self.aggregate = MeasureWire.QueryRequest.Aggregation {
          $0.function = Transformer.function(function)
          $0.fieldName = path
        }
      }
    }
  }
}

/// `ID` names properties and is no tag: `=` and IN on it, joined by AND, give the ids.
enum PropertyIDs {
  static func split(
    _ steps: [Statement.Step]
  ) throws(BydbQLError) -> (ids: [String], rest: [Statement.Step]) {
    // For each operand on the stack: what is left of it, and whether it named ids.
    var stack: [(steps: [Statement.Step], hasIDs: Bool)] = []
    var ids: [String] = []
    for step in steps {
      switch step {
      case .condition(let path, let test) where path.lowercased() == "id":
        ids += try self.ids(test)
        stack.append(([], true))
      case .condition: stack.append(([step], false))
      case .and, .or:
        let right = stack.removeLast()
        let left = stack.removeLast()
        // One id or another is a list of ids; an id or something else is not.
        let areIDs = left.hasIDs && right.hasIDs && left.steps.isEmpty && right.steps.isEmpty
        guard step == .and || areIDs || !(left.hasIDs || right.hasIDs) else {
          throw .transform("ID cannot stand under OR with another condition")
        }
        let joint = left.steps.isEmpty || right.steps.isEmpty ? [] : [step]
        stack.append((left.steps + right.steps + joint, left.hasIDs || right.hasIDs))
      }
    }
    return (ids, stack.last?.steps ?? [])
  }

  private static func ids(_ test: Statement.Test) throws(BydbQLError) -> [String] {
    let values: [Statement.Scalar]
    switch test {
    case .compare(.equal, let value): values = [value]
    case .among(let list, isNegated: false): values = list
    default: throw .transform("ID is compared with = and IN only")
    }
    // No ids are all of them to a request.
    guard !values.isEmpty else { throw .transform("ID IN needs at least one value") }
    var ids: [String] = []
    for value in values {
      switch value {
      case .string(let text), .integer(let text): ids.append(text)
      case .null, .placeholder: throw .transform("ID is a text")
      }
    }
    return ids
  }
}
