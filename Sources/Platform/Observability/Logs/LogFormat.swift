public import Bytes
private import JSON
private import Values

// A record as text:  2026-11-20T16:52:33.123456Z INFO    journal  opened segment path=/x bytes=12
// and as JSON:       {"at":"…","level":"info","component":"journal","message":"…","fields":{…}}
//
// Control characters never reach a terminal: they are printed as \n, \t or \u{1b}.

/// How records are written.
public enum LogFormat: Sendable {
  /// For people, one line each.
  case text
  /// For machines, one JSON object a line.
  case json

  public func append(
    _ record: LogRecord, redaction: Redaction, to target: inout ByteWriter
  ) {
    switch self {
    case .text: Self.appendText(record, redaction, to: &target)
    case .json: Self.appendJSON(record, redaction, to: &target)
    }
    target.append(UInt8(ascii: "\n"))
  }

  private static func appendText(
    _ record: LogRecord, _ redaction: Redaction, to target: inout ByteWriter
  ) {
    Timestamp(record.time).append(to: &target, fraction: .digits(6))
    target.append(UInt8(ascii: " "))
    self.append(padded: record.level.description.uppercased(), to: 7, in: &target)
    target.append(UInt8(ascii: " "))
    self.append(padded: record.component, to: 12, in: &target)
    target.append(UInt8(ascii: " "))
    self.append(escaping: record.message, to: &target)
    for field in record.fields.all {
      target.append(UInt8(ascii: " "))
      self.append(escaping: field.name, to: &target)
      target.append(UInt8(ascii: "="))
      let value = redaction.hides(field.name) ? .hidden : field.value
      self.append(value, to: &target)
    }
  }

  fileprivate static func append(_ value: LogValue, to target: inout ByteWriter) {
    switch value {
    case .text(let text): self.append(quotingWhereNeeded: text, to: &target)
    case .integer(let value): target.append(decimal: value)
    case .unsigned(let value): target.append(digits: value)
    case .number(let value): target.append("\(value)")
    case .truth(let value): target.append(value ? "true" : "false" as StaticString)
    case .bytes(let count): target.append(digits: count)
    case .duration(let value): self.append(value, to: &target)
    case .hidden: target.append(Redaction.mark)
    }
  }

  /// Three digits or more, in ns, µs, ms or s.
  private static func append(_ duration: Duration, to target: inout ByteWriter) {
    let nanoseconds = duration.nanosecondsClamped
    let steps: [(Int64, String)] = [(1_000_000_000, "s"), (1_000_000, "ms"), (1000, "µs")]
    for (size, unit) in steps where nanoseconds.magnitude >= size.magnitude {
      target.append(decimal: nanoseconds / size)
      target.append(UInt8(ascii: "."))
      let rest = nanoseconds.magnitude % size.magnitude * 1000 / size.magnitude
      for divisor: UInt64 in [100, 10, 1] { target.append(UInt8(0x30 + rest / divisor % 10)) }
      target.append(unit)
      return
    }
    target.append(decimal: nanoseconds)
    target.append("ns" as StaticString)
  }

  private static func append(padded text: String, to count: Int, in target: inout ByteWriter) {
    self.append(escaping: text, to: &target)
    target.append(repeating: UInt8(ascii: " "), count: max(0, count - text.utf8.count))
  }

  private static func append(quotingWhereNeeded text: String, to target: inout ByteWriter) {
    let isPlain =
      !text.isEmpty
      && text.unicodeScalars.allSatisfy {
        $0.value > 0x20 && $0 != "\"" && $0 != "=" && !$0.isUnprintable
      }
    if isPlain {
      target.append(text)
      return
    }
    target.append(UInt8(ascii: "\""))
    self.append(escaping: text, quotes: true, to: &target)
    target.append(UInt8(ascii: "\""))
  }

  private static func append(
    escaping text: String, quotes: Bool = false, to target: inout ByteWriter
  ) {
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n": target.append("\\n" as StaticString)
      case "\r": target.append("\\r" as StaticString)
      case "\t": target.append("\\t" as StaticString)
      case "\\" where quotes: target.append("\\\\" as StaticString)
      case "\"" where quotes: target.append("\\\"" as StaticString)
      case _ where scalar.isUnprintable:
        target.append("\\u{\(String(scalar.value, radix: 16))}")
      default: target.append(String(Character(scalar)))
      }
    }
  }

  private static func appendJSON(
    _ record: LogRecord, _ redaction: Redaction, to target: inout ByteWriter
  ) {
    target.appendJSON { json in
      json.object { json in
        json.name("at")
        json.value(Timestamp(record.time).text(fraction: .digits(6)))
        json.name("level")
        json.value(record.level.description)
        json.name("component")
        json.value(record.component)
        json.name("message")
        json.value(record.message)
        guard !record.fields.isEmpty else { return }
        json.name("fields")
        json.object { json in
          for field in record.fields.all {
            json.name(field.name)
            Self.write(redaction.hides(field.name) ? .hidden : field.value, to: &json)
          }
        }
      }
    }
  }

  private static func write(_ value: LogValue, to json: inout JSONWriter) {
    switch value {
    case .text(let text): json.value(text)
    case .integer(let value): json.integer(value)
    case .unsigned(let value), .bytes(let value): json.integer(value)
    case .number(let value):
      // JSON has no word for these.
      if value.isFinite { json.value(value) } else { json.value("\(value)") }
    case .truth(let value): json.value(value)
    case .duration(let value): json.value(Double(value.nanosecondsClamped) / 1e9)
    case .hidden: json.value(Redaction.mark)
    }
  }
}

extension LogValue {
  /// As the text form prints it, unquoted: durations and sizes in a unit that fits.
  public var text: String {
    guard case .text(let text) = self else {
      var target = ByteWriter()
      LogFormat.append(self, to: &target)
      return target.bytes.lossyText
    }
    return text
  }
}

extension Unicode.Scalar {
  /// Would move a cursor, ring a bell or turn the direction of the text around.
  fileprivate var isUnprintable: Bool {
    switch self.value {
    case 0...0x1F, 0x7F...0x9F, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: true
    default: false
    }
  }
}
