import Fuzzing
import Iceberg
import Testing
import Values

/// Random rows, files and filters: what pruning says must agree with the rows themselves.
@Suite("Pruning")
struct PruningTests {
  struct World {
    var random: FuzzRandom

    static let types: [PrimitiveType] = [
      .int, .long, .float, .double, .decimal(precision: 6, scale: 2), .date, .timestamp,
      .timestamptz, .timestampNanos, .string, .binary, .boolean, .uuid,
    ]

    mutating func literal(_ type: PrimitiveType) -> Literal {
      let small = Int64(self.random.below(41)) - 20
      let hour: Int64 = 3_600_000_000
      switch type {
      case .int: return .int(Int32(small))
      case .long: return .long(self.random.oneIn(20) ? .max : small)
      case .float:
        return .float(self.random.oneIn(8) ? .nan : self.random.oneIn(6) ? -0.0 : Float(small) / 2)
      case .double:
        return .double(self.random.oneIn(8) ? .nan : self.random.oneIn(6) ? 0 : Double(small) / 2)
      case .decimal: return .decimal(DecimalNumber(unscaled: Int128(small * 7), scale: 2))
      case .date: return .date(Int32(small * 40))
      case .timestamp: return .timestamp(small * hour * 11 + Int64(self.random.below(3)) - 1)
      case .timestamptz: return .timestamptz(small * hour * 400)
      case .timestampNanos: return .timestampNanos(small * hour * 1000 * 30 - 1)
      case .string: return .string(self.text())
      case .binary: return .binary(Array(self.text().utf8))
      case .boolean: return .boolean(self.random.oneIn(2))
      default:
        return .uuid(.init(bits: UInt128(self.random.next()) << UInt128(self.random.below(64))))
      }
    }

    mutating func text() -> String {
      let letters = ["a", "b", "é", "𝄞", "z"]
      return (0..<self.random.below(6)).map { _ in letters[self.random.below(5)] }.joined()
    }

    mutating func transform(_ type: PrimitiveType) -> Transform {
      let all: [Transform] = [
        .identity, .bucket(3), .bucket(16), .truncate(1), .truncate(3), .truncate(10), .year,
        .month, .day, .hour, .void,
      ]
      let fitting = all.filter { $0.accepts(type) }
      return fitting[self.random.below(fitting.count)]
    }

    mutating func filter(_ types: [PrimitiveType], depth: Int = 3) -> Expression {
      if depth > 0, self.random.oneIn(2) {
        switch self.random.below(3) {
        case 0:
          return .and(self.filter(types, depth: depth - 1), self.filter(types, depth: depth - 1))
        case 1:
          return .or(self.filter(types, depth: depth - 1), self.filter(types, depth: depth - 1))
        default: return .not(self.filter(types, depth: depth - 1))
        }
      }
      let column = self.random.below(types.count)
      let type = types[column]
      let operations = Expression.Operation.allCases.filter {
        switch $0 {
        case .isNaN, .notNaN: type == .float || type == .double
        case .startsWith, .notStartsWith: type == .string
        default: true
        }
      }
      let operation = operations[self.random.below(operations.count)]
      var term = Expression.Term.column("c\(column)")
      var result = type
      if self.random.oneIn(6), !operation.isUnary,
        ![.startsWith, .notStartsWith].contains(operation)
      {
        let transform = self.transform(type)
        if transform != .void, let made = transform.result(of: type) {
          term = .transform(transform, .name("c\(column)"))
          result = made
        }
      }
      let count = operation.isUnary ? 0 : operation.isSet ? self.random.below(4) : 1
      var operands: [Expression.Operand] = []
      while operands.count < count {
        let literal = self.literal(result)
        if !literal.isNaN { operands.append(.literal(literal)) }
      }
      return .predicate(Expression.Predicate(operation, term, operands))
    }
  }

  typealias Row = [Literal?]

  static func metrics(_ rows: [Row], _ types: [PrimitiveType]) -> DataFile {
    var file = DataFile(path: "f", recordCount: Int64(rows.count), fileSizeInBytes: 1)
    var (values, nulls, nans) = (ColumnCounts(), ColumnCounts(), ColumnCounts())
    var (lower, upper) = (ColumnBounds(), ColumnBounds())
    for column in types.indices {
      let present = rows.compactMap { $0[column] }
      let numbers = present.filter { !$0.isNaN }.sorted { $0.isBefore($1) ?? false }
      values.append(Int64(rows.count), for: column + 1)
      nulls.append(Int64(rows.count - present.count), for: column + 1)
      if types[column] == .float || types[column] == .double {
        nans.append(Int64(present.count - numbers.count), for: column + 1)
      }
      if let first = numbers.first, let last = numbers.last {
        lower.append(first, for: column + 1)
        upper.append(last, for: column + 1)
      }
    }
    (file.valueCounts, file.nullValueCounts, file.nanValueCounts) = (values, nulls, nans)
    (file.lowerBounds, file.upperBounds) = (lower, upper)
    return file
  }

