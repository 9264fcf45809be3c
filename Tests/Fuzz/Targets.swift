import Fuzzing

/// Every parser that reads what strangers send. A new parser adds its row.
enum Targets {
  static let all: [FuzzTarget] = [
    .json, .times, .quantities, .yaml, .xml, .httpRequest, .httpResponse, .httpChunks, .webSocket,
    .protobuf, .grpc, .link, .sigv4, .journal, .s3Documents, .s3Policies, .s3Bodies,
  ]

  static func named(_ name: String) -> FuzzTarget? { self.all.first { $0.name == name } }
}
