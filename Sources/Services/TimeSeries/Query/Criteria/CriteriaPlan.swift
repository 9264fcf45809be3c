package import SeriesColumns
package import SeriesStorage

/// Criteria as a flat program over the columns of one table: conditions are pushed, AND and OR take two
/// and push one. There is no NOT above a condition, so that leaving a condition out, as if it held,
/// never loses a row.
package struct CriteriaPlan: Sendable {
  package enum Node: Sendable, Hashable {
    case condition(Int)
    case and
    case or
  }

  package struct Condition: Sendable, Hashable {
    /// A tag of the subject.
    package var tag: Int
    package var test: ValueTest
    package var isNegated: Bool
    /// EQ and IN, which name values. A range that holds one value only is still a range.
    package var namesValues = false
  }

  package internal(set) var nodes: [Node] = []
  package internal(set) var conditions: [Condition] = []

  package init() {}

  /// Whether every row passes.
  package var isEmpty: Bool { self.nodes.isEmpty }

  /// Tags that are compared.
  package var tags: Set<Int> { Set(self.conditions.map(\.tag)) }

  /// The rows that pass; `mask` gives those of a condition, nil where it is not to be looked at.
  package func rows(count: Int, _ mask: (Condition) -> RowMask?) -> RowMask {
    guard !self.isEmpty else { return RowMask(count: count, all: true) }
    var stack: [RowMask] = []
    for node in self.nodes {
      switch node {
      case .condition(let index):
        stack.append(mask(self.conditions[index]) ?? RowMask(count: count, all: true))
      case .and:
        let right = stack.removeLast()
        stack[stack.count - 1].formIntersection(right)
      case .or:
        let right = stack.removeLast()
        stack[stack.count - 1].formUnion(right)
      }
    }
    precondition(stack.count == 1, "BUG: \(stack.count) results of a criteria program")
    return stack[0]
  }

  /// Conditions that every row must meet: those that stand under nothing but AND.
  package var mandatory: [Condition] {
    var stack: [[Int]] = []
    for node in self.nodes {
      switch node {
      case .condition(let index): stack.append([index])
      case .and:
        let right = stack.removeLast()
        stack[stack.count - 1] += right
      case .or:
        stack.removeLast()
        stack[stack.count - 1] = []
      }
    }
    return (stack.last ?? []).map { self.conditions[$0] }
  }

  /// What indexes can narrow, for columns that stand per series or per row.
  package func terms(_ mapping: TableMapping, perSeries: Bool) -> [IndexTerms] {
    self.mandatory.compactMap { condition in
      guard !condition.isNegated else { return nil }
      if case .series = mapping.tags[condition.tag] {
        guard perSeries else { return nil }
      } else {
        guard !perSeries else { return nil }
      }
      let column = mapping.column(ofTag: condition.tag)
      return condition.test.terms(column)
    }
  }
}

extension CriteriaPlan.Condition {
  package func mask(_ column: Column, count: Int) -> RowMask {
    var mask = self.test.mask(column, count: count)
    if self.isNegated { mask.invert() }
    return mask
  }
}

extension ValueTest {
  /// The terms of which a row that passes has one; nil when an index knows nothing of it.
  func terms(_ column: ColumnSchema) -> IndexTerms? {
    if case .words(let words, let analyzer, let all) = self {
      guard column.index == .inverted(analyzer), !words.isEmpty else { return nil }
      // Of words that must all be there, any one narrows; the longest is likely the rarest.
      let chosen =
        all ? Array(words.sorted { $0.utf8.count > $1.utf8.count }.prefix(1)) : Array(words)
      return IndexTerms(
        column: column.name, values: chosen.map { IndexTerm.of($0) }, analyzer: analyzer)
    }
    guard column.index == .inverted(.keyword) || column.index == .skipping else { return nil }
    switch self {
    case .integers(let range) where range.lowerBound == range.upperBound:
      return IndexTerms(column: column.name, values: [IndexTerm.of(range.lowerBound)])
    case .anyInteger(let values):
      return IndexTerms(column: column.name, values: values.sorted().map { IndexTerm.of($0) })
    case .bytes(let value): return IndexTerms(column: column.name, values: [value])
    case .anyBytes(let values): return IndexTerms(column: column.name, values: Array(values))
    case .holdsTexts(let values):
      return values.first.map { IndexTerms(column: column.name, values: [$0]) }
    case .holdsIntegers(let values):
      return values.first.map { IndexTerms(column: column.name, values: [IndexTerm.of($0)]) }
    case .never, .integers, .bytesBefore, .bytesAfter, .textList, .integerList, .words: return nil
    }
  }
}
