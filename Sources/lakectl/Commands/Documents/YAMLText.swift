import JSON
import YAML

enum YAMLText {
  /// A document with its end of line.
  static func text(_ value: JSONValue) -> String {
    let text = YAMLWriter.text(value)
    return text.hasSuffix("\n") ? text : text + "\n"
  }
}
