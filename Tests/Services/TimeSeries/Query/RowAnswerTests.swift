import Bytes
import Protobuf
import SeriesColumns
import SeriesModel
import SeriesSchema
import SeriesStorage
import SeriesTesting
import SeriesWire
import Simulation
import Testing

@testable import SeriesQuery

/// Answers that are written from columns, beside the messages that they stand for.
@Suite("Answers written from columns")
struct RowAnswerTests {
  private typealias Dice = ModelCheckTests.Dice

  private static let types: [ColumnType] = [
    .integer, .float, .string, .binary, .strings, .integers, .timestamp,
  ]
  private static let texts = [
    "", "a", "é\u{1F600}", "quote \" and \\ and \n \u{1}", String(repeating: "long ", count: 60),
  ]
  private static let numbers: [Int64] = [
    0, 1, -1, 127, 128, .min, .max, 1_700_000_000_123_000_000, 1_700_000_000_123_456_789,
  ]
  private static let floats: [Double] = [
    0, -0.0, 1.5, 1e300, .leastNonzeroMagnitude, .nan, .infinity, -.infinity, 0.1, 1e16, 100,
  ]

  private static func value(_ type: ColumnType, _ dice: Dice) -> SeriesValue {
    if dice.hits(15) { return .null }
    func list<T>(_ values: [T]) -> [T] { (0..<dice.below(4)).map { _ in dice.pick(values) } }
    return switch type {
    case .integer: .int(dice.pick(self.numbers))
    case .float: .float(dice.pick(self.floats))
    case .string: .string(dice.pick(self.texts))
    case .binary: .binary((0..<dice.below(200)).map { UInt8(truncatingIfNeeded: $0 * 37) })
    case .strings: .strings(list(self.texts))
    case .integers: .ints(list(self.numbers))
    case .timestamp: .timestamp(dice.pick(self.numbers))
    }
  }

  private static func cell(_ runs: [SeriesRun], _ dice: Dice) -> AnswerBlock.Cell {
    let type = dice.pick(self.types)
    let rows = runs.last?.rows.upperBound ?? 0
    switch dice.below(4) {
    case 0: return .null
    case 1:
      var column = Column(type)
      for _ in 0..<runs.count { column.append(self.value(type, dice)) }
      return .series(AnswerColumn(column), runs.indices.map { dice.hits(20) ? -1 : $0 })
    default:
      var column = Column(type)
      for _ in 0..<rows { column.append(self.value(type, dice)) }
      return .row(AnswerColumn(column))
    }
  }

  private static func answer(_ kind: AnswerShape.Kind, _ dice: Dice) -> RowAnswer {
    var answer = RowAnswer(kind)
    for family in 0..<dice.below(4) {
      let count = dice.below(4)
      answer.shape.families.append((dice.pick(["", "f\(family)", "fam \"\(family)\""]), count))
      for tag in 0..<count { answer.shape.tags.append(dice.pick(["", "tag\(tag)", "t\\\(tag)"])) }
    }
    if kind == .points {
      answer.shape.fields = (0..<dice.below(4)).map { "field\($0)" }
      answer.shape.isAggregated = dice.hits(20)
    }
    var rows: [RowReference] = []
    for number in 0..<dice.below(4) {
      var runs: [SeriesRun] = []
      for _ in 0..<(1 + dice.below(4)) {
        let start = runs.last?.rows.upperBound ?? 0
        runs.append(
          SeriesRun(
            seriesID: UInt64(bitPattern: dice.pick(self.numbers)),
            rows: start..<(start + 1 + dice.below(5))))
      }
      let count = runs.last?.rows.upperBound ?? 0
      let onlySeries = dice.hits(40)
      let plainFields = dice.hits(40)
      let cells = (0..<(answer.shape.tags.count + answer.shape.fields.count)).map { place in
        var cell = self.cell(runs, dice)
        let isTag = place < answer.shape.tags.count
        while onlySeries, isTag, cell.isPerRow { cell = self.cell(runs, dice) }
        if plainFields, !isTag {
          let values = (0..<count).map { _ in dice.pick(self.numbers) }
          cell = .row(AnswerColumn(Column(integers: values)))
        }
        return cell
      }
      answer.rows.blocks.append(
        AnswerBlock(
          group: number, seriesIDs: runs.map(\.seriesID),
          versions: (0..<count).map { _ in dice.pick(self.numbers) }, cells: cells))
      for (index, run) in runs.enumerated() {
        for row in run.rows where !dice.hits(20) {
          rows.append(
            RowReference(
              timestamp: dice.pick(self.numbers), tie: UInt64(dice.below(1 << 40)) << 20,
              block: UInt32(number), row: UInt32(row), run: UInt32(index), slot: 0))
        }
      }
    }
    answer.rows.rows = Self.shuffled(rows, dice)[...]
    if dice.hits(30) { answer.statuses["g"] = .succeed }
    if dice.hits(30) { answer.trace = CommonWire.Trace { $0.traceID = "1" } }
    return answer
  }

