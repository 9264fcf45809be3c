import Bytes
import Iceberg
import JSON
import Testing

@Suite("REST documents")
struct RESTTests {
  /// Reads, writes and reads again; what was written is what was read.
  static func roundTrip<T: JSONDecodable & JSONEncodable & Equatable>(
    _ text: String, as type: T.Type
  ) throws {
    let value: T = try Documents.read(text)
    let written = try JSONValue(parsing: value.text())
    #expect(try Documents.read(written.text(), as: T.self) == value)
    #expect(written == (try JSONValue(parsing: text)))
  }

  @Test("are written as they are read")
  func documents() throws {
    try Self.roundTrip(
      #"{"defaults":{"a":"b"},"overrides":{"prefix":"p"},"idempotency-key-lifetime":"PT30M","endpoints":["GET /v1/{prefix}/namespaces"]}"#,
      as: ConfigResponse.self)
    try Self.roundTrip(
      #"{"namespaces":[["a","b"],["a","c.d"]],"next-page-token":null}"#,
      as: ListNamespacesResponse.self)
    try Self.roundTrip(
      #"{"namespace":["a","b"],"properties":{"é":"1"}}"#, as: NamespaceDocument.self)
    try Self.roundTrip(
      #"{"identifiers":[{"namespace":["a"],"name":"t"}],"next-page-token":"x"}"#,
      as: ListTablesResponse.self)
    try Self.roundTrip(
      #"{"source":{"namespace":["a"],"name":"t"},"destination":{"namespace":["b"],"name":"u"}}"#,
      as: RenameRequest.self)
    try Self.roundTrip(
      #"{"name":"t","metadata-location":"s3://x","overwrite":true}"#, as: RegisterRequest.self)
    try Self.roundTrip(
      #"{"table-changes":[{"identifier":{"namespace":["a"],"name":"t"},"requirements":[{"type":"assert-create"}],"updates":[{"action":"set-location","location":"l"}]}]}"#,
      as: CommitTransactionRequest.self)
    try Self.roundTrip(
      #"{"name":"t","schema":{"type":"struct","schema-id":0,"fields":[]},"stage-create":true,"properties":{},"partition-spec":{"spec-id":0,"fields":[]},"write-order":{"order-id":0,"fields":[]},"location":"l"}"#,
      as: CreateTableRequest.self)
    try Self.roundTrip(
      #"{"storage-credentials":[{"prefix":"s3://b/","config":{"k":"v"}}]}"#,
      as: LoadCredentialsResponse.self)
    try Self.roundTrip(
      #"{"error":{"message":"m","type":"NoSuchTableException","code":404,"stack":["a"]}}"#,
      as: ErrorResponse.self)
    try Self.roundTrip(
      #"{"start-snapshot-id":9007199254740993,"end-snapshot-id":9223372036854775807,"select":["a.b"],"filter":{"type":"eq","term":"a","value":1},"min-rows-requested":5,"case-sensitive":false,"use-snapshot-schema":true,"stats-fields":["a"]}"#,
      as: PlanTableScanRequest.self)
    try Self.roundTrip(
      #"{"requirements":[{"type":"assert-view-uuid","uuid":"x"}],"updates":[{"action":"set-current-view-version","view-version-id":-1}]}"#,
      as: CommitViewRequest.self)
  }

  @Test("a partition spec may say that it is a struct")
  func duckDBSpec() throws {
    let request: CreateTableRequest = try Documents.read(
      #"{"name":"t","schema":{"type":"struct","fields":[{"id":1,"name":"a","required":false,"type":"int"}]},"partition-spec":{"type":"struct","spec-id":0,"fields":[]},"unknown":5}"#
    )
    #expect(request.spec?.fields == [])
    #expect(!request.isStaged)
  }

  @Test("a load is answered with the stored bytes between two pieces")
  func envelope() throws {
    let metadata = try Documents.metadata(2)
    let access = StorageAccess(
      config: ["client.region": "eu"],
      credentials: [StorageCredential(prefix: "s3://b/", config: ["k": "v"])])
    let result = LoadTableResult(
      metadataLocation: "s3://b/\"1.json", metadata: metadata, access: access)
    let (before, after) = access.envelope(metadataLocation: "s3://b/\"1.json")
    let bytes = before + Array(metadata.text().utf8) + after
    #expect(bytes.rawBytes.text == result.text())
    let read: LoadTableResult = try IcebergDocument.parse(bytes.rawBytes)
    #expect(read == result)
    let staged = LoadTableResult(metadataLocation: nil, metadata: metadata)
    #expect(staged.text().hasPrefix(#"{"metadata":"#))
    #expect(staged.text().hasSuffix(#","config":{}}"#))
  }

  @Test(
    "what is wrong in a request is named with its path",
    arguments: [
      (#"{"updates":[]}"#, "requirements: member is missing"),
      (#"{"requirements":[],"updates":{}}"#, "updates: expected an array"),
      (#"{"requirements":[],"updates":[{},{}]}"#, "updates[0].action: member is missing"),
      (
        #"{"requirements":[],"updates":[{"action":"add-snapshot","snapshot":{"snapshot-id":1,"timestamp-ms":"5"}}]}"#,
        "updates[0].snapshot.timestamp-ms: expected an integer, found a string"
      ),
      (
        #"{"requirements":[],"updates":[{"action":"set-current-schema","schema-id":2147483648}]}"#,
        "updates[0].schema-id: 2147483648 does not fit 32 bits"
      ),
      (
        #"{"requirements":[],"updates":[{"action":"remove-snapshots","snapshot-ids":[1e3]}]}"#,
        "updates[0].snapshot-ids[0]: expected an integer, found 1e3"
      ),
      (#"{"requirements":[],"updates":[],"updates":[]}"#, "second member \"updates\""),
      (#"{"requirements":[],"updates":[]} x"#, "expected the end of the text"),
      ("[]", "expected an object"), ("", "expected a value"), (#"{"requirements":NaN}"#, "line 1"),
      (#"{"requirements":[],"updates":[{"action":"set-location","location":"\ud800"}]}"#, "line 1"),
      (
        #"{"requirements":[],"updates":[{"action":"set-location","location":"a\u0000"}]}"#, "U+0000"
      ),
      (String(repeating: "[", count: 65), "64 levels"),
    ])
  func refused(_ text: String, _ reason: String) {
    let error = #expect(throws: IcebergError.self) {
      try Documents.read(text, as: CommitTableRequest.self)
    }
    #expect(error?.code == .badRequest)
    #expect(error?.message.contains(reason) == true, "\(String(describing: error))")
  }

  @Test("-0, 2^53+1 and 2^63-1 are integers like others")
  func integers() throws {
    let request: CommitTableRequest = try Documents.read(
      #"{"requirements":[],"updates":[{"action":"remove-snapshots","snapshot-ids":[-0,9007199254740993,9223372036854775807]}]}"#
    )
    #expect(request.updates == [.removeSnapshots([0, 9_007_199_254_740_993, .max])])
  }

  @Test(
    "scans name a snapshot, both ends of a range, or nothing",
    arguments: [
      #"{"snapshot-id":1,"start-snapshot-id":1,"end-snapshot-id":2}"#, #"{"start-snapshot-id":1}"#,
      #"{"end-snapshot-id":1}"#, #"{"min-rows-requested":-1}"#, #"{"filter":{"type":"x"}}"#,
    ])
  func scans(_ text: String) {
    #expect(throws: IcebergError.self) { try Documents.read(text, as: PlanTableScanRequest.self) }
  }

  @Test("transactions name every table")
  func transactions() {
    for text in [
      #"{"table-changes":[]}"#, #"{"table-changes":[{"requirements":[],"updates":[]}]}"#, "{}",
    ] {
      #expect(throws: IcebergError.self) {
        try Documents.read(text, as: CommitTransactionRequest.self)
      }
    }
  }

  @Test(
    "errors have the statuses that clients branch on",
    arguments: [
      (IcebergError(.validation, "m"), 400, "ValidationException"),
      (IcebergError(.badRequest, "m"), 400, "BadRequestException"),
      (IcebergError(.commitFailed, "m"), 409, "CommitFailedException"),
      (IcebergError(.illegalArgument, "m"), 400, "IllegalArgumentException"),
      (IcebergError(.corrupted, "m"), 400, "BadRequestException"),
    ])
  func errors(_ error: IcebergError, _ status: Int, _ type: String) {
    #expect(
      ErrorResponse(error).text()
        == #"{"error":{"message":"m","type":"\#(type)","code":\#(status)}}"#)
  }

  @Test("properties of a namespace are changed as asked, each once")
  func namespaceProperties() {
    var properties: Properties = ["a": "1", "b": "2"]
    let request = UpdateNamespacePropertiesRequest(
      removals: ["a", "a", "x"], updates: ["b": "3", "c": "4"])
    let response = request.apply(to: &properties)
    #expect(properties == ["b": "3", "c": "4"])
    #expect(response.removed == ["a"])
    #expect(response.missing == ["x"])
    #expect(response.updated == ["b", "c"])
    #expect(
      UpdateNamespacePropertiesRequest(removals: ["k"], updates: ["k": "v"]).contradictions == ["k"]
    )
  }

  @Test("namespaces are split at the unit separator, and at another one when that is advertised")
  func namespaces() throws {
    #expect(try Namespace(segment: "a.b").levels == ["a.b"])
    #expect(try Namespace(segment: "a\u{1F}b.c").levels == ["a", "b.c"])
    #expect(try Namespace(segment: "a.b", advertisedSeparator: ".").levels == ["a", "b"])
    #expect(try Namespace(segment: "a.b\u{1F}c", advertisedSeparator: ".").levels == ["a.b", "c"])
    #expect(Namespace(["é"]) != Namespace(["e\u{301}"]))
    for bad in ["", "a\u{1F}", ".", "..", " a", "a\n", String(repeating: "x", count: 256)] {
      #expect(throws: IcebergError.self) { try Namespace(segment: bad) }
    }
    let deep = Namespace([String](repeating: "a", count: 33))
    #expect(throws: IcebergError.self) { try deep.check() }
    for good in ["a/b", "%", "'; DROP TABLE x; --", "🧊", "ש", "a+b c", "<script>"] {
      try CatalogName.check(good)
    }
  }
}
