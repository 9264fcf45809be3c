package import Values

/// A setting of the whole cluster, as the service that reads it declares it.
package struct SettingDeclaration: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    case duration(ClosedRange<Duration>)
    case size(ClosedRange<ByteCount>)
    case integer(ClosedRange<Int64>)
    case ratio(ClosedRange<Ratio>)
    case boolean
    case word([String])
    case text(byteCountMax: Int)
  }

  /// Dotted: `job.kept`, `placement.disk_limit`.
  package var key: String
  package var kind: Kind
  /// As it would be written.
  package var defaultText: String
  package var description: String
  /// Services that must be started again before a change shows; empty when it shows at once.
  package var restartNeeded: [String]

  /// - Precondition: the default is a value of the kind.
  package init(
    _ key: String, _ kind: Kind, default text: String, _ description: String,
    restartNeeded: [String] = []
  ) {
    self.key = key
    self.kind = kind
    self.defaultText = text
    self.description = description
    self.restartNeeded = restartNeeded
    do throws(ValueError) {
      self.defaultText = try self.canonical(text)
    } catch {
      preconditionFailure("the default of \(key): \(error.message)")
    }
  }

  package var typeName: String {
    switch self.kind {
    case .duration: "duration"
    case .size: "size"
    case .integer: "integer"
    case .ratio: "ratio"
    case .boolean: "boolean"
    case .word: "word"
    case .text: "text"
    }
  }

  /// For people: `1s to 7d`.
  package var rangeText: String {
    switch self.kind {
    case .duration(let range):
      "\(DurationText.text(range.lowerBound)) to \(DurationText.text(range.upperBound))"
    case .size(let range): "\(range.lowerBound) to \(range.upperBound)"
    case .integer(let range): "\(range.lowerBound) to \(range.upperBound)"
    case .ratio(let range): "\(range.lowerBound) to \(range.upperBound)"
    case .boolean: "true or false"
    case .word(let words): words.joined(separator: ", ")
    case .text(let byteCountMax): "at most \(byteCountMax) bytes"
    }
  }

  /// Checks a value and writes it as it is kept: `60s` and `1m` are one value.
  package func canonical(_ text: String) throws(ValueError) -> String {
    switch self.kind {
    case .duration(let range): return DurationText.text(try DurationText.parse(text, in: range))
    case .size(let range): return try ByteCount(parsing: text, in: range).description
    case .ratio(let range): return try Ratio(parsing: text, in: range).description
    case .integer(let range):
      guard let number = Int64(text) else {
        throw ValueError(.malformed, "\(text.debugDescription) is no whole number")
      }
      guard range.contains(number) else {
        throw ValueError(.outOfRange, "\(number) is not in the range \(self.rangeText)")
      }
      return "\(number)"
    case .boolean:
      guard text == "true" || text == "false" else {
        throw ValueError(.malformed, "\(text.debugDescription) is neither true nor false")
      }
      return text
    case .word(let words):
      guard words.contains(text) else {
        throw ValueError(
          .outOfRange, "\(text.debugDescription) is none of \(words.joined(separator: ", "))")
      }
      return text
    case .text(let byteCountMax):
      guard text.utf8.count <= byteCountMax else {
        throw ValueError(
          .outOfRange, "\(text.utf8.count) bytes are more than the \(byteCountMax) that fit")
      }
      return text
    }
  }
}

/// A setting as it stands.
package struct SettingValue: Hashable, Sendable {
  package enum Source: String, Hashable, Sendable {
    case `default`
    case cluster
  }

  package var declaration: SettingDeclaration
  package var value: String
  package var source: Source
}

/// What a change of a setting did.
package struct SettingChange: Hashable, Sendable {
  package var setting: SettingValue
  package var previous: SettingValue
  package var changed: Bool
}
