import Fuzzing

/// Every parser that reads what strangers send. A new parser adds its row.
enum Targets {
  static let all: [FuzzTarget] = [
    .json, .times, .quantities, .yaml, .xml, .httpRequest, .httpResponse, .httpChunks, .webSocket,
    .httpFields, .scram, .protobuf, .grpc, .link, .sigv4, .journal, .compression, .avro,
    .icebergMetadata, .icebergView, .icebergCommit, .icebergFilter, .icebergManifest,
    .icebergVector, .s3Documents, .s3Policies, .s3Bodies, .series, .bydbQL, .seriesKeys,
  ]

  static func named(_ name: String) -> FuzzTarget? { self.all.first { $0.name == name } }
}
