import SeriesColumns
import SeriesModel
import SeriesSchema
import SeriesStorage
import SeriesWire

/// One condition on a tag that is there.
struct ConditionLowering {
  let condition: ModelWire.Condition
  let tag: Subject.Tag
  let value: SeriesValue
  let isLookedUp: Bool

  func test() throws(SeriesFault) -> (test: ValueTest, isNegated: Bool) {
    switch self.condition.op {
    case .eq: return (try self.equal(), false)
    case .ne: return (try self.equal(), true)
    case .lt, .le, .gt, .ge: return (try self.ordered(), false)
    case .in: return (try self.among(), false)
    case .notIn: return (try self.among(), true)
    case .having: return (self.holding(), false)
    case .notHaving: return (self.holding(), true)
    case .match: return (try self.words(), false)
    default:
      throw .query("operator \(self.condition.op.rawValue) of tag \(self.tag.name) is not known")
    }
  }

  private static func texts(_ texts: [String]) -> [[UInt8]] { texts.map { Array($0.utf8) } }

  private func equal() throws(SeriesFault) -> ValueTest {
    switch self.value {
    case .null:
      guard !self.isLookedUp || self.condition.op == .ne else { throw self.multiple() }
      return .never
    case .strings, .ints:
      guard !self.isLookedUp else { throw self.multiple() }
    case .string, .int, .float, .binary, .timestamp: break
    }
    switch (self.tag.type, self.value) {
    case (.string, .string(let text)): return .bytes(Array(text.utf8))
    case (.binary, .binary(let bytes)): return .bytes(bytes)
    case (.int, .int(let number)), (.timestamp, .int(let number)),
      (.timestamp, .timestamp(let number)):
      return .integers(number...number)
    case (.strings, .strings(let texts)): return .textList(Self.texts(texts))
    case (.ints, .ints(let numbers)): return .integerList(numbers)
    case (.strings, .string(let text)): return .holdsTexts(Self.texts([text]))
    case (.ints, .int(let number)): return .holdsIntegers([number])
    default: return .never
    }
  }

  private func multiple() -> SeriesFault {
    .query("tag \(self.tag.name): don't support multiple or null value")
  }

  private func ordered() throws(SeriesFault) -> ValueTest {
    switch self.value {
    case .null, .strings, .ints:
      guard !self.isLookedUp else { throw self.multiple() }
      return .never
    case .string, .int, .float, .binary, .timestamp: break
    }
    switch (self.tag.type, self.value) {
    case (.string, .string(let text)):
      let bytes = Array(text.utf8)
      let orEqual = self.condition.op == .le || self.condition.op == .ge
      return self.condition.op == .lt || self.condition.op == .le
        ? .bytesBefore(bytes, orEqual: orEqual) : .bytesAfter(bytes, orEqual: orEqual)
    case (.int, .int(let limit)), (.timestamp, .int(let limit)),
      (.timestamp, .timestamp(let limit)):
      switch self.condition.op {
      case .lt: return limit == .min ? .never : .integers(.min...(limit - 1))
      case .le: return .integers(.min...limit)
      case .gt: return limit == .max ? .never : .integers((limit + 1)...Int64.max)
      default: return .integers(limit...Int64.max)
      }
    default: return .never
    }
  }

  private func among() throws(SeriesFault) -> ValueTest {
    guard self.tag.type != .strings, self.tag.type != .ints else {
      throw .query("tag \(self.tag.name) is an array: IN is not supported")
    }
    switch (self.tag.type, self.value) {
    case (.string, .strings(let texts)):
      return texts.isEmpty ? .never : .anyBytes(Set(Self.texts(texts)))
    case (.int, .ints(let numbers)), (.timestamp, .ints(let numbers)):
      return numbers.isEmpty ? .never : .anyInteger(Set(numbers))
    case (_, .strings), (_, .ints): return .never
    default:
      throw .query("tag \(self.tag.name): IN condition requires array value type")
    }
  }

  /// A scalar tag counts as a list of one.
  private func holding() -> ValueTest {
    switch (self.tag.type, self.value) {
    case (.strings, .strings(let texts)), (.string, .strings(let texts)):
      return .holdsTexts(Self.texts(texts))
    case (.strings, .string(let text)), (.string, .string(let text)):
      return .holdsTexts(Self.texts([text]))
    case (.ints, .ints(let numbers)), (.int, .ints(let numbers)): return .holdsIntegers(numbers)
    case (.ints, .int(let number)), (.int, .int(let number)): return .holdsIntegers([number])
    default: return .never
    }
  }

  private func words() throws(SeriesFault) -> ValueTest {
    guard self.tag.type == .string, let rule = self.tag.inverted, !rule.analyzer.isEmpty else {
      throw .query(
        "tag \(self.tag.name): MATCH needs a text with an index rule that has an analyzer")
    }
    let option = self.condition.matchOption
    let name = option.flatMap { $0.analyzer.isEmpty ? nil : $0.analyzer } ?? rule.analyzer
    guard let analyzer = Analyzer(named: name), let indexed = Analyzer(named: rule.analyzer) else {
      throw .query("tag \(self.tag.name): no analyzer is called \(name)")
    }
    let all = option?.operator == .and
    switch self.value {
    case .string(let text):
      let tokens = Set(analyzer.tokens(of: text))
      return tokens.isEmpty ? .never : .words(tokens, indexed, all: all)
    case .strings(let texts):
      return texts.isEmpty ? .never : .words(Set(texts), indexed, all: all)
    case .null, .int, .float, .binary, .ints, .timestamp:
      throw .query("tag \(self.tag.name): MATCH needs a text")
    }
  }
}