  private static func shuffled(_ rows: [RowReference], _ dice: Dice) -> [RowReference] {
    var rows = rows
    for index in rows.indices.dropFirst() { rows.swapAt(index, dice.below(index + 1)) }
    return rows
  }

  private static let options: JSONEncodingOptions = {
    var options = JSONEncodingOptions()
    options.includesDefaults = true
    options.includesAbsentMessages = true
    return options
  }()

  private static func json(_ answer: RowAnswer) throws -> String {
    var target = ByteWriter()
    try answer.encodeJSON(to: &target, self.options)
    return target.bytes.lossyText
  }

  @Test("points are the bytes and the JSON of their messages", arguments: 0..<300)
  func points(seed: Int) throws {
    let answer = Self.answer(.points, Dice(UInt64(seed)))
    let message = try answer.message(MeasureWire.QueryResponse.self)
    #expect(answer.encoded() == message.encoded(), "seed \(seed)")
    #expect(try Self.json(answer) == message.json(Self.options), "seed \(seed)")
    #expect(message.trace == answer.trace)
    let wanted = answer.rows.results
    try #require(message.dataPoints.count == wanted.count)
    for (point, row) in zip(message.dataPoints, wanted) {
      let tags = point.tagFamilies.flatMap(\.tags)
      #expect(point.tagFamilies.map(\.name) == answer.shape.families.map(\.name))
      #expect(point.tagFamilies.map(\.tags.count) == answer.shape.families.map(\.count))
      #expect(tags.map(\.key) == answer.shape.tags)
      #expect(tags.compactMap(\.value).map { SeriesValue($0) } == Self.tags(row, answer.shape))
      #expect(point.fields.map(\.name) == answer.shape.fields)
      #expect(
        point.fields.compactMap(\.value).map { SeriesValue($0) }
          == row.values.dropFirst(tags.count).map { SeriesValue($0.fieldValue) })
      #expect(
        point.timestamp?.nanoseconds == (answer.shape.isAggregated ? nil : row.timestamp))
      #expect(point.sid == (answer.shape.isAggregated ? 0 : row.seriesID))
      #expect(point.version == (answer.shape.isAggregated ? 0 : row.version))
    }
  }

  /// What a message of tags can hold of a row.
  private static func tags(_ row: ResultRow, _ shape: AnswerShape) -> [SeriesValue] {
    row.values.prefix(shape.tags.count).map { SeriesValue($0.tagValue) }
  }

  @Test("elements are the bytes and the JSON of their messages", arguments: 0..<200)
  func elements(seed: Int) throws {
    let answer = Self.answer(.elements, Dice(UInt64(seed) + 1000))
    let message = try answer.message(StreamWire.QueryResponse.self)
    #expect(answer.encoded() == message.encoded(), "seed \(seed)")
    #expect(try Self.json(answer) == message.json(Self.options), "seed \(seed)")
    let rows = Array(answer.rows.rows)
    try #require(message.elements.count == rows.count)
    for ((element, row), result) in zip(zip(message.elements, rows), answer.rows.results) {
      #expect(element.elementID == ElementID.text(row.tie))
      #expect(element.timestamp?.nanoseconds == row.timestamp)
      #expect(
        element.tagFamilies.flatMap(\.tags).compactMap(\.value).map { SeriesValue($0) }
          == Self.tags(result, answer.shape))
    }
  }
}
