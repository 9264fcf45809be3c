import Testing

@testable import lakeproto

@Suite("lakeproto")
struct GeneratorTests {
  @Test("every generated file is what the schemas make now")
  func current() throws {
    let root = #filePath.split(separator: "/").dropLast(4).reduce("") { "\($0)/\($1)" }
    #expect(try LakeProto.run(root: root, writes: false) == [], "run make proto")
  }

  private func parse(_ text: String) throws -> SchemaFile {
    try Parser.parse(path: "t.proto", text: Array(text.utf8))
  }

  @Test(
    "what the language does not allow, or we do not support, is an error with its line",
    arguments: [
      ("message A { optional int32 a = 1 }", "t.proto:1: ; is expected, found }"),
      ("syntax = \"proto4\";", "t.proto:1: syntax proto4"),
      ("syntax = \"proto3\";\nenum E { A = 1; }", "t.proto:2: the first value of enum E must be 0"),
      ("syntax = \"proto3\";\nmessage A {\n  required int32 a = 1; }", "proto3 has no required"),
      ("message A { int32 a = 1; }", "t.proto:1: a proto2 field needs a label"),
      ("message A { extend B { } }", "extend is not supported"),
      ("syntax = \"proto3\"; message A { map<float, int32> a = 1; }", "a map key is"),
      ("syntax = \"proto3\"; message A { string a = 1 [json_name = \"\\\"\"]; }", "json_name"),
      ("/* open", "t.proto:1: a comment has no end"),
      ("import \"a", "t.proto:1: a text has no end"),
      ("extend A {}", "extend is not supported here"),
    ])
  func refused(text: String, message: String) {
    let error = #expect(throws: SchemaError.self, "\(text)") { _ = try self.parse(text) }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "none")")
  }

  @Test(
    "names that do not resolve, and numbers that cannot be, are errors",
    arguments: [
      ("message A { Gone a = 1; }", "Gone is not declared"),
      ("message A { int32 a = 1; int32 b = 1; }", "number 1 of b"),
      ("message A { int32 a = 0; }", "number 0 of a"),
      ("message A { int32 a = 536870912; }", "number 536870912 of a"),
      ("message A { reserved 3 to 5; int32 a = 4; }", "number 4 of a"),
      ("message A {} message A {}", ".A is declared twice"),
      ("import \"gone.proto\";", "the import gone.proto is not found"),
      ("message A {} service S { rpc R(A) returns (B); }", "message B is not declared"),
    ])
  func unresolved(text: String, message: String) throws {
    let source = Generator.Source(
      settings: try ModuleSettings.parse("module M", folder: "m/proto"),
      files: [("t.proto", Array(("syntax = \"proto3\";" + text).utf8))])
    let error = #expect(throws: SchemaError.self, "\(text)") { _ = try Generator.run([source]) }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "none")")
  }

  @Test("names become Swift's, with words that Swift keeps for itself set apart")
  func names() {
    #expect(SwiftNames.property("created_at") == "createdAt")
    #expect(SwiftNames.property("trace_id") == "traceID")
    #expect(SwiftNames.property("id") == "id")
    #expect(SwiftNames.property("class") == "`class`")
    #expect(SwiftNames.property("unknown_fields") == "unknownFields_")
    #expect(SwiftNames.type("Type") == "Type_")
    #expect(SwiftNames.enumValue("SORT_DESC", of: "Sort") == "desc")
    #expect(SwiftNames.enumValue("BINARY_OP_NOT_IN", of: "BinaryOp") == "notIn")
    #expect(SwiftNames.enumValue("CODE_1ST", of: "Code") == "code1st")
    #expect(SwiftNames.enumValue("HTTP_CODE_IN", of: "HTTPCode") == "`in`")
  }

  @Test("a message that contains itself, directly or through others, is kept behind a reference")
  func recursion() throws {
    let source = Generator.Source(
      settings: try ModuleSettings.parse("module M", folder: "m/proto"),
      files: [
        (
          "t.proto",
          Array(
            """
            syntax = "proto3";
            message A { B b = 1; C c = 2; repeated A list = 3; }
            message B { oneof x { A a = 1; C c = 2; } }
            message C { int32 x = 1; }
            """.utf8)
        )
      ])
    let text = try #require(try Generator.run([source]).first).text
    #expect(text.contains("@Indirect package var b: B? = nil"))
    #expect(text.contains("  package var c: C? = nil"))
    #expect(text.contains("indirect case a(A)"))
    #expect(text.contains("    case c(C)"))
  }
}
