import Iceberg
import JSON
import Testing
import Values

@Suite("Views")
struct ViewTests {
  static let schema = Schema(id: 7, fields: [NestedField(1, "a", .int)])

  static func version(
    _ sql: String, dialects: [String] = ["spark"], id: Int = 1, schemaID: Int = 0
  ) -> ViewVersion {
    ViewVersion(
      id: id, timestampMS: 1_700_000_000_000, schemaID: schemaID, summary: ["engine-name": "x"],
      representations: dialects.map { ViewRepresentation(sql: sql, dialect: $0) },
      defaultNamespace: ["db"])
  }

  static func view(_ dialects: [String] = ["spark"]) throws -> ViewMetadata {
    try ViewMetadata.create(
      schema: Self.schema, version: Self.version("select 1", dialects: dialects, id: 9),
      location: "s3://b/v", properties: [:], uuid: UUID(bits: 4), rules: Documents.rules)
  }

  static func commit(_ base: ViewMetadata, _ updates: [ViewUpdate]) throws -> ViewMetadata? {
    try ViewMetadata.commit(base, requirements: [], updates: updates, rules: Documents.rules)
  }

  @Test("a new view has version 1 and schema 0")
  func creation() throws {
    let view = try Self.view()
    #expect(view.currentVersionID == 1)
    #expect(view.versions[0].schemaID == 0)
    #expect(view.schemas[0].id == 0)
    #expect(view.versionLog == [ViewLogEntry(timestampMS: 1_700_000_000_000, versionID: 1)])
    try view.check()
    #expect(try Documents.read(view.text(), as: ViewMetadata.self) == view)
  }

  @Test("columns of a view may count from 0, as Spark's do; those of a table from 1")
  func firstColumn() throws {
    let schema = Schema(fields: [NestedField(0, "a", .int), NestedField(1, "b", .string)])
    let view = try ViewMetadata.create(
      schema: schema, version: Self.version("select 1"), location: "s3://b/v", properties: [:],
      uuid: UUID(bits: 4), rules: Documents.rules)
    #expect(view.schemas[0].fields.map(\.id) == [0, 1])
    #expect(throws: IcebergError.self) { try schema.check(formatVersion: 3) }
    #expect(throws: IcebergError.self) {
      try ViewMetadata.create(
        schema: Schema(fields: [NestedField(-1, "a", .int)]), version: Self.version("select 1"),
        location: "s3://b/v", properties: [:], uuid: UUID(bits: 4), rules: Documents.rules)
    }
  }

  @Test("unknown members of a view are kept")
  func lossless() throws {
    let text = try Self.view().text().replacing(#""versions":"#, with: #""x":[1.0],"versions":"#)
      .replacing(#""dialect":"spark""#, with: #""dialect":"spark","y":{}"#)
    let read: ViewMetadata = try Documents.read(text)
    #expect(read.text().contains(#""x":[1.0]"#))
    #expect(read.text().contains(#""y":{}"#))
  }

  @Test("a version that says the same is not added again")
  func replace() throws {
    let base = try Self.view()
    let same = try Self.commit(
      base,
      [
        .addSchema(Self.schema), .addVersion(Self.version("select 1", schemaID: -1)),
        .setCurrentVersion(-1),
      ])
    #expect(same == nil)
    let next = try #require(
      try Self.commit(
        base, [.addVersion(Self.version("select 2", id: 1)), .setCurrentVersion(-1)]))
    #expect(next.currentVersionID == 2)
    #expect(next.versionLog.map(\.versionID) == [1, 2])
  }

  @Test("the new version offers every dialect of the one before, unless dropping is allowed")
  func dialects() throws {
    let base = try Self.view(["spark", "trino"])
    let updates: [ViewUpdate] = [
      .addVersion(Self.version("select 2", dialects: ["Spark"])), .setCurrentVersion(-1),
    ]
    let error = #expect(throws: IcebergError.self) { try Self.commit(base, updates) }
    #expect(error?.message.contains("trino") == true)
    let allowed: [ViewUpdate] = [.setProperties(["replace.drop-dialect.allowed": "true"])] + updates
    #expect(try Self.commit(base, allowed)?.currentVersionID == 2)
  }

  @Test("as many versions are kept as the view wants")
  func history() throws {
    var view = try #require(
      try Self.commit(try Self.view(), [.setProperties(["version.history.num-entries": "3"])]))
    for number in 2...6 {
      view = try #require(
        try Self.commit(
          view, [.addVersion(Self.version("select \(number)")), .setCurrentVersion(-1)]))
    }
    #expect(view.versions.map(\.id) == [4, 5, 6])
    #expect(view.versionLog.map(\.versionID) == [4, 5, 6])
  }

  static let refused: [(IcebergError.Code, String, [ViewUpdate])] = [
    (
      .illegalArgument, "Invalid view version: Cannot add multiple queries for dialect trino",
      [.addVersion(ViewTests.version("x", dialects: ["trino", "TRINO"]))]
    ),
    (
      .validation, "at least one representation",
      [.addVersion(ViewTests.version("x", dialects: []))]
    ),
    (.validation, "above 0", [.setProperties(["version.history.num-entries": "0"])]),
    (
      .validation, "-1 means the last added schema",
      [.addVersion(ViewTests.version("x", schemaID: -1))]
    ),
    (
      .validation, "schema 5, which is not there",
      [.addVersion(ViewTests.version("x", schemaID: 5))]
    ),
    (.validation, "version 5 is not there", [.setCurrentVersion(5)]),
    (.validation, "-1 means the last added version", [.setCurrentVersion(-1)]),
    (.validation, "cannot become", [.assignUUID("00000000-0000-4000-8000-000000000001")]),
    (.validation, "1 is", [.upgradeFormatVersion(2)]),
  ]

  @Test("what the rules do not allow is refused with the reason", arguments: Self.refused)
  func rules(_ code: IcebergError.Code, _ reason: String, _ updates: [ViewUpdate]) throws {
    let base = try Self.view()
    let error = #expect(throws: IcebergError.self) { try Self.commit(base, updates) }
    #expect(error?.code == code)
    #expect(error?.message.contains(reason) == true, "\(String(describing: error))")
  }

  @Test("the requirement of a view names both identifiers")
  func requirement() throws {
    let view = try Self.view()
    try ViewRequirement.uuid(view.uuid.description.uppercased()).check(view)
    let error = #expect(throws: IcebergError.self) { try ViewRequirement.uuid("x").check(view) }
    #expect(error?.code == .commitFailed)
    #expect(error?.message.hasPrefix("Requirement failed: view UUID does not match: ") == true)
  }

  @Test("updates are read as they are written; those of tables are refused")
  func documents() throws {
    for update in [
      .assignUUID("x"), .upgradeFormatVersion(1), .addSchema(Self.schema), .setLocation("l"),
      .setProperties(["a": "b"]), .removeProperties(["c"]), .addVersion(Self.version("x")),
      .setCurrentVersion(-1),
    ] as [ViewUpdate] {
      #expect(try Documents.read(update.text(), as: ViewUpdate.self) == update)
    }
    #expect(throws: IcebergError.self) {
      try Documents.read(#"{"action":"set-default-spec","spec-id":0}"#, as: ViewUpdate.self)
    }
    #expect(throws: IcebergError.self) {
      try Documents.read(#"{"type":"assert-table-uuid","uuid":""}"#, as: ViewRequirement.self)
    }
  }
}
