import JSON
import Testing
import YAML

private struct Table: JSONDecodable {
  var name: String
  var columns: [String: Int]
  var tags: [String]

  init(json: JSONCursor) throws(JSONError) {
    try json.refuseMembers(otherThan: ["name", "columns", "tags"])
    self.name = try json.decode("name")
    self.columns = try json.decode("columns", default: [:])
    self.tags = try json.decode("tags", default: [])
  }
}

@Suite("YAML decoding")
struct YAMLDecodingTests {
  @Test("a document becomes a value")
  func decoded() throws {
    let node = try YAML.document(parsing: "- name: a\n  columns: {x: 1}\n- name: b\n  tags: [p]\n")
    let tables: [Table] = try node.decode()
    #expect(tables.map(\.name) == ["a", "b"])
    #expect(tables[0].columns == ["x": 1])
    #expect(tables[1].tags == ["p"])
  }

  @Test(
    "an error names the place in the text",
    arguments: [
      ("- name: a\n- name: 7\n", "line 2, column 9: $[1].name: expected a string, found a number"),
      ("- name: a\n- tags: []\n", "line 2, column 3: $[1]: member \"name\" is missing"),
      (
        "- name: a\n  tags:\n  - x\n  - 1\n",
        "line 4, column 5: $[0].tags[1]: expected a string, found a number"
      ),
      (
        "- name: a\n  columns:\n    \"a.b [\\\"é\\n\": x\n",
        "line 3, column 19: $[0].columns[\"a.b [\\\"é\\n\"]: expected an integer, found a string"
      ),
      (
        "- name: a\n  nam: b\n",
        "line 2, column 8: $[0].nam: no such member; there are [\"name\", \"columns\", \"tags\"]"
      ),
      ("name: a", "line 1, column 1: $: expected an array, found an object"),
    ])
  func places(text: String, message: String) throws {
    let node = try YAML.document(parsing: text)
    let error = #expect(throws: YAMLError.self) { try node.decode([Table].self) }
    #expect(error?.description == message)
  }

  @Test(
    "a path that leads nowhere ends where it last was",
    arguments: [
      "", "$", "$.x", "$[0]", "$.a[9]", "$.a.b", "$[", "$[\"", "$[x]", "nonsense", "$..",
      "$[\"\\u{110000}\"]",
    ])
  func nowhere(path: String) throws {
    let node = try YAML.document(parsing: "a: [1]")
    #expect(node.position(ofPath: path).line == 1)
  }
}
