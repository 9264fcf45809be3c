import Bytes
import Iceberg
import JSON
import Testing
import Values

/// Documents that the tests read, and small makers of values.
enum Documents {
  /// A table with members that no reader knows, and numbers that no double holds.
  static func table(_ version: Int) -> String {
    let sequence = version > 1 ? #""last-sequence-number":9007199254740993,"# : ""
    let snapshotSequence = version > 1 ? #""sequence-number":9007199254740993,"# : ""
    let rows = version > 2 ? #""first-row-id":0,"added-rows":9223372036854775806,"# : ""
    let v1 =
      version == 1
      ? #""schema":{"type":"struct","schema-id":0,"fields":[]},"partition-spec":[],"# : ""
    let nextRow =
      version > 2
      ? #""next-row-id":9223372036854775806,"encryption-keys":[{"key-id":"k","encrypted-key-metadata":"AAAA","x":1}],"#
      : ""
    return #"""
      {"format-version":\#(version),"table-uuid":"9C12D441-03fe-4693-9a96-a0705ddf69c1",
      "location":"s3://bucket/test/location/",\#(sequence)
      "last-updated-ms":1602638573590,"last-column-id":5,\#(v1)
      "current-schema-id":1,"schemas":[
        {"type":"struct","schema-id":0,"fields":[{"id":1,"name":"x","required":true,"type":"long"}]},
        {"type":"struct","schema-id":1,"identifier-field-ids":[1],"future":{"a":[1.10]},"fields":[
          {"id":1,"name":"x","required":true,"type":"long","doc":"the x","hint":null},
          {"id":2,"name":"y","required":false,"type":{"type":"list","element-id":4,"element":"decimal(9,2)","element-required":true,"note":7}},
          {"id":3,"name":"z","required":false,"type":{"type":"map","key-id":5,"key":"string","value-id":6,"value":"fixed[4]","value-required":false}}]}],
      "default-spec-id":0,"partition-specs":[{"spec-id":0,"fields":[
        {"name":"x","transform":"identity","source-id":1,"field-id":1000,"flag":true}]}],
      "last-partition-id":1000,"default-sort-order-id":3,
      "sort-orders":[{"order-id":3,"fields":[{"transform":"bucket[4]","source-id":1,"direction":"desc","null-order":"nulls-last"}]}],
      "properties":{"read.split.target.size":"134217728","é":"é"},
      "current-snapshot-id":3055729675574597004,\#(nextRow)
      "refs":{"main":{"snapshot-id":3055729675574597004,"type":"branch","owner":"me"},
        "old":{"snapshot-id":9223372036854775807,"type":"tag","max-ref-age-ms":9007199254740993}},
      "snapshots":[
        {"snapshot-id":9223372036854775807,"timestamp-ms":1515100955770,\#(version > 1 ? #""sequence-number":0,"# : "")
         "summary":{"operation":"append","odd":"1"},"manifest-list":"s3://a/b/1.avro"},
        {"snapshot-id":3055729675574597004,"parent-snapshot-id":9223372036854775807,\#(snapshotSequence)\#(rows)
         "timestamp-ms":1555100955770,"summary":{"operation":"append"},"manifest-list":"s3://a/b/2.avro","schema-id":1,"extra":[null,{"n":18446744073709551615}]}],
      "statistics":[{"snapshot-id":3055729675574597004,"statistics-path":"s3://a/s.puffin","file-size-in-bytes":413,"file-footer-size-in-bytes":42,
        "blob-metadata":[{"type":"ndv","snapshot-id":3055729675574597004,"sequence-number":1,"fields":[1],"z":"z"}]}],
      "partition-statistics":[{"snapshot-id":3055729675574597004,"statistics-path":"s3://a/p.parquet","file-size-in-bytes":43}],
      "snapshot-log":[{"snapshot-id":9223372036854775807,"timestamp-ms":1515100955770},
        {"snapshot-id":3055729675574597004,"timestamp-ms":1555100955770,"by":"x"}],
      "metadata-log":[{"metadata-file":"s3://bucket/1.json","timestamp-ms":1515100}],
      "future-member":{"deep":[9007199254740993,1e400,-0.0]}}
      """#
  }

  static func metadata(_ version: Int = 2) throws -> TableMetadata {
    try self.read(self.table(version))
  }

  static func read<T: JSONDecodable>(_ text: String, as type: T.Type = T.self) throws -> T {
    let bytes = Array(text.utf8)
    return try IcebergDocument.parse(bytes.rawBytes)
  }

  static let rules = CommitRules(nowMS: 1_700_000_000_000)

  /// A fresh table with the columns id and data.
  static func fresh(_ version: Int = 2, spec: PartitionSpec? = nil) throws -> TableMetadata {
    try TableMetadata.create(
      schema: Schema(fields: [
        NestedField(1, "id", .long, isRequired: true), NestedField(2, "data", .string),
        NestedField(3, "at", .timestamp),
      ]), spec: spec, order: nil, location: "s3://b/t",
      properties: ["format-version": "\(version)"],
      uuid: try .init(parsing: "9c12d441-03fe-4693-9a96-a0705ddf69c1"), rules: self.rules)
  }

  static func commit(
    _ base: TableMetadata, _ updates: [TableUpdate], rules: CommitRules = Self.rules
  ) throws -> TableMetadata {
    let next = try TableMetadata.commit(
      base, requirements: [], updates: updates, rules: rules,
      previousLocation: "s3://b/t/metadata/00000-x.metadata.json")
    return try #require(next)
  }

  static func snapshot(
    _ id: Int64, parent: Int64? = nil, sequence: Int64 = 1, at time: Int64 = 1_700_000_000_000
  ) -> Snapshot {
    Snapshot(
      id: id, parentID: parent, sequenceNumber: sequence, timestampMS: time,
      manifestList: "s3://b/t/metadata/\(id).avro", summary: SnapshotSummary(.append),
      schemaID: 0)
  }
}
