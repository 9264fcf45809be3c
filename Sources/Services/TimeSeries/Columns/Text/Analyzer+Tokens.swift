/// Text into terms.
extension Analyzer {
  public func tokens(of text: String) -> [String] {
    switch self {
    case .keyword: [text]
    case .simple:
      Self.runs(of: text) { $0.properties.isAlphabetic }.map { $0.lowercased() }
    case .url:
      Self.runs(of: text) { $0.properties.isAlphabetic || $0.properties.numericType == .decimal }
    case .standard: WordSegments.words(of: text).map { $0.lowercased() }
    }
  }

  private static func runs(
    of text: String, _ belongs: (Unicode.Scalar) -> Bool
  ) -> [String] {
    var runs: [String] = []
    var run = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if belongs(scalar) {
        run.append(scalar)
      } else if !run.isEmpty {
        runs.append(String(run))
        run.removeAll()
      }
    }
    if !run.isEmpty { runs.append(String(run)) }
    return runs
  }
}

/// The words of UAX #29: segments that hold a letter, a digit or an ideograph.
enum WordSegments {
  private enum Class {
    case letter
    case hebrewLetter
    case number
    case katakana
    case extender
    case middleLetter
    case middleNumber
    case middleBoth
    case extend
    /// A word by itself.
    case single
    case other
  }

  static func words(of text: String) -> [String] {
    let scalars = Array(text.unicodeScalars)
    let classes = scalars.map { self.classify($0) }
    var words: [String] = []
    var start = 0
    while start < scalars.count {
      var end = start + 1
      while end < scalars.count, self.joins(classes, end, start) { end += 1 }
      if classes[start..<end].contains(where: { self.isWord($0) }) {
        words.append(String(String.UnicodeScalarView(scalars[start..<end])))
      }
      start = end
    }
    return words
  }

  private static func isWord(_ kind: Class) -> Bool {
    switch kind {
    case .letter, .hebrewLetter, .number, .katakana, .single: true
    case .extender, .middleLetter, .middleNumber, .middleBoth, .extend, .other: false
    }
  }

  /// Whether there is no boundary before `at`; rules WB4 to WB13b.
  private static func joins(_ classes: [Class], _ at: Int, _ start: Int) -> Bool {
    let next = classes[at]
    if case .extend = next { return true }
    guard let last = self.before(classes, at, start) else { return false }
    let following = self.after(classes, at)
    let earlier = self.before(classes, last, start).map { classes[$0] }
    switch (classes[last], next) {
    case (.letter, .letter), (.letter, .hebrewLetter), (.hebrewLetter, .letter),
      (.hebrewLetter, .hebrewLetter), (.letter, .number), (.hebrewLetter, .number),
      (.number, .letter), (.number, .hebrewLetter), (.number, .number), (.katakana, .katakana):
      return true
    case (.letter, .extender), (.hebrewLetter, .extender), (.number, .extender),
      (.katakana, .extender), (.extender, .extender), (.extender, .letter),
      (.extender, .hebrewLetter), (.extender, .number), (.extender, .katakana):
      return true
    case (.letter, .middleLetter), (.letter, .middleBoth), (.hebrewLetter, .middleLetter),
      (.hebrewLetter, .middleBoth):
      return self.isLetter(following)
    case (.middleLetter, .letter), (.middleLetter, .hebrewLetter), (.middleBoth, .letter),
      (.middleBoth, .hebrewLetter):
      return self.isLetter(earlier)
    case (.number, .middleNumber), (.number, .middleBoth):
      return following == .number
    case (.middleNumber, .number), (.middleBoth, .number):
      return earlier == .number
    default: return false
    }
  }

  private static func isLetter(_ kind: Class?) -> Bool { kind == .letter || kind == .hebrewLetter }

  /// The last scalar before `at` that does not only extend another.
  private static func before(_ classes: [Class], _ at: Int, _ start: Int) -> Int? {
    var index = at - 1
    while index >= start {
      if classes[index] != .extend { return index }
      index -= 1
    }
    return nil
  }

  private static func after(_ classes: [Class], _ at: Int) -> Class? {
    classes[(at + 1)...].first { $0 != .extend }
  }

  private static func classify(_ scalar: Unicode.Scalar) -> Class {
    switch scalar.value {
    case 0x27, 0x2E, 0x2018, 0x2019, 0x2024, 0xFE52, 0xFF07, 0xFF0E: return .middleBoth
    case 0x3A, 0xB7, 0x387, 0x55F, 0x5F4, 0x2027, 0xFE13, 0xFE55, 0xFF1A: return .middleLetter
    case 0x2C, 0x3B, 0x37E, 0x589, 0x60C, 0x60D, 0x66C, 0x7F8, 0x2044, 0xFE10, 0xFE14, 0xFE50,
      0xFE54, 0xFF0C, 0xFF1B:
      return .middleNumber
    case 0x5D0...0x5EA, 0x5EF...0x5F2, 0xFB1D...0xFB4F: return .hebrewLetter
    case 0x3031...0x3035, 0x309B, 0x309C, 0x30A0...0x30FF, 0x31F0...0x31FF, 0x32D0...0x32FE,
      0x3300...0x3357, 0xFF66...0xFF9D:
      return .katakana
    case 0x3041...0x3096, 0x309F: return .single
    case 0x200D: return .extend
    default: break
    }
    let properties = scalar.properties
    if properties.isIdeographic { return .single }
    switch properties.generalCategory {
    case .decimalNumber: return .number
    case .connectorPunctuation: return .extender
    case .nonspacingMark, .enclosingMark, .spacingMark, .format: return .extend
    default: return properties.isAlphabetic ? .letter : .other
    }
  }
}
