import Bytes
import JSON
import Testing

@Suite("JSON limits")
struct JSONLimitTests {
  @Test("nesting up to the limit is read, one level more is refused", arguments: [1, 2, 63, 128])
  func depth(limit: Int) throws {
    let limits = JSONLimits(depthMax: limit)
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
      let inner = open == "[" ? "" : "1"
      func text(_ levels: Int) -> String {
        String(repeating: open, count: levels) + inner + String(repeating: close, count: levels)
      }
      _ = try JSONValue(parsing: text(limit), limits: limits)
      let error = #expect(throws: JSONError.self) {
        try JSONValue(parsing: text(limit + 1), limits: limits)
      }
      #expect(error?.code == .tooDeep)
      #expect(error?.message == "more than \(limit) levels of nesting")
    }
  }

  @Test("a million open brackets are refused at the limit")
  func manyBrackets() {
    let text = [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)
    let error = #expect(throws: JSONError.self) {
      _ = try JSONValue(parsing: text.rawBytes)
    }
    #expect(error?.position?.offset == 128)
  }

  @Test("a text over the size limit is refused unread")
  func size() throws {
    let limits = JSONLimits(byteCountMax: 5)
    _ = try JSONValue(parsing: "[1,2]", limits: limits)
    let error = #expect(throws: JSONError.self) {
      try JSONValue(parsing: "[1,23]", limits: limits)
    }
    #expect(error?.message == "the text has 6 bytes, at most 5 are read")
  }

  @Test("a member named twice is refused, at any count of members and however it is spelt")
  func duplicates() throws {
    for count in 1...40 {
      for twin in 0..<count {
        var names = (0..<count).map { "\"m\($0)\":[{}, \($0)]" }
        _ = try JSONValue(parsing: "{\(names.joined(separator: ","))}")
        names.append("\"\\u006d\(twin)\":0")
        let error = #expect(throws: JSONError.self) {
          try JSONValue(parsing: "{\(names.joined(separator: ", "))}")
        }
        #expect(error?.code == .duplicateMember)
        #expect(error?.message == "the object has a second member \"m\(twin)\"")
      }
    }
  }

  @Test("the same name in different objects is no duplicate")
  func sameNameElsewhere() throws {
    _ = try JSONValue(parsing: #"{"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]}"#)
  }

  @Test("duplicates are kept when asked for, and the last one is found")
  func keptDuplicates() throws {
    let text = #"{"a":1,"b":2,"a":3}"#
    let limits = JSONLimits(duplicates: .keep)
    let value = try JSONValue(parsing: text, limits: limits)
    #expect(value.description == text)
    #expect(value["a"] == 3)
    let document = try JSONDocument(parsing: Array(text.utf8).rawBytes, limits: limits)
    let last = document.root.member("a")?.int64
    #expect(last == 3)
    let count = document.root.count
    #expect(count == 3)
  }

  @Test("a document can be used again after an error and is null in between")
  func reuse() throws {
    var document = try JSONDocument(parsing: Array("[1,2,3]".utf8).rawBytes)
    let count = document.root.count
    #expect(count == 3)
    #expect(throws: JSONError.self) { try document.parse(Array("[1,2".utf8).rawBytes) }
    let isNull = document.root.isNull
    #expect(isNull)
    let large = "[" + (0..<5000).map { "\"\($0)\"" }.joined(separator: ",") + "]"
    try document.parse(Array(large.utf8).rawBytes)
    let many = document.root.count
    #expect(many == 5000)
    let last = document.root.element(4999)?.string
    #expect(last == "4999")
  }
}
