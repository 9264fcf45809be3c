import Bytes
import Glibc
import Link
import LinkServing
import Observability
import Runtime
import Synchronization
import Values

// Prints how many calls of 100 bytes a second go through a link on this machine, client and server on a
// loop each, beside calls inside the process:
//
//    swift run -c release bench-link

let seconds = 2
let group = try EventLoopGroup(loops: 2, pinned: true)
let metrics = LinkMetrics(MetricRegistry())
let credentials = LinkCredentials(
  identity: LinkIdentity(
    role: "bench", clusterID: [UInt8](repeating: 1, count: 16), nodeID: "bench"),
  secret: [UInt8](repeating: 7, count: 32))

var router = LinkRouter()
router.on(16) { LinkReply(body: $0.body) }
router.onInline(17) { _, body, output throws(LinkError) in output.append(body) }

let server = LinkServer(
  router, credentials: credentials, random: SystemRandom.shared, clock: group.loops[0],
  metrics: metrics)

@Sendable func processorSeconds() -> Double {
  let metrics = ProcessMetrics.read()
  return metrics.userSeconds + metrics.systemSeconds
}

/// Runs `body` on one loop and waits for it.
func on<T: Sendable>(_ loop: EventLoop, _ body: @escaping @Sendable () async throws -> T)
  async throws -> T
{
  try await withUnsafeThrowingContinuation { continuation in
    loop.spawn {
      do { continuation.resume(returning: try await body()) } catch {
        continuation.resume(throwing: error)
      }
    }
  }
}

@Sendable func run(
  _ name: String, _ channel: any LinkChannel, command: UInt32, size: Int, inFlight: Int
) async throws {
  let clock = group.loops[1]
  let calls = Atomic<Int>(0)
  let begin = ContinuousClock().now
  let end = begin + .seconds(seconds)
  let before = processorSeconds()
  let body = [UInt8](repeating: 7, count: size)
  try await withThrowingTaskGroup(of: Int.self) { tasks in
    for _ in 0..<inFlight {
      tasks.addTask {
        var count = 0
        // A loop's own clock stands still while calls inside the process do not suspend.
        while count % 16 != 0 || ContinuousClock().now < end {
          _ = try await channel.call(
            LinkRequest(command, body: body, deadline: clock.now + .seconds(10)))
          count += 1
        }
        return count
      }
    }
    for try await count in tasks { calls.add(count, ordering: .relaxed) }
  }
  let took = ContinuousClock().now - begin
  let count = Double(calls.load(ordering: .relaxed))
  let rate = count / Double(took.nanosecondsClamped) * 1e9
  let cost = (processorSeconds() - before) / count * 1e6
  print(
    "\(name), \(size) bytes, \(inFlight) in flight: \(Int(rate)) calls/s, "
      + "\(Double(Int(cost * 100)) / 100) µs of processor time a call, both sides")
  fflush(nil)
}

let listener = try await group.run {
  try await Listener.start(group, at: .unix("/tmp/lake-bench-link-\(getpid())")) {
    await server.serve($0)
  }
}
let client = LinkClient(
  to: listener.address, through: group.network, credentials: credentials,
  random: SystemRandom.shared, clock: group.loops[1], metrics: metrics)
let local = LinkLocal(
  router, identity: credentials.identity, clock: group.loops[1], metrics: metrics)
try await on(group.loops[1]) {
  for inFlight in [1, 64, 512] {
    try await run("task", client, command: 16, size: 100, inFlight: inFlight)
    try await run("inline", client, command: 17, size: 100, inFlight: inFlight)
  }
  try await run("task", client, command: 16, size: 65_536, inFlight: 16)
  try await run("task", client, command: 16, size: 1 << 20, inFlight: 4)
  try await run("in process", local, command: 16, size: 100, inFlight: 1)
}
client.close()
exit(0)
