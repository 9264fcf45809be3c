private import Bytes
private import JSON
private import Values

/// The JSON document of a command: what programs read, and a contract.
package enum Envelope {
  package static func document(
    _ outcome: Outcome, rows: [Row], isTruncated: Bool, output: Output, columns: [Column]
  ) -> String {
    var bytes = ByteWriter()
    bytes.appendJSON(layout: .pretty) { json in
      json.object { json in
        json.member("kind", output.kind)
        json.member("version", output.version)
        switch outcome.body {
        case .rows(_, let next):
          json.member("items") { json in
            json.array { json in
              for row in rows { self.item(row, columns, &json) }
            }
          }
          json.member("truncated", isTruncated || next != nil)
          json.member("next", next)
        case .record(let row):
          json.member("item") { json in self.item(row, columns, &json) }
        case .change(let changed, let row, let job):
          json.member("changed", changed)
          json.member("item") { json in self.item(row, columns, &json) }
          json.member("job", job)
        case .streamed, .document, .page: break
        }
        json.member("warnings") { json in
          json.array { json in
            for warning in outcome.warnings {
              json.object { json in
                json.member("code", warning.code)
                json.member("message", warning.message)
              }
            }
          }
        }
      }
    }
    bytes.append(UInt8(ascii: "\n"))
    return bytes.bytes.lossyText
  }

  /// One line of `jsonl`.
  package static func line(_ row: Row, columns: [Column]) -> String {
    var bytes = ByteWriter()
    bytes.appendJSON { json in self.item(row, columns, &json) }
    bytes.append(UInt8(ascii: "\n"))
    return bytes.bytes.lossyText
  }

  /// Every declared key is there.
  private static func item(_ row: Row, _ columns: [Column], _ json: inout JSONWriter) {
    json.beginObject()
    for column in columns {
      let cell = row[column.key].current
      json.name(column.key)
      self.value(cell, &json)
      if case .bytes(let bytes) = cell {
        json.name(column.key + "_base64")
        json.value(Base64.text(of: bytes.rawBytes))
      }
    }
    json.endObject()
  }

  private static func value(_ cell: Cell, _ json: inout JSONWriter) {
    switch cell {
    case .null, .bytes: json.null()
    case .text(let text): json.value(text)
    case .integer(let value): json.integer(value)
    case .real(let value): json.value(value)
    case .flag(let value): json.value(value)
    case .time(let value): json.value(value.description)
    case .list(let texts): texts.encode(to: &json)
    case .document(let value): json.value(value)
    case .stale(let cell): self.value(cell, &json)
    }
  }
}
