import Bytes
import JSON
import Testing

@Suite("JSON writing")
struct JSONWriterTests {
  @Test("the writer puts commas and colons")
  func commas() {
    var bytes = ByteWriter()
    bytes.append("> ")
    bytes.appendJSON { json in
      json.object { json in
        json.member("name", "lake \"1\"")
        json.member("list") { json in
          json.array { json in
            json.value(1)
            json.value(2.5)
            json.null()
            json.object { _ in }
            json.array { $0.value(true) }
          }
        }
        json.name("computed \n name")
        json.value(UInt64.max)
      }
    }
    #expect(
      bytes.bytes.text
        == #"> {"name":"lake \"1\"","list":[1,2.5,null,{},[true]],"#
        + #""computed \n name":18446744073709551615}"#)
  }

  @Test("the pretty layout has a line a member")
  func pretty() throws {
    let value: JSONValue = ["a": [1, [], [:], ["b": .null]], "c": "x"]
    #expect(
      value.text(layout: .pretty) == """
        {
          "a": [
            1,
            [],
            {},
            {
              "b": null
            }
          ],
          "c": "x"
        }
        """)
    #expect(try JSONValue(parsing: value.text(layout: .pretty)) == value)
    #expect(JSONValue(1).text(layout: .pretty) == "1")
  }

  @Test("numbers that JSON cannot say are null", arguments: [Double.nan, .infinity, -.infinity])
  func notFinite(value: Double) {
    #expect(value.text() == "null")
    #expect(JSONValue.double(value) == .null)
  }

  @Test("bytes that are not UTF-8 become a text that is")
  func replaced() throws {
    var bytes = ByteWriter()
    let raw: [UInt8] = [0x61, 0xFF, 0x22, 0xC3]
    bytes.appendJSON { $0.value(utf8: raw.rawBytes) }
    #expect(try JSONValue(parsing: bytes.bytes) == "a\u{FFFD}\"\u{FFFD}")
  }

  @Test("after an error in the middle the bytes are still there")
  func abandoned() {
    struct Stop: Error {}
    var bytes = ByteWriter()
    bytes.append("x")
    #expect(throws: Stop.self) {
      try bytes.appendJSON { (json) throws(Stop) in
        json.beginArray()
        throw Stop()
      }
    }
    #expect(bytes.bytes.text == "x[")
  }

  @Test("objects keep their order, and find, replace and remove members")
  func objects() {
    for count in [3, 15, 16, 17, 40] {
      var object = JSONObject()
      for index in 0..<count { object["m\(index)"] = .integer(index) }
      object["m1"] = "new"
      #expect(object.count == count)
      #expect(object.names[1] == "m1")
      #expect(object["m1"] == "new")
      object["m0"] = nil
      #expect(object["m0"] == nil)
      #expect(object["m2"] == 2)
      #expect(object.count == count - 1)
      var reversed = JSONObject()
      for member in object.members.reversed() { reversed[member.name] = member.value }
      #expect(reversed == object)
      #expect(reversed.hashValue == object.hashValue)
      reversed["m1"] = 1
      #expect(reversed != object)
    }
  }

  @Test("a value is not written after another without a container around them")
  func unbalanced() async {
    await #expect(processExitsWith: .failure) {
      var bytes = ByteWriter()
      bytes.appendJSON { $0.endArray() }
    }
  }
}
