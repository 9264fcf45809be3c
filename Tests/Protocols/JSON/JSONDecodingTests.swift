import Bytes
import JSON
import Testing

private struct Item: JSONDecodable, JSONEncodable, Equatable {
  enum Kind: String, CaseIterable, JSONDecodable, JSONEncodable { case file, folder }

  var name: String
  var size: UInt32
  var kind: Kind
  var note: String?

  init(json: JSONCursor) throws(JSONError) {
    try json.refuseMembers(otherThan: ["name", "size", "kind", "note"])
    self.name = try json.decode("name")
    self.size = try json.decode("size", default: 0)
    self.kind = try json.decode("kind")
    self.note = try json.decodeIfPresent("note")
  }

  func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("name", self.name)
      json.member("size", self.size)
      json.member("kind", self.kind)
      json.member("note", ifPresent: self.note)
    }
  }
}

private struct Listing: JSONDecodable, JSONEncodable, Equatable {
  var items: [Item]
  var tags: [String: [Int]]

  init(json: JSONCursor) throws(JSONError) {
    self.items = try json.decode("items")
    self.tags = try json.decode("tags", default: [:])
  }

  func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("items", self.items)
      json.member("tags", self.tags)
    }
  }
}

@Suite("JSON decoding")
struct JSONDecodingTests {
  @Test("a value is decoded and encoded again")
  func roundTrip() throws {
    let text =
      #"{"items":[{"name":"a","size":7,"kind":"file"},{"name":"b","size":0,"kind":"folder","#
      + #""note":"x"}],"tags":{"p q":[1,2],"z":[]}}"#
    let listing = try Listing(parsing: Array(text.utf8).rawBytes)
    #expect(listing.items.map(\.name) == ["a", "b"])
    #expect(listing.text() == text)
    let pretty = listing.text(layout: .pretty)
    #expect(try Listing(parsing: Array(pretty.utf8).rawBytes) == listing)
  }

  @Test(
    "an error names the path, what was expected and what was found",
    arguments: [
      ("1", "$: expected an object, found a number"),
      ("{}", "$: member \"items\" is missing"),
      (#"{"items":null}"#, "$.items: expected an array, found null"),
      (
        #"{"items":[{"name":"a","kind":"file"},{"kind":"file"}]}"#,
        "$.items[1]: member \"name\" is missing"
      ),
      (#"{"items":[{"name":1}]}"#, "$.items[0].name: expected a string, found a number"),
      (
        #"{"items":[{"name":"a","kind":"files"}]}"#,
        "$.items[0].kind: \"files\" is not one of file, folder"
      ),
      (
        #"{"items":[{"name":"a","kind":"file","size":-1}]}"#,
        "$.items[0].size: -1 is not in the range 0 to 4294967295"
      ),
      (
        #"{"items":[{"name":"a","kind":"file","size":99999999999999999999}]}"#,
        "$.items[0].size: 99999999999999999999 is not in the range 0 to 4294967295"
      ),
      (
        #"{"items":[{"name":"a","kind":"file","size":1.5}]}"#,
        "$.items[0].size: expected an integer, found 1.5"
      ),
      (
        #"{"items":[{"name":"a","kind":"file","sizes":1}]}"#,
        "$.items[0].sizes: no such member; there are [\"name\", \"size\", \"kind\", \"note\"]"
      ),
      (
        #"{"items":[],"tags":{"p q":[1,true]}}"#,
        "$.tags[\"p q\"][1]: expected an integer, found a boolean"
      ),
    ])
  func errors(text: String, message: String) {
    let error = #expect(throws: JSONError.self) {
      try Listing(parsing: Array(text.utf8).rawBytes)
    }
    #expect(error?.description == message)
  }

  @Test("null and absence mean the same for what is optional")
  func optional() throws {
    let text = #"{"name":"a","kind":"file","note":null,"size":null}"#
    let item = try Item(parsing: Array(text.utf8).rawBytes)
    #expect(item.note == nil)
    #expect(item.size == 0)
    #expect(try [Int?](parsing: Array("[1,null]".utf8).rawBytes) == [1, nil])
  }

  @Test("a cursor walks without making values")
  func cursor() throws {
    let text = #"{"a":[1,{"b":"x\ty"},[]],"c":{},"d":false}"#
    let document = try JSONDocument(parsing: Array(text.utf8).rawBytes)
    let root = document.root
    #expect(root.kind == .object && root.count == 3)
    let inner = root.member("a")?.element(1)?.member("b")?.string
    #expect(inner == "x\ty")
    let isBeyond = root.member("a")?.element(3) == nil
    #expect(isBeyond)
    let flag = root.member("d")?.boolean
    #expect(flag == false)
    let isAbsent = root.member("e") == nil
    #expect(isAbsent)
    let count = root.member(named: "c")?.count
    #expect(count == 0)
    #expect(root.string == nil && root.int64 == nil && root.boolean == nil)
    var names: [String] = []
    var members = root.members
    while let member = members.next() { names.append(member.name) }
    #expect(names == ["a", "c", "d"])
    var writer = ByteWriter()
    writer.appendJSON { $0.value(document.root) }
    #expect(writer.bytes.text == text)
  }
}
