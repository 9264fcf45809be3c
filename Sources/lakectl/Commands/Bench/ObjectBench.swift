import Admin
import CommandTable
import Crypto
import Values

/// `lakectl object bench`
enum ObjectBench {
  static let operation = Option<BenchMix>("op", default: "mixed", "what is done")
  static let size = Option<ByteCount>("size", default: "4KiB", "of each object")
  static let objects = Option<Int>("objects", default: "2000", "objects that are there")
  static let concurrency = Option<Int>("concurrency", default: "16", "requests at once")
  static let duration = Option<Duration>("duration", default: "10s", "how long it is measured")
  static let warmup = Option<Duration>("warmup", default: "2s", "before that, not measured")
  static let count = Option<Int>("count", "end after so many requests")
  static let rate = Option<Int>(
    "op-rate", placeholder: "N", "begin so many a second, and count waiting; all that go by default"
  )
  static let endpoint = Option<EndpointURL>("s3-endpoint", "where S3 is; the cluster says it")
  static let bucket = Option<PlainName>(
    "bucket", placeholder: "BUCKET", "in this bucket, which stays; in one of its own by default")

  static let columns = [
    Column(key: "op", .text, isNullable: false, "what was done"),
    Column(key: "request_count", title: "COUNT", isNullable: false, "requests that were measured"),
    Column(key: "rate_per_s", title: "RATE", .real, "requests a second"),
    Column(key: "p50_ms", .real, "half took at most this long"),
    Column(key: "p90_ms", .real, isWide: true, "90 % took at most this long"),
    Column(key: "p99_ms", .real, "99 % took at most this long"),
    Column(key: "p999_ms", .real, "99.9 % took at most this long"),
    Column(key: "max_ms", .real, "the longest"),
    Column(key: "mean_ms", .real, isWide: true, "the mean"),
    Column(key: "error_count", title: "ERRORS", isNullable: false, "requests that failed"),
    Column(key: "transfer_bytes_per_s", title: "BYTES", .real, "bytes a second"),
    Column(key: "first_error", .text, isWide: true, "of those, the first"),
  ]

  static let command = Command(
    name: "bench", summary: "measure S3 under load",
    call: {
      var call = Call(
        parameters: [
          operation.parameter, size.parameter, objects.parameter, concurrency.parameter,
          duration.parameter, warmup.parameter, count.parameter, rate.parameter,
          bucket.parameter, endpoint.parameter,
        ], effect: .hardToUndo, output: .list("ObjectBench", columns),
        exits: [.failed: "no request succeeded"],
        examples: [
          Example(
            text: "Small reads",
            line: "lakectl object bench --op get --size 4KiB --concurrency 16 --yes"),
          Example(
            text: "At a steady rate, for a program",
            line: "lakectl object bench --op put --op-rate 500 --yes -o json"),
        ],
        detail: """
          Every request is signed (SigV4) and sent over connections that stay open; what is read is compared with what was written.
          The key is that of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; without them one is made for an hour and removed at the end.
          It works in a bucket of its own, which it removes.
          mixed is 45 parts get, 30 stat, 15 put and 10 delete.
          With --op-rate latencies count from when a request was due: a server that falls behind cannot hide it.
          """,
        plan: { call async throws(CommandError) in
          Plan(
            action: "put load on S3", name: (call[operation] ?? .mixed).rawValue,
            facts: [
              ("writes", "\(call[objects] ?? 0) objects of \(call[size] ?? ByteCount(0)) and more"),
              (
                "lasts", "\(DurationText.text((call[duration] ?? .zero) + (call[warmup] ?? .zero)))"
              ),
            ], undo: "it removes what it made")
        },
        run: { call async throws(CommandError) in try await run(call) })
      call.isPatient = true
      return call
    }())

  static func run(_ call: Invocation) async throws(CommandError) -> Outcome {
    var options = BenchOptions()
    options.mix = call[self.operation] ?? .mixed
    options.bytes = Int(clamping: call[self.size]?.bytes ?? 4096)
    options.objects = call[self.objects] ?? 2000
    options.concurrency = call[self.concurrency] ?? 16
    options.duration = call[self.duration] ?? .seconds(10)
    options.warmup = call[self.warmup] ?? .seconds(2)
    options.countMax = call[self.count]
    options.rate = call[self.rate]
    try options.check()
    guard !call.isDryRun else {
      var outcome = Outcome.list([])
      outcome.notes = ["would measure \(options.mix.rawValue) with \(options.objects) objects"]
      return outcome
    }
    let key = try await BenchKey.find(call)
    let result: Result<[Row], CommandError>
    do throws(CommandError) {
      result = .success(try await self.measure(call, options, key))
    } catch {
      result = .failure(error)
    }
    await key.remove(call)
    var outcome = Outcome.list(try result.get())
    let isWhole = outcome.rows.contains { ($0["request_count"].number ?? 0) > 0 }
    outcome.exit = isWhole ? .ok : .failed
    return outcome
  }

  private static func measure(
    _ call: Invocation, _ options: BenchOptions, _ key: BenchKey
  ) async throws(CommandError) -> [Row] {
    let own = "bench-\(RequestIDs.next(call.clock).lowercased())"
    let bucket = call[self.bucket]?.text ?? own
    let endpoint: String
    if let given = call[self.endpoint]?.text {
      endpoint = given
    } else {
      endpoint = try await BenchKey.endpoint(call)
    }
    let target = try BenchTarget(
      call, endpoint: endpoint, bucket: bucket, key: key, concurrency: options.concurrency)
    defer { target.stop() }
    if bucket == own { try await target.makeBucket() }
    let run = BenchRun(target: target, options: options, clock: call.clock)
    let result: Result<[Row], CommandError>
    do throws(CommandError) {
      call.note("putting \(options.objects) objects of \(options.bytes) bytes into \(bucket)")
      try await run.prepare()
      call.note("measuring for \(DurationText.text(options.duration))")
      result = .success(await run.measure())
    } catch {
      result = .failure(error)
    }
    await run.clear()
    if bucket == own { await target.removeBucket() }
    return try result.get()
  }
}

enum BenchMix: String, WordValue {
  case get, put, stat, list, delete, mixed, rename
  static let placeholder = "OP"
}

struct BenchOptions: Sendable {
  var mix = BenchMix.mixed
  var bytes = 4096
  var objects = 2000
  var concurrency = 16
  var duration = Duration.seconds(10)
  var warmup = Duration.seconds(2)
  var countMax: Int?
  var rate: Int?

  static let objectsMax = 10_000_000

  func check() throws(CommandError) {
    for (name, value, range) in [
      ("size", self.bytes, 0...(256 << 20)), ("objects", self.objects, 1...Self.objectsMax),
      ("concurrency", self.concurrency, 1...1024), ("op-rate", self.rate ?? 1, 1...1_000_000),
    ] where !range.contains(value) {
      throw CommandError(
        .badValue,
        "--\(name) \(value) is not in the range \(range.lowerBound) to"
          + " \(range.upperBound)", why: "that is what a bench can do")
    }
  }
}
