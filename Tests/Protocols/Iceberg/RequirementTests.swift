import Iceberg
import JSON
import Testing

@Suite("Requirements")
struct RequirementTests {
  static let table: [(String, String?)] = [
    (#"{"type":"assert-table-uuid","uuid":"9C12D441-03FE-4693-9A96-A0705DDF69C1"}"#, nil),
    (
      #"{"type":"assert-table-uuid","uuid":"x"}"#,
      "UUID does not match: expected x != 9c12d441-03fe-4693-9a96-a0705ddf69c1"
    ),
    (
      #"{"type":"assert-ref-snapshot-id","ref":"main","snapshot-id":3055729675574597004}"#, nil
    ),
    // One away: the same double.
    (
      #"{"type":"assert-ref-snapshot-id","ref":"main","snapshot-id":3055729675574597005}"#,
      "branch main has changed: expected id 3055729675574597005 != 3055729675574597004"
    ),
    (
      #"{"type":"assert-ref-snapshot-id","ref":"main","snapshot-id":null}"#,
      "branch main was created concurrently"
    ),
    (#"{"type":"assert-ref-snapshot-id","ref":"main"}"#, "branch main was created concurrently"),
    (#"{"type":"assert-ref-snapshot-id","ref":"none"}"#, nil),
    (
      #"{"type":"assert-ref-snapshot-id","ref":"none","snapshot-id":5}"#,
      "branch or tag none is missing, expected 5"
    ),
    (#"{"type":"assert-ref-snapshot-id","ref":"old","snapshot-id":9223372036854775807}"#, nil),
    (
      #"{"type":"assert-last-assigned-field-id","last-assigned-field-id":4}"#,
      "last assigned field id changed: expected id 4 != 5"
    ),
    (
      #"{"type":"assert-current-schema-id","current-schema-id":0}"#,
      "current schema changed: expected id 0 != 1"
    ),
    (
      #"{"type":"assert-last-assigned-partition-id","last-assigned-partition-id":999}"#,
      "last assigned partition id changed: expected id 999 != 1000"
    ),
    (
      #"{"type":"assert-default-spec-id","default-spec-id":1}"#,
      "default partition spec changed: expected id 1 != 0"
    ),
    (
      #"{"type":"assert-default-sort-order-id","default-sort-order-id":0}"#,
      "default sort order changed: expected id 0 != 3"
    ),
    (#"{"type":"assert-create"}"#, "table already exists"),
  ]

  @Test("hold or fail with the text that clients know", arguments: Self.table)
  func check(_ text: String, _ reason: String?) throws {
    let requirement: TableRequirement = try Documents.read(text)
    let metadata = try Documents.metadata(2)
    if let reason {
      let error = #expect(throws: IcebergError.self) { try requirement.check(metadata) }
      #expect(error?.code == .commitFailed)
      #expect(error?.message == "Requirement failed: \(reason)")
    } else {
      try requirement.check(metadata)
    }
    #expect(try Documents.read(requirement.text(), as: TableRequirement.self) == requirement)
  }

  @Test("on a table that is not there only assert-create holds")
  func noTable() throws {
    try TableRequirement.create.check(nil)
    #expect(throws: IcebergError.self) { try TableRequirement.currentSchemaID(0).check(nil) }
  }

  @Test(
    "what is no requirement of a table is refused",
    arguments: [
      #"{"type":"assert-view-uuid","uuid":"x"}"#, #"{"type":"assert-nothing"}"#, "{}", "[]",
      #"{"type":"assert-current-schema-id","current-schema-id":"0"}"#,
      #"{"type":"assert-ref-snapshot-id","ref":"main","snapshot-id":1.0}"#,
    ])
  func refused(_ text: String) {
    let error = #expect(throws: IcebergError.self) {
      try Documents.read(text, as: TableRequirement.self)
    }
    #expect(error?.code == .badRequest)
  }
}