  @Test(
    "agrees with the rows: nothing that matches is left out, nothing is promised in vain",
    arguments: 0..<16)
  func property(_ seed: Int) throws {
    var world = World(random: FuzzRandom(seed: UInt64(seed)))
    for _ in 0..<60 {
      let types = (0..<3).map { _ in World.types[world.random.below(World.types.count)] }
      let schema = Schema(
        fields: types.enumerated().map { NestedField($0 + 1, "c\($0)", $1) })
      let index = SchemaIndex(schema)
      let spec = PartitionSpec(
        fields: (0..<2).map { number in
          let column = world.random.below(3)
          return PartitionField(
            sourceID: column + 1, fieldID: 1000 + number, name: "p\(number)",
            transform: world.transform(types[column]))
        })
      let filter = world.filter(types)
      let bound = try filter.bound(to: index)
      let rows: [Row] = (0..<12).map { _ in
        types.map { world.random.oneIn(5) ? nil : world.literal($0) }
      }
      try self.check(bound, rows, types, spec, index, "seed \(seed): \(filter)")
    }
  }

  func check(
    _ filter: BoundExpression, _ rows: [Row], _ types: [PrimitiveType], _ spec: PartitionSpec,
    _ index: SchemaIndex, _ place: String
  ) throws {
    func matches(_ row: Row) -> Bool { filter.isTrue { row[$0 - 1] } }
    let evaluator = MetricsEvaluator(filter)
    for part in [rows, Array(rows.prefix(1)), Array(rows.prefix(3))] {
      let file = Self.metrics(part, types)
      if part.contains(where: matches) { #expect(evaluator.mayMatch(file), "\(place) \(part)") }
      if evaluator.mustMatch(file) { #expect(part.allSatisfy(matches), "\(place) \(part)") }
    }
    let inclusive = Projection.inclusive(spec, in: index).project(filter)
    let strict = Projection.strict(spec, in: index).project(filter)
    let residuals = ResidualEvaluator(filter, spec: spec, in: index)
    for row in rows {
      let partition = spec.fields.map { $0.transform.apply(row[($0.sourceID ?? 0) - 1]) }
      func isTrue(_ condition: BoundExpression) -> Bool {
        condition.isTrue { partition[$0 - 1000] }
      }
      if matches(row) { #expect(isTrue(inclusive), "\(place) \(row)") }
      if isTrue(strict) { #expect(matches(row), "\(place) \(row)") }
      let residual = residuals.residual(of: PartitionValues(partition))
      #expect(residual.isTrue { row[$0 - 1] } == matches(row), "\(place) \(row)")
    }
    try self.checkManifests(inclusive, rows, types, spec, index, matches, place)
  }

  func checkManifests(
    _ inclusive: BoundExpression, _ rows: [Row], _ types: [PrimitiveType], _ spec: PartitionSpec,
    _ index: SchemaIndex, _ matches: (Row) -> Bool, _ place: String
  ) throws {
    let schema = Schema(fields: types.enumerated().map { NestedField($0 + 1, "c\($0)", $1) })
    let entries = rows.map { row in
      ManifestEntry(
        .added,
        DataFile(
          path: "f",
          partition: PartitionValues(
            spec.fields.map { $0.transform.apply(row[($0.sourceID ?? 0) - 1]) }),
          recordCount: 1, fileSizeInBytes: 1))
    }
    let evaluator = ManifestEvaluator(inclusive, spec: spec)
    for count in [1, rows.count] {
      let (_, manifest) = try ManifestTests.write(
        Array(entries.prefix(count)), version: 2, spec: spec, schema: schema)
      if rows.prefix(count).contains(where: matches) {
        #expect(evaluator.mayMatch(manifest), "\(place)")
      }
    }
  }

  @Test("metrics that are missing decide nothing")
  func missingMetrics() throws {
    let file = DataFile(path: "f", recordCount: 5, fileSizeInBytes: 1)
    for operation in Expression.Operation.allCases {
      let column = operation == .isNaN || operation == .notNaN ? "f" : "data"
      let expression = Expression.predicate(
        .init(
          operation, .column(column),
          operation.isUnary ? [] : [.literal(.string("x")), .literal(.string("y"))]))
      let evaluator = MetricsEvaluator(try expression.bound(to: ExpressionTests.index))
      #expect(evaluator.mayMatch(file))
      #expect(!evaluator.mustMatch(file))
    }
  }
}
