import Testing

@testable import SeriesColumns

@Suite("rows of equal values have equal numbers")
struct ValueNumbersTests {
  private static func column(_ type: ColumnType, _ random: inout TestRandom) -> Column {
    var column = Column(type)
    for _ in 0..<500 {
      let value = Int.random(in: 0..<9, using: &random)
      switch value {
      case 0: column.appendNull()
      case _ where type.isInteger: column.append(integer: Int64(value / 2))
      case _ where type == .float: column.append(float: value < 3 ? .nan : Double(value / 2))
      default: column.append(text: String(repeating: "v", count: value / 2))
      }
    }
    return column
  }

  private static func expect(_ numbers: ValueNumbers, _ texts: [String]) {
    #expect(numbers.rows.count == texts.count)
    #expect(numbers.rows.allSatisfy { $0 < numbers.count })
    var byNumber: [UInt32: String] = [:]
    for (number, text) in zip(numbers.rows, texts) {
      #expect(byNumber[number, default: text] == text)
      byNumber[number] = text
    }
    #expect(byNumber.count == Set(texts).count)
  }

  @Test(arguments: [.integer, .timestamp, .float, .string, .binary] as [ColumnType])
  func one(_ type: ColumnType) throws {
    var random = TestRandom(state: 3)
    let column = Self.column(type, &random)
    let texts = (0..<column.count).map { column.describes($0) }
    Self.expect(ValueNumbers(column), texts)
    let (read, _) = try roundTrip(column, .fast)
    Self.expect(ValueNumbers(read), texts)
  }

  @Test("of two columns only rows that are equal in both")
  func split() {
    var random = TestRandom(state: 5)
    let (left, right) = (Self.column(.string, &random), Self.column(.integer, &random))
    var numbers = ValueNumbers(left)
    numbers.split(by: ValueNumbers(right))
    Self.expect(
      numbers, (0..<left.count).map { "\(left.describes($0)) \(right.describes($0))" })
  }
}
