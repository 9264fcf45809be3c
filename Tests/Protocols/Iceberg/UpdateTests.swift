import Iceberg
import JSON
import Testing
import Values

@Suite("Table updates")
struct UpdateTests {
  static func error(
    _ base: TableMetadata?, _ updates: [TableUpdate], rules: CommitRules = Documents.rules
  ) -> IcebergError? {
    #expect(throws: IcebergError.self) {
      try TableMetadata.commit(
        base, requirements: [], updates: updates, rules: rules, previousLocation: nil,
        uuid: UUID(bits: 5), location: "s3://b/new")
    }
  }

  @Test("a table that is created has what its version must have", arguments: [1, 2, 3])
  func creation(_ version: Int) throws {
    let table = try Documents.fresh(version)
    #expect(table.formatVersion == version)
    #expect(table.lastColumnID == 3)
    #expect(table.currentSchemaID == 0)
    #expect(table.partitionSpecs == [.unpartitioned])
    #expect(table.lastPartitionID == 999)
    #expect(table.sortOrders == [.unsorted])
    #expect(table.properties.isEmpty)
    #expect(table.metadataLog.isEmpty)
    try table.check()
  }

  @Test("ids of a created table's columns are given anew, and its spec and order follow")
  func freshIDs() throws {
    let table = try TableMetadata.create(
      schema: Schema(
        fields: [NestedField(7, "a", .int, isRequired: true), NestedField(3, "b", .date)],
        identifierFieldIDs: [7]),
      spec: PartitionSpec(
        id: 9, fields: [PartitionField(sourceID: 3, fieldID: 55, name: "d", transform: .day)]),
      order: SortOrder(id: 5, fields: [SortField(sourceID: 7)]), location: "s3://b/t/",
      properties: ["k": "v", "uuid": "dropped"], uuid: UUID(bits: 3), rules: Documents.rules)
    #expect(table.currentSchema?.identifierFieldIDs == [1])
    #expect(table.defaultSpec?.fields.first?.sourceIDs == [2])
    #expect(table.defaultSpec?.fields.first?.fieldID == 1000)
    #expect(table.defaultSortOrder?.id == 1)
    #expect(table.defaultSortOrder?.fields.first?.sourceIDs == [1])
    #expect(table.location == "s3://b/t")
    #expect(table.properties == ["k": "v"])
    #expect(table.formatVersion == 2)
  }

  @Test("clients create tables with the steps in different orders")
  func creationByCommit() throws {
    let schema = Schema(fields: [NestedField(1, "a", .int)])
    let python: [TableUpdate] = [
      .assignUUID("9c12d441-03fe-4693-9a96-a0705ddf69c1"), .upgradeFormatVersion(2),
      .addSchema(schema), .setCurrentSchema(-1), .addSpec(.unpartitioned), .setDefaultSpec(-1),
      .addSortOrder(.unsorted), .setDefaultSortOrder(-1), .setLocation("s3://b/p"),
      .setProperties(["format-version": "2", "x": "y"]),
    ]
    let duck: [TableUpdate] = [
      .assignUUID("9c12d441-03fe-4693-9a96-a0705ddf69c1"), .upgradeFormatVersion(2),
      .addSchema(schema), .addSpec(.unpartitioned), .setDefaultSpec(0), .addSortOrder(.unsorted),
      .setDefaultSortOrder(0), .setLocation("s3://b/p"), .setProperties(["x": "y"]),
      .addSnapshot(Documents.snapshot(5)),
      .setSnapshotReference(name: "main", SnapshotReference(.branch, at: 5)), .setCurrentSchema(0),
    ]
    for updates in [python, duck] {
      let table = try #require(
        try TableMetadata.commit(
          nil, requirements: [.create], updates: updates, rules: Documents.rules,
          previousLocation: nil))
      #expect(table.properties == ["x": "y"])
      #expect(table.currentSchemaID == 0)
      try table.check()
    }
    let minimal = try #require(
      try TableMetadata.commit(
        nil, requirements: [.create], updates: [.addSchema(schema)], rules: Documents.rules,
        previousLocation: nil, uuid: UUID(bits: 9), location: "s3://b/generated"))
    #expect(minimal.location == "s3://b/generated")
    #expect(minimal.uuid == UUID(bits: 9))
    #expect(Self.error(nil, []) != nil)
  }

  @Test("assert-create stands alone")
  func createAlone() {
    let error = #expect(throws: IcebergError.self) {
      try TableMetadata.commit(
        nil, requirements: [.create, .currentSchemaID(0)], updates: [], rules: Documents.rules,
        previousLocation: nil)
    }
    #expect(error?.code == .badRequest)
  }

  @Test("updates that change nothing make no version")
  func noChange() throws {
    let base = try Documents.metadata(2)
    let same: [TableUpdate] = [
      .assignUUID(base.uuid.description), .upgradeFormatVersion(2), .setCurrentSchema(1),
      .setDefaultSpec(0), .setDefaultSortOrder(3), .setLocation("s3://bucket/test/location/"),
      .setProperties(["é": "é"]), .removeProperties(["none"]), .removeSnapshots([1]),
      .removeSnapshotReference(name: "none"), .removeStatistics(snapshotID: 1),
      .removeSchemas([77]), .removePartitionSpecs([77]), .removeEncryptionKey(id: "none"),
    ]
    let next = try TableMetadata.commit(
      base, requirements: [], updates: same, rules: Documents.rules, previousLocation: "x")
    #expect(next == nil)
  }

  static let refused: [(String, [TableUpdate])] = {
    let column = NestedField(1, "id", .long, isRequired: true)
    func spec(_ fields: PartitionField...) -> [TableUpdate] {
      [.addSpec(PartitionSpec(fields: fields))]
    }
    func field(_ id: Int, _ name: String, _ transform: Transform) -> PartitionField {
      PartitionField(sourceID: id, fieldID: -1, name: name, transform: transform)
    }
    func reference(_ name: String, _ reference: SnapshotReference) -> [TableUpdate] {
      [.addSnapshot(Documents.snapshot(5)), .setSnapshotReference(name: name, reference)]
    }
    var noSchema = Documents.snapshot(5)
    noSchema.schemaID = 77
    var keyed = Documents.snapshot(5)
    keyed.keyID = "k"
    return [
      ("-1 means the last added schema", [.setCurrentSchema(-1)]),
      ("-1 means the last added partition spec", [.setDefaultSpec(-1)]),
      ("-1 means the last added sort order", [.setDefaultSortOrder(-1)]),
      (
        "snapshot 5 is there already",
        [
          .addSnapshot(Documents.snapshot(5)), .addSnapshot(Documents.snapshot(5, sequence: 2)),
        ]
      ),
      ("schema 77, which is not there", [.addSnapshot(noSchema)]),
      ("key \"k\", which is not there", [.addSnapshot(keyed)]),
      (
        "cannot point at snapshot 9",
        [
          .setSnapshotReference(name: "b", SnapshotReference(.branch, at: 9))
        ]
      ),
      ("main is a branch", reference("main", SnapshotReference(.tag, at: 5))),
      (
        "retention of a branch",
        reference("t", SnapshotReference(.tag, at: 5, minSnapshotsToKeep: 1))
      ),
      ("not positive", reference("b", SnapshotReference(.branch, at: 5, maxRefAgeMS: 0))),
      ("has a name", reference("", SnapshotReference(.branch, at: 5))),
      ("cannot be removed", [.removeSchemas([0])]),
      ("cannot be removed", [.removePartitionSpecs([0])]),
      ("cannot become 1", [.upgradeFormatVersion(1)]),
      ("4 is not allowed", [.upgradeFormatVersion(4)]),
      ("cannot become", [.assignUUID("00000000-0000-4000-8000-000000000001")]),
      ("is no UUID", [.assignUUID("x")]),
      ("until v3", [.addSchema(Schema(fields: [column, NestedField(9, "v", .variant)]))]),
      ("is not in the schema", spec(field(77, "x", .identity))),
      ("cannot be applied", spec(field(1, "x", .day))),
      ("unknown transform", spec(field(1, "x", .unknown("zorder")))),
      ("there twice", spec(field(1, "x", .identity), field(2, "x", .identity))),
      ("that of a column", spec(field(1, "data", .bucket(4)))),
      (
        "of the default spec is not in the current schema",
        spec(field(3, "d", .day)) + [
          .setDefaultSpec(-1), .addSchema(Schema(fields: [column])), .setCurrentSchema(-1),
        ]
      ),
      (
        "of the default sort order is not in the current schema",
        [
          .addSortOrder(SortOrder(fields: [SortField(sourceID: 2)])), .setDefaultSortOrder(-1),
          .addSchema(Schema(fields: [column])), .setCurrentSchema(-1),
        ]
      ),
      ("is reserved", [.setProperties(["current-snapshot-id": "1"])]),
      ("0 or more", [.setProperties(["commit.retry.num-retries": "abc"])]),
      ("none or gzip", [.setProperties(["write.metadata.compression-codec": "zip"])]),
      (
        "cannot change",
        [
          .setProperties(["encryption.key-id": "a"]), .setProperties(["encryption.key-id": "b"]),
        ]
      ),
      (
        "cannot change",
        [
          .setProperties(["encryption.key-id": "a"]), .removeProperties(["encryption.key-id"]),
        ]
      ),
      ("are of v3", [.addEncryptionKey(Self.key)]),
      ("is empty", [.setLocation("")]),
    ]
  }()

  static let key: EncryptionKey = try! Documents.read(  // A valid document.
    #"{"key-id":"k","encrypted-key-metadata":"AAAA"}"#)

  @Test("what the rules do not allow is refused with the reason", arguments: Self.refused)
  func validation(_ reason: String, _ updates: [TableUpdate]) throws {
    let base = try Documents.fresh()
    let error = Self.error(base, updates)
    #expect(error?.code == .validation)
    #expect(error?.message.contains(reason) == true, "\(String(describing: error))")
  }

  @Test("a sequence number that is not above the last one is a conflict")
  func staleSequence() throws {
    let base = try Documents.commit(
      try Documents.fresh(), [.addSnapshot(Documents.snapshot(5, sequence: 7))])
    #expect(base.lastSequenceNumber == 7)
    let stale = Self.error(base, [.addSnapshot(Documents.snapshot(6, parent: 5, sequence: 7))])
    #expect(stale?.code == .commitFailed)
    // Without a parent it may be any, as when a table is replaced.
    let replaced = try Documents.commit(base, [.addSnapshot(Documents.snapshot(6, sequence: 3))])
    #expect(replaced.lastSequenceNumber == 7)
  }

  @Test("row ids are given out once")
  func rowLineage() throws {
    let base = try Documents.fresh(3)
    var snapshot = Documents.snapshot(5)
    #expect(Self.error(base, [.addSnapshot(snapshot)])?.code == .validation)
    snapshot.firstRowID = 0
    #expect(Self.error(base, [.addSnapshot(snapshot)])?.code == .validation)
    snapshot.addedRows = 100
    let one = try Documents.commit(base, [.addSnapshot(snapshot)])
    #expect(one.nextRowID == 100)
    var second = Documents.snapshot(6, parent: 5, sequence: 2)
    second.firstRowID = 99
    second.addedRows = 1
    #expect(Self.error(one, [.addSnapshot(second)])?.code == .commitFailed)
    second.firstRowID = 100
    second.addedRows = .max
    #expect(Self.error(one, [.addSnapshot(second)])?.code == .validation)
    second.addedRows = .max - 100
    #expect(try Documents.commit(one, [.addSnapshot(second)]).nextRowID == .max)
    let upgraded = try Documents.commit(try Documents.fresh(2), [.upgradeFormatVersion(3)])
    #expect(upgraded.nextRowID == 0)
  }

  @Test("main, the current snapshot and the log move together")
  func mainMoves() throws {
    var table = try Documents.commit(
      try Documents.fresh(),
      [
        .addSnapshot(Documents.snapshot(5)),
        .setSnapshotReference(name: "main", SnapshotReference(.branch, at: 5)),
        .addSnapshot(Documents.snapshot(6, parent: 5, sequence: 2, at: 1_700_000_000_001)),
        .setSnapshotReference(name: "main", SnapshotReference(.branch, at: 6)),
        .setSnapshotReference(name: "v1", SnapshotReference(.tag, at: 5)),
      ])
    #expect(table.currentSnapshotID == 6)
    // Snapshot 5 was never current to anybody.
    #expect(table.snapshotLog.map(\.snapshotID) == [6])
    table = try Documents.commit(
      table, [.setSnapshotReference(name: "main", SnapshotReference(.branch, at: 5))],
      rules: CommitRules(nowMS: 1_700_000_009_000))
    #expect(table.snapshotLog.map(\.timestampMS) == [1_700_000_000_001, 1_700_000_009_000])
    #expect(table.lastUpdatedMS == 1_700_000_009_000)
    // Retention alone is no change of what main is.
    table = try Documents.commit(
      table,
      [
        .setSnapshotReference(
          name: "main", SnapshotReference(.branch, at: 5, minSnapshotsToKeep: 3))
      ])
    #expect(table.snapshotLog.count == 2)
    // The clock of this commit was behind: the time of the table does not go back.
    #expect(table.lastUpdatedMS == 1_700_000_009_000)
    table = try Documents.commit(table, [.removeSnapshotReference(name: "main")])
    #expect(table.currentSnapshotID == nil)
    #expect(table.snapshotLog.count == 2)
    try table.check()
  }

  @Test("removed snapshots take their statistics, references and history with them")
  func removal() throws {
    let base = try Documents.metadata(2)
    let table = try Documents.commit(base, [.removeSnapshots([.max, 12345])])
    #expect(table.snapshots.map(\.id) == [3_055_729_675_574_597_004])
    #expect(table.references["old"] == nil)
    #expect(table.snapshotLog.map(\.snapshotID) == [3_055_729_675_574_597_004])
    let none = try Documents.commit(base, [.removeSnapshots([3_055_729_675_574_597_004])])
    #expect(none.currentSnapshotID == nil)
    #expect(none.references["main"] == nil)
    #expect(none.statistics.isEmpty)
    #expect(none.partitionStatistics.isEmpty)
    #expect(none.snapshotLog.isEmpty)
  }

  @Test("a snapshot an hour before the last entry of the log is refused")
  func skewedClock() throws {
    let base = try Documents.metadata(2)
    let time: Int64 = 1_555_100_955_770
    for (offset, isAllowed) in [(-3_600_000, false), (-60_000, true), (1 << 40, true)]
      as [(Int64, Bool)]
    {
      let updates: [TableUpdate] = [
        .addSnapshot(
          Documents.snapshot(
            5, parent: 3_055_729_675_574_597_004, sequence: 9_007_199_254_740_994,
            at: time + offset)),
        .setSnapshotReference(name: "main", SnapshotReference(.branch, at: 5)),
      ]
      if isAllowed {
        #expect(try Documents.commit(base, updates).snapshotLog.last?.timestampMS == time + offset)
      } else {
        #expect(Self.error(base, updates)?.code == .validation)
      }
    }
  }

  @Test("the metadata log remembers the file before, as many as the table wants")
  func metadataLog() throws {
    var table = try Documents.fresh()
    for version in 0..<5 {
      table = try #require(
        try TableMetadata.commit(
          table, requirements: [],
          updates: [
            .setProperties(["n": "\(version)", "write.metadata.previous-versions-max": "3"])
          ], rules: CommitRules(nowMS: 1_700_000_000_000 + Int64(version)),
          previousLocation: "s3://b/\(version).json"))
    }
    #expect(
      table.metadataLog.map(\.metadataFile) == ["s3://b/2.json", "s3://b/3.json", "s3://b/4.json"])
    #expect(table.metadataLog.last?.timestampMS == 1_700_000_000_003)
  }

  @Test("a schema, spec or order that is there already keeps its number")
  func reuse() throws {
    let base = try Documents.fresh()
    let schema = try #require(base.currentSchema)
    var renumbered = schema
    renumbered.id = 55
    let order = SortOrder(id: 9, fields: [SortField(sourceID: 1)])
    let spec = PartitionSpec(
      id: 9, fields: [PartitionField(sourceID: 2, fieldID: -1, name: "b", transform: .bucket(8))])
    let table = try Documents.commit(
      base,
      [
        .addSchema(renumbered), .setCurrentSchema(-1), .addSortOrder(order), .addSortOrder(order),
        .setDefaultSortOrder(-1), .addSpec(spec), .addSpec(spec), .setDefaultSpec(-1),
      ])
    #expect(table.schemas.count == 1)
    #expect(table.sortOrders.map(\.id) == [0, 1])
    #expect(table.partitionSpecs.map(\.id) == [0, 1])
    #expect(table.lastPartitionID == 1000)
    // A field of another spec with the same meaning keeps its id; another one gets a new id.
    let wider = PartitionSpec(fields: [
      PartitionField(sourceID: 3, fieldID: 1000, name: "d", transform: .day),
      PartitionField(sourceID: 2, fieldID: -1, name: "b2", transform: .bucket(8)),
    ])
    let evolved = try Documents.commit(table, [.addSpec(wider)])
    #expect(evolved.partitionSpecs.last?.fields.map(\.fieldID) == [1001, 1000])
    #expect(evolved.lastPartitionID == 1001)
  }

  @Test("a schema that cannot read the rows there are is refused, unless nobody sees them")
  func evolution() throws {
    let base = try Documents.commit(
      try Documents.fresh(),
      [
        .addSnapshot(Documents.snapshot(5)),
        .setSnapshotReference(name: "main", SnapshotReference(.branch, at: 5)),
      ])
    let changed = Schema(fields: [NestedField(1, "id", .string, isRequired: true)])
    #expect(Self.error(base, [.addSchema(changed)])?.code == .validation)
    var lenient = Documents.rules
    lenient.enforcesSchemaEvolution = false
    _ = try Documents.commit(base, [.addSchema(changed)], rules: lenient)
    // A table that is replaced lets go of main first.
    _ = try Documents.commit(base, [.removeSnapshotReference(name: "main"), .addSchema(changed)])
    #expect(Self.error(base, [.removeSchemas([0])]) != nil)
  }

  @Test("locations that the catalog does not allow are refused")
  func locations() throws {
    var rules = Documents.rules
    rules.checkLocation = { (use, location) throws(IcebergError) in
      guard location.hasPrefix("s3://b/t/") else {
        throw IcebergError(.validation, "\(use) \(location) is outside")
      }
    }
    let base = try Documents.fresh()
    var outside = Documents.snapshot(5)
    outside.manifestList = "s3://elsewhere/x.avro"
    for update in [
      .setLocation("s3://b"), .addSnapshot(outside),
      .setProperties(["write.data.path": "/etc"]), .setProperties(["write.metadata.path": "/etc"]),
    ] as [TableUpdate] {
      #expect(Self.error(base, [update], rules: rules)?.code == .validation)
    }
    _ = try Documents.commit(base, [.addSnapshot(Documents.snapshot(5))], rules: rules)
  }

  @Test("10,000 updates of a commit take no time")
  func manyUpdates() throws {
    let clock = ContinuousClock()
    let start = clock.now
    var updates: [TableUpdate] = []
    for number in 0..<10_000 {
      switch number % 5 {
      case 0: updates.append(.setProperties(["k\(number)": "v"]))
      case 1:
        updates.append(
          .addSnapshot(Documents.snapshot(Int64(number), sequence: Int64(number))))
      case 2:
        updates.append(
          .addSchema(
            Schema(fields: [
              NestedField(1, "id", .long, isRequired: true),
              NestedField(100 + number, "c\(number)", .int),
            ])))
      case 3: updates.append(.removeSnapshots([Int64(number - 7)]))
      default:
        updates.append(
          .addSortOrder(
            SortOrder(fields: [
              SortField(sourceID: 1, transform: .bucket(number))
            ])))
      }
    }
    let table = try Documents.commit(try Documents.fresh(), updates)
    #expect(table.schemas.count == 2001)
    // A quadratic walk takes minutes in a debug build.
    #expect(clock.now - start < .seconds(20))
  }

  @Test("every update is read as it is written")
  func roundTrip() throws {
    let metadata = try Documents.metadata(3)
    let updates: [TableUpdate] = [
      .assignUUID("x"), .upgradeFormatVersion(3), .addSchema(metadata.schemas[1]),
      .setCurrentSchema(-1), .removeSchemas([1]), .addSpec(metadata.partitionSpecs[0]),
      .setDefaultSpec(0), .removePartitionSpecs([3]), .addSortOrder(metadata.sortOrders[0]),
      .setDefaultSortOrder(1), .addSnapshot(metadata.snapshots[1]),
      .setSnapshotReference(name: "m", metadata.references["main"] ?? .init(.tag, at: 1)),
      .removeSnapshotReference(name: "x"), .removeSnapshots([.max, 1]), .setLocation("l"),
      .setProperties(["a": "b"]), .removeProperties(["a"]), .setStatistics(metadata.statistics[0]),
      .removeStatistics(snapshotID: 1), .setPartitionStatistics(metadata.partitionStatistics[0]),
      .removePartitionStatistics(snapshotID: 2), .addEncryptionKey(Self.key),
      .removeEncryptionKey(id: "k"),
    ]
    for update in updates {
      #expect(try Documents.read(update.text(), as: TableUpdate.self) == update)
    }
    let older: TableUpdate = try Documents.read(
      #"{"action":"set-properties","updated":{"a":"b"}}"#)
    #expect(older == .setProperties(["a": "b"]))
    let removed: TableUpdate = try Documents.read(
      #"{"action":"remove-properties","removed":["a"]}"#)
    #expect(removed == .removeProperties(["a"]))
  }

  @Test(
    "what is no update of a table is refused",
    arguments: [
      #"{"action":"add-view-version"}"#, #"{"action":"do-nothing"}"#, "{}",
      #"{"action":"set-statistics","snapshot-id":1,"statistics":{"snapshot-id":2,"statistics-path":"p","file-size-in-bytes":1,"file-footer-size-in-bytes":1,"blob-metadata":[]}}"#,
      #"{"action":"add-snapshot","snapshot":{"snapshot-id":-5,"timestamp-ms":1}}"#,
      #"{"action":"set-properties","updates":{"a":true}}"#,
      #"{"action":"add-schema","schema":{"type":"struct","fields":[]},"last-column-id":"x"}"#,
    ])
  func refusedDocuments(_ text: String) {
    let error = #expect(throws: IcebergError.self) {
      try Documents.read(text, as: TableUpdate.self)
    }
    #expect(error?.code == .badRequest)
  }
}
