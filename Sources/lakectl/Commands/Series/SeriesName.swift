import CommandTable
import Values

/// `GROUP/NAME`.
struct SeriesName: ArgumentValue, Hashable {
  var group: String
  var name: String

  static let placeholder = "GROUP/NAME"

  init(argument: String) throws(ValueError) {
    guard let slash = argument.firstIndex(of: "/"), slash != argument.startIndex,
      argument.index(after: slash) != argument.endIndex
    else {
      throw ValueError(.malformed, "\(argument.visible.quoted) is not GROUP/NAME")
    }
    guard argument.utf8.count <= PlainName.byteCountMax else {
      throw ValueError(
        .outOfRange,
        "the name has \(argument.utf8.count) bytes; names have 3 to \(PlainName.byteCountMax)")
    }
    self.group = String(argument[..<slash])
    self.name = String(argument[argument.index(after: slash)...])
  }

  var text: String { "\(self.group)/\(self.name)" }
}

/// `7d` or `12h`: the units of a schema.
struct SeriesInterval: ArgumentValue, Hashable {
  var text: String
  static let placeholder = "INTERVAL"

  init(argument: String) throws(ValueError) {
    guard let number = UInt32(argument.dropLast()), number > 0,
      argument.hasSuffix("d") || argument.hasSuffix("h")
    else {
      throw ValueError(
        .malformed,
        "\(argument.visible.quoted) is not a number of days or hours, such as 7d or 12h")
    }
    self.text = argument
  }
}

/// `NAME:TTL:SELECTOR`, a later tier.
struct SeriesStage: ArgumentValue, Hashable {
  var text: String
  static let placeholder = "NAME:TTL:SELECTOR"

  init(argument: String) throws(ValueError) {
    let parts = argument.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, !parts[0].isEmpty, !parts[2].isEmpty else {
      throw ValueError(
        .malformed, "\(argument.visible.quoted) is not NAME:TTL:SELECTOR, as warm:30d:type=warm")
    }
    _ = try SeriesInterval(argument: String(parts[1]))
    self.text = argument
  }
}

enum SeriesCatalogName: String, WordValue {
  case stream, measure, trace, property
  static let placeholder = "CATALOG"
}
