import Observability

/// The counts of a gateway; by operation they are the server's.
struct GatewayMetrics: Sendable {
  let authFailures: Counter
  let rawPathSignatures: Counter
  let checksumMismatches: Counter
  let corruptReads: Counter
  let bodyMemory: Level
  private let requests: [Counter]
  private let errors: CounterFamily

  init(_ registry: MetricRegistry) {
    self.authFailures = registry.counter(
      "object_auth_failures_total", "Requests whose credentials or signature were wrong.")
    self.rawPathSignatures = registry.counter(
      "object_signature_raw_path_total", "Signatures over a path that was not encoded as S3 does.")
    self.checksumMismatches = registry.counter(
      "object_checksum_mismatch_total", "Bodies that were not what their checksum said.")
    self.corruptReads = registry.counter(
      "object_corrupt_reads_total", "Reads that were cut off because a block was damaged.")
    self.bodyMemory = registry.level(
      "object_body_memory_bytes", "Memory of the blocks of bodies under way.")
    let requests = registry.counters(
      "object_requests_total", "Requests by what they asked for.", labels: ["op"])
    self.requests = Operation.allCases.map { requests.with($0.rawValue) }
    self.errors = registry.counters(
      "object_errors_total", "Requests refused, by the code of their answer.", labels: ["error"])
  }

  /// - Parameter place: of the operation, among all.
  func record(_ place: Int) { self.requests[place].add() }

  func record(error code: String) { self.errors.with(code).add() }
}
