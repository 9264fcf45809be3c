/// One word of the command line, told apart without knowing the command.
enum Token: Sendable {
  /// A word that is no flag. Not plain: it stood after `--`, so it is no part of the command.
  case word(String, isPlain: Bool)
  case flag(FlagToken)

  func isSwitch(_ name: String, _ short: Character?) -> Bool {
    guard case .flag(let flag) = self, flag.value == nil else { return false }
    return flag.label == "--\(name)" || (short.map { flag.label == "-\($0)" } ?? false)
  }
}

struct FlagToken: Sendable {
  /// With its dashes: `--to`, `-o`.
  var label: String
  var value: String?
  /// A value was looked for and there was none to take.
  var wantsValue = false
}

extension CommandLineParser {
  func tokens(of words: [String]) -> [Token] {
    var tokens: [Token] = []
    tokens.reserveCapacity(words.count)
    let options = words.contains { $0.hasPrefix("-") } ? self.nearOptions(words) : []
    var index = 0
    while index < words.count {
      let word = words[index]
      index += 1
      if word == "--" {
        tokens += words[index...].map { .word($0, isPlain: false) }
        return tokens
      }
      if word.hasPrefix("--") {
        tokens.append(.flag(self.long(word, words, &index, options)))
      } else if word.hasPrefix("-"), word != "-" {
        tokens += self.shorts(word, words, &index, options).map { .flag($0) }
      } else {
        tokens.append(.word(word, isPlain: true))
      }
    }
    return tokens
  }

  private func long(
    _ word: String, _ words: [String], _ index: inout Int, _ options: [Parameter]
  ) -> FlagToken {
    if let equals = word.firstIndex(of: "=") {
      return FlagToken(
        label: String(word[..<equals]), value: String(word[word.index(after: equals)...]))
    }
    return self.withValue(word, words, &index, options)
  }

  /// `-qy` is two flags; the last of several may take the next word as its value.
  private func shorts(
    _ word: String, _ words: [String], _ index: inout Int, _ options: [Parameter]
  ) -> [FlagToken] {
    let letters = word.dropFirst()
    guard letters.allSatisfy({ $0.isASCII && $0.isLetter }) else { return [FlagToken(label: word)] }
    var flags: [FlagToken] = []
    for letter in letters.dropLast() { flags.append(FlagToken(label: "-\(letter)")) }
    // There is a letter: a lone dash is a word.
    if let last = letters.last { flags.append(self.withValue("-\(last)", words, &index, options)) }
    return flags
  }

  private func withValue(
    _ label: String, _ words: [String], _ index: inout Int, _ options: [Parameter]
  ) -> FlagToken {
    guard self.takesValue(label, near: options) == true else { return FlagToken(label: label) }
    guard index < words.count, Self.canBeValue(words[index]) else {
      return FlagToken(label: label, value: nil, wantsValue: true)
    }
    index += 1
    return FlagToken(label: label, value: words[index - 1])
  }

  /// A dash and a digit is a negative duration. Other values with a dash are written `--flag=-value`.
  private static func canBeValue(_ word: String) -> Bool {
    guard word.utf8.first == UInt8(ascii: "-"), word != "-" else { return true }
    guard let second = word.utf8.dropFirst().first else { return true }
    return second &- 0x30 < 10
  }
}
