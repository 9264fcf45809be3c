import Bytes
import Fuzzing
import JSON
import Testing
import YAML

@Suite("YAML writing")
struct YAMLWritingTests {
  @Test("a tree is written in blocks")
  func blocks() throws {
    let value: JSONValue = [
      "name": "lake", "empty": [:], "none": [], "list": [1, ["a": 1, "b": [2]], [[3], 4]],
      "text": "two\nlines", "yes": "no", "url": "http://127.0.0.1:9000/a", "n": .null,
    ]
    let text = YAMLWriter.text(value)
    #expect(
      text == """
        name: lake
        empty: {}
        none: []
        list:
          - 1
          - a: 1
            b:
              - 2
          - - - 3
            - 4
        text: "two\\nlines"
        "yes": "no"
        url: http://127.0.0.1:9000/a
        "n": null

        """)
    #expect(try YAML.document(parsing: text).json() == value)
  }

  @Test(
    "a text reads back as the same text",
    arguments: [
      "", " ", "a", "a b", " a", "a ", "a  b", "null", "NULL", "~", "true", "Yes", "off", "1",
      "1.5",
      "0x1", "-", "- a", "a: b", "a:", ":", "a #b", "#", "'", "\"", "\\", "\n", "a\r\nb", "\t", "é",
      "€𝄞", "\u{0}", "\u{7F}", "\u{85}", "\u{A0}", "\u{2028}", "\u{FEFF}", "\u{FFFF}", "\u{10FFFF}",
      "&a", "*a", "!a", "|", ">", "%a", "@a", "`a", "[a]", "{a}", "a,b", "?", "? a", "---", "...",
      "=", "<<", ".inf", ".nan", "2026-11-20", "12:30", "a/b.c-d_e@f+g%h", "C:\\x", "x:y", "x: y",
    ])
  func texts(text: String) throws {
    for value in [.string(text), [.string(text)], .object(object(text))] as [JSONValue] {
      #expect(try YAML.document(parsing: YAMLWriter.text(value)).json() == value)
    }
  }

  @Test("keys of any length read back", arguments: [149, 150, 151, 1000, 1024, 5000])
  func longKeys(length: Int) throws {
    for character in ["a", "\"", "\u{85}"] {
      let key = String(repeating: character, count: length)
      var outer = JSONObject()
      outer["x"] = [.object(object(key)), 1]
      outer[key] = .object(object(key))
      let value = JSONValue.object(outer)
      #expect(try YAML.document(parsing: YAMLWriter.text(value)).json() == value)
    }
  }

  private func object(_ key: String) -> JSONObject {
    var object = JSONObject()
    object[key] = .string(key)
    return object
  }

  @Test("every JSON text is YAML of the same value, and what is written reads back")
  func json() throws {
    try Fuzzer.run(
      name: "YAML of JSON",
      seeds: [#"{"a":[1,{"b":[[],{}]},"x: y"],"c\n":"é","d":{"e":null,"f":-1.5e3}}"#].map {
        Array($0.utf8)
      }, iterations: 5000
    ) { input in
      guard let value = try? JSONValue(parsing: input, limits: JSONLimits(depthMax: 20)) else {
        return
      }
      let text = YAMLWriter.text(value)
      let again = try YAML.document(parsing: text).json()
      try Fuzzer.require(again == value, "\(value) became \(again) through\n\(text)")
    }
  }

  @Test("damaged documents are refused or read, never more")
  func fuzz() throws {
    let limits = YAMLLimits(byteCountMax: 20_000, depthMax: 30, nodeCountMax: 2000)
    let texts = [
      "server:\n  port: 9000 # x\n  names: [a, \"b\\n\", 'c']\nlist:\n  - x\n  - {k: v}\n",
      "--- &a\n- !!int 1\n- *a\n- |\n  text\n- >-\n  folded\n...\n---\n? k\n: v\n",
      "a: &x {k: [1, 2]}\nb: *x\n",
    ]
    try Fuzzer.run(
      name: "YAML", seeds: texts.map { Array($0.utf8) },
      dictionary: [
        "&a", "*a", "!!", "- ", ": ", "? ", "|", ">", "---\n", "...", "%YAML 1.2\n", "\t",
      ]
      .map { Array($0.utf8) }
    ) { input in
      guard let documents = try? YAML.documents(parsing: input, limits: limits) else { return }
      for document in documents {
        guard let value = try? document.json() else { continue }
        let text = YAMLWriter.text(value)
        let again = try YAML.document(parsing: text).json()
        try Fuzzer.require(again == value, "\(value) became \(again) through\n\(text)")
      }
    }
  }
}
