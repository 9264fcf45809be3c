import Bytes
import Iceberg
import JSON
import Testing

@Suite("Schemas")
struct SchemaTests {
  @Test(
    "types are read with blanks and written in one form",
    arguments: [
      ("decimal(9,2)", "decimal(9, 2)"), ("decimal( 9 , 2 )", "decimal(9, 2)"),
      ("fixed[16]", "fixed[16]"), ("fixed[ 16 ]", "fixed[16]"), ("geometry", "geometry"),
      ("geometry(srid:4326)", "geometry(srid:4326)"), ("timestamptz_ns", "timestamptz_ns"),
      ("geography( OGC:CRS84 , karney )", "geography(OGC:CRS84, karney)"), ("variant", "variant"),
    ])
  func types(_ text: String, _ canonical: String) throws {
    #expect(try PrimitiveType(parsing: text).description == canonical)
  }

  @Test(
    "what is no type is refused",
    arguments: [
      "", "integer", "decimal(39,0)", "decimal(0,0)", "decimal(3,4)", "decimal(3)", "fixed[0]",
      "fixed[-1]", "fixed", "decimal", "geometry()", "geography(a, round)", "INT",
    ])
  func badTypes(_ text: String) {
    let error = #expect(throws: IcebergError.self) { try PrimitiveType(parsing: text) }
    #expect(error?.code == .validation)
  }

  static let nested = Schema(
    fields: [
      NestedField(10, "a", .long, isRequired: true),
      NestedField(
        20, "s",
        .structure(
          StructType([
            NestedField(30, "b", .string), NestedField(31, "c", .int, isRequired: true),
          ]))),
      NestedField(
        21, "m",
        .map(
          MapType(
            keyID: 40, key: .primitive(.string), valueID: 41,
            value: .list(
              ListType(elementID: 42, element: .primitive(.int), isElementRequired: true)),
            isValueRequired: false))),
      NestedField(11, "z", .date),
    ], identifierFieldIDs: [10])

