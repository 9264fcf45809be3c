internal import JSON

/// The paths in lower camel case, separated by commas.
extension ProtoFieldMask {
  public static var hasOwnJSONForm: Bool { true }

  public mutating func decodeJSON(from reader: inout FieldReader) throws(ProtobufError) {
    guard let text = reader.cursor.string else { throw reader.wrongValue("a list of paths") }
    for path in text.split(separator: ",", omittingEmptySubsequences: false) where !text.isEmpty {
      guard !path.utf8.contains(UInt8(ascii: "_")) else {
        throw reader.wrongValue("paths in lower camel case")
      }
      self.paths.append(snakeCase(path))
    }
  }

  public func encodeJSON(to writer: inout FieldWriter) {
    var text = ""
    for path in self.paths {
      let camel = lowerCamelCase(path)
      guard snakeCase(camel[...]) == path else {
        return writer.fail("the path \(path) would not come back from lower camel case")
      }
      text += (text.isEmpty ? "" : ",") + camel
    }
    writer.json?.value(text)
  }
}

/// `fooBar` as `foo_bar`.
private func snakeCase(_ name: Substring) -> String {
  var result = ""
  for scalar in name.unicodeScalars {
    if scalar.value >= 0x41, scalar.value <= 0x5A {
      result += "_"
      result.unicodeScalars.append(Unicode.Scalar(UInt8(scalar.value + 0x20)))
    } else {
      result.unicodeScalars.append(scalar)
    }
  }
  return result
}
