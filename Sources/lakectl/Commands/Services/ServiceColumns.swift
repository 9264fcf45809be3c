import Admin
import CommandTable

enum ServiceColumns {
  static let all = RecordColumns(
    ServiceRecord.self,
    ["service", "node", "state", "listen", "rate_per_s", "p99_ms", "open_connections"],
    titles: [
      "open_connections": "CONNECTIONS", "request_count": "REQUESTS", "error_count": "ERRORS",
      "error_ratio": "ERROR RATIO", "p99_ms": "P99", "rate_per_s": "RATE",
    ], unitElsewhere: ["open_connections"])

  static let service = Argument<PlainName>(
    "service", "the service", source: .resources("service"))

  static func input(_ call: Invocation) -> ServiceInput {
    ServiceInput(service: call[self.service].text, node: call[Shared.node]?.text)
  }
}
