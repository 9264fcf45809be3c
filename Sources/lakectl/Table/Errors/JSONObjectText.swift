private import Bytes
private import JSON

/// One line of JSON on standard error.
struct JSONObjectText {
  private var object = JSONObject()

  mutating func add(_ name: String, _ value: String) {
    self.object.append(.string(value), named: name)
  }

  mutating func add(_ name: String, _ value: Int64) {
    self.object.append(.integer(value), named: name)
  }

  var line: String { self.object.text() + "\n" }
}
