package import SeriesColumns

/// A condition made ready for a column of one type. Null holds for none of them; a negated condition is
/// the opposite, and so holds for null.
package enum ValueTest: Sendable, Hashable {
  case never
  /// Integers and timestamps, both ends included.
  case integers(ClosedRange<Int64>)
  case anyInteger(Set<Int64>)
  /// Text and binary, byte for byte.
  case bytes([UInt8])
  case anyBytes(Set<[UInt8]>)
  case bytesBefore([UInt8], orEqual: Bool)
  case bytesAfter([UInt8], orEqual: Bool)
  /// Lists: the same elements in the same order.
  case textList([[UInt8]])
  case integerList([Int64])
  /// Lists: all of these are among the elements.
  case holdsTexts([[UInt8]])
  case holdsIntegers([Int64])
  /// Words of a text, all or any of them.
  case words(Set<String>, Analyzer, all: Bool)

  /// The rows it holds for.
  package func mask(_ column: Column, count: Int) -> RowMask {
    var mask = self.valueMask(column, count)
    if column.hasNulls, self != .never {
      for row in 0..<count where column.isNull(row) { mask[row] = false }
    }
    return mask
  }

  private func valueMask(_ column: Column, _ count: Int) -> RowMask {
    switch column.type {
    case .integer, .timestamp: return self.integerMask(column, count)
    case .string, .binary: return self.bytesMask(column, count)
    case .strings: return self.textListMask(column, count)
    case .integers: return self.integerListMask(column, count)
    case .float: return RowMask(count: count, all: false)
    }
  }

  private func integerMask(_ column: Column, _ count: Int) -> RowMask {
    column.integers.withUnsafeBufferPointer { values in
      switch self {
      case .integers(let range):
        let (low, high) = (range.lowerBound, range.upperBound)
        return RowMask(count: count) { values[$0] >= low && values[$0] <= high }
      case .anyInteger(let set): return RowMask(count: count) { set.contains(values[$0]) }
      case .holdsIntegers(let wanted):
        return RowMask(count: count) { row in wanted.allSatisfy { $0 == values[row] } }
      case .never, .bytes, .anyBytes, .bytesBefore, .bytesAfter, .textList, .integerList,
        .holdsTexts, .words:
        return RowMask(count: count, all: false)
      }
    }
  }

  /// Each entry of a dictionary is looked at once.
  private func bytesMask(_ column: Column, _ count: Int) -> RowMask {
    if case .never = self { return RowMask(count: count, all: false) }
    let entries = column.offsets.count - 1
    let verdicts = (0..<entries).map { entry in
      column.bytes.withUnsafeBytes {
        self.holds(UnsafeRawBufferPointer(rebasing: $0[column.entryRange(entry)]))
      }
    }
    return RowMask(count: count) { verdicts[column.entry($0)] }
  }

  private func holds(_ value: UnsafeRawBufferPointer) -> Bool {
    switch self {
    case .bytes(let wanted): value.count == wanted.count && value.elementsEqual(wanted)
    case .anyBytes(let wanted): wanted.contains(Array(value))
    case .bytesBefore(let limit, let orEqual):
      value.lexicographicallyPrecedes(limit) || (orEqual && value.elementsEqual(limit))
    case .bytesAfter(let limit, let orEqual):
      limit.lexicographicallyPrecedes(value) || (orEqual && value.elementsEqual(limit))
    case .holdsTexts(let wanted): wanted.allSatisfy { value.elementsEqual($0) }
    case .words(let words, let analyzer, let all):
      Self.holds(words, String(decoding: value, as: UTF8.self), analyzer, all)
    case .never, .integers, .anyInteger, .textList, .integerList, .holdsIntegers: false
    }
  }

  private static func holds(
    _ words: Set<String>, _ text: String, _ analyzer: Analyzer, _ all: Bool
  ) -> Bool {
    let found = Set(analyzer.tokens(of: text))
    return all ? words.isSubset(of: found) : !words.isDisjoint(with: found)
  }

  private func textListMask(_ column: Column, _ count: Int) -> RowMask {
    RowMask(count: count) { row in
      let elements = column.listRange(row)
      switch self {
      case .textList(let wanted):
        return elements.count == wanted.count
          && zip(elements, wanted).allSatisfy {
            column.bytes[column.entryRange($0)].elementsEqual($1)
          }
      case .holdsTexts(let wanted):
        return wanted.allSatisfy { value in
          elements.contains { column.bytes[column.entryRange($0)].elementsEqual(value) }
        }
      case .never, .integers, .anyInteger, .bytes, .anyBytes, .bytesBefore, .bytesAfter,
        .integerList, .holdsIntegers, .words:
        return false
      }
    }
  }

  private func integerListMask(_ column: Column, _ count: Int) -> RowMask {
    RowMask(count: count) { row in
      let elements = column.integers[column.listRange(row)]
      switch self {
      case .integerList(let wanted): return elements.elementsEqual(wanted)
      case .holdsIntegers(let wanted): return wanted.allSatisfy { elements.contains($0) }
      case .never, .integers, .anyInteger, .bytes, .anyBytes, .bytesBefore, .bytesAfter,
        .textList, .holdsTexts, .words:
        return false
      }
    }
  }
}
