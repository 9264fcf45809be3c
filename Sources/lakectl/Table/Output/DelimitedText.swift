/// `csv` as RFC 4180 writes it, and `tsv` with tabs escaped. Raw values.
package enum DelimitedText {
  package static func csv(_ rows: [Row], columns: [Column], hasHeaders: Bool) -> String {
    let lines = self.lines(rows, columns, hasHeaders)
    return lines.map { $0.map(self.csvField).joined(separator: ",") + "\r\n" }.joined()
  }

  package static func tsv(_ rows: [Row], columns: [Column], hasHeaders: Bool) -> String {
    let lines = self.lines(rows, columns, hasHeaders)
    return lines.map { $0.map(self.tsvField).joined(separator: "\t") + "\n" }.joined()
  }

  private static func lines(_ rows: [Row], _ columns: [Column], _ hasHeaders: Bool) -> [[String]] {
    (hasHeaders ? [columns.map(\.key)] : [])
      + rows.map { row in
        columns.map { row[$0.key].rawText }
      }
  }

  static func csvField(_ text: String) -> String {
    // By bytes: a carriage return and a line feed are one Character.
    guard text.utf8.contains(where: { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }) else { return text }
    return "\""
      + text.split(separator: "\"", omittingEmptySubsequences: false)
      .joined(separator: "\"\"") + "\""
  }

  static func tsvField(_ text: String) -> String {
    guard text.utf8.contains(where: { [0x09, 0x0A, 0x0D, 0x5C].contains($0) }) else { return text }
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\t": escaped += "\\t"
      case "\n": escaped += "\\n"
      case "\r": escaped += "\\r"
      case "\\": escaped += "\\\\"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