  @Test("fresh ids number the fields of a struct before what is inside of them")
  func freshIDs() throws {
    let (fresh, newIDs) = try Self.nested.withFreshIDs()
    var ids: [String: Int] = [:]
    fresh.forEachField { ids[$0.path] = $0.id }
    #expect(
      ids == [
        "a": 1, "s": 2, "m": 3, "z": 4, "s.b": 5, "s.c": 6, "m.key": 7, "m.value": 8,
        "m.value.element": 9,
      ])
    #expect(newIDs[42] == 9)
    #expect(fresh.identifierFieldIDs == [1])
    #expect(fresh.highestFieldID == 9)
    #expect(try fresh.withFreshIDs().schema == fresh)
  }

  @Test("fields are found by id and by name, with and without the names of elements")
  func index() {
    let index = SchemaIndex(Self.nested)
    #expect(index[31]?.path == "s.c")
    #expect(index[31]?.isOptional == true)
    #expect(index.field(named: "m.value.element")?.id == 42)
    #expect(index.field(named: "S.B")?.id == nil)
    #expect(index.field(named: "S.B", isCaseSensitive: false)?.id == 30)
    #expect(index[42]?.isRepeated == true)
    #expect(index[10]?.isOptional == false)
  }

  @Test("two spellings of a letter are two names")
  func normalForms() throws {
    let schema = Schema(fields: [NestedField(1, "é", .int), NestedField(2, "e\u{301}", .int)])
    try schema.check(formatVersion: 2)
    #expect(SchemaIndex(schema).field(named: "e\u{301}")?.id == 2)
  }

  static let bad: [(String, Schema, Int)] = {
    func one(_ field: NestedField, identifiers: [Int] = []) -> Schema {
      Schema(fields: [field], identifierFieldIDs: identifiers)
    }
    var withDefault = NestedField(1, "a", .int)
    withDefault.initialDefault = 5
    var wrongDefault = NestedField(1, "a", .int)
    wrongDefault.initialDefault = "5"
    var structDefault = NestedField(1, "a", .structure(StructType([NestedField(2, "b", .int)])))
    structDefault.initialDefault = ["b": 1]
    var variantDefault = NestedField(1, "a", .variant)
    variantDefault.writeDefault = 1
    return [
      (
        "Invalid type for c: variant is not supported until v3", one(NestedField(1, "c", .variant)),
        2
      ),
      ("timestamp_ns", one(NestedField(1, "c", .timestampNanos)), 1),
      ("until v3", one(withDefault), 2),
      ("is no int", one(wrongDefault), 3),
      ("{} or null", one(structDefault), 3),
      ("no defaults but null", one(variantDefault), 3),
      ("must be optional", one(NestedField(1, "c", .unknown, isRequired: true)), 3),
      ("there twice", Schema(fields: [NestedField(1, "a", .int), NestedField(1, "b", .int)]), 2),
      ("there twice", Schema(fields: [NestedField(1, "a", .int), NestedField(2, "a", .int)]), 2),
      ("2147483447", one(NestedField(2_147_483_448, "a", .int)), 2),
      ("ids are 1", one(NestedField(0, "a", .int)), 2),
      ("no name", one(NestedField(1, "", .int)), 2),
      ("optional", one(NestedField(1, "a", .int), identifiers: [1]), 2),
      ("floating", one(NestedField(1, "a", .double, isRequired: true), identifiers: [1]), 2),
      ("not in the schema", one(NestedField(1, "a", .int, isRequired: true), identifiers: [2]), 2),
      (
        "optional struct",
        {
          var schema = Self.nested
          schema.identifierFieldIDs = [31]
          return schema
        }(), 2
      ),
      (
        "list or map",
        {
          var schema = Self.nested
          schema.identifierFieldIDs = [42]
          return schema
        }(), 2
      ),
      (
        "no primitive",
        {
          var schema = Self.nested
          schema.identifierFieldIDs = [20]
          return schema
        }(), 2
      ),
    ]
  }()

  @Test("rules of a schema are named when they are broken", arguments: Self.bad)
  func rules(_ reason: String, _ schema: Schema, _ version: Int) {
    let error = #expect(throws: IcebergError.self) { try schema.check(formatVersion: version) }
    #expect(error?.code == .validation)
    #expect(error?.message.contains(reason) == true, "\(String(describing: error))")
  }

  @Test(
    "what a new version may do to a column",
    arguments: [
      (.int, .long, 2, true), (.long, .int, 2, false), (.float, .double, 1, true),
      (.decimal(precision: 9, scale: 2), .decimal(precision: 10, scale: 2), 2, true),
      (.decimal(precision: 9, scale: 2), .decimal(precision: 10, scale: 3), 2, false),
      (.date, .timestamp, 2, false), (.date, .timestamp, 3, true), (.date, .timestamptz, 3, false),
      (.date, .timestampNanos, 3, true), (.unknown, .string, 3, true), (.string, .binary, 3, false),
    ] as [(PrimitiveType, PrimitiveType, Int, Bool)])
  func promotion(_ old: PrimitiveType, _ new: PrimitiveType, _ version: Int, _ isAllowed: Bool) {
    #expect(old.canBecome(new, formatVersion: version) == isAllowed)
    let before = Schema(fields: [NestedField(1, "a", old)])
    let after = Schema(fields: [NestedField(1, "b", new)])
    let isAccepted =
      (try? after.checkEvolution(from: before, formatVersion: version, hasRows: true)) != nil
    #expect(isAccepted == isAllowed)
  }

  @Test("a column can become optional, and not required; new ones are optional or have a default")
  func requirednessEvolves() throws {
    let optional = Schema(fields: [NestedField(1, "a", .int)])
    let required = Schema(fields: [NestedField(1, "a", .int, isRequired: true)])
    try optional.checkEvolution(from: required, formatVersion: 2, hasRows: true)
    #expect(throws: IcebergError.self) {
      try required.checkEvolution(from: optional, formatVersion: 2, hasRows: true)
    }
    var added = optional
    added.fields.append(NestedField(2, "n", .int, isRequired: true))
    #expect(throws: IcebergError.self) {
      try added.checkEvolution(from: optional, formatVersion: 3, hasRows: true)
    }
    added.fields[1].initialDefault = 7
    try added.checkEvolution(from: optional, formatVersion: 3, hasRows: true)
    var changed = added
    changed.fields[1].initialDefault = 8
    #expect(throws: IcebergError.self) {
      try changed.checkEvolution(from: added, formatVersion: 3, hasRows: true)
    }
  }

  @Test("a name mapping follows the schema")
  func nameMapping() throws {
    let text =
      #"[{"field-id":1,"names":["id","record_id"]},{"field-id":2,"names":["data"]},"#
      + #"{"names":["gone"],"x":1},{"field-id":3,"names":["location"],"fields":[{"field-id":4,"names":["lat"]}]}]"#
    let mapping: NameMapping = try Documents.read(text)
    #expect(mapping.field(at: ["location", "lat"])?.fieldID == 4)
    #expect(mapping.field(at: ["record_id"])?.fieldID == 1)
    #expect(try Documents.read(mapping.text(), as: NameMapping.self) == mapping)
    let schema = Schema(fields: [
      NestedField(1, "key", .long), NestedField(2, "data", .string), NestedField(5, "gone", .int),
    ])
    let updated = mapping.updated(for: schema)
    #expect(updated.fields[0].names == ["id", "record_id", "key"])
    #expect(updated.fields[2].names == [])
    #expect(updated.fields.last?.fieldID == 5)
    try updated.check()
  }
}
