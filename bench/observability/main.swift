import CSystem
import Observability
import Values

// Prints what counting, recording and not logging cost on one thread:
//
//    swift run -c release bench-observability

func measure(_ name: String, _ body: () -> Void) {
  let rounds = 20_000_000
  var best = Double.infinity
  for _ in 0..<3 {
    let start = csystem_monotonic_ns()
    for _ in 0..<rounds { body() }
    best = min(best, Double(csystem_monotonic_ns() - start) / Double(rounds))
  }
  print("\(name): \(Double(Int(best * 100)) / 100) ns")
}

let registry = MetricRegistry()
let counter = registry.counter("a_total", "A.")
let level = registry.level("b", "B.")
let histogram = registry.histogram("c_seconds", "C.", scale: .nanoseconds)
let system = LogSystem(LogSystem.Options { $0.output = .file("/dev/null") })
let log = system.logger("bench")
var value: UInt64 = 1

csystem_thread_set_shard(3)
measure("Counter.add") { counter.add() }
measure("Level.increment") { level.increment() }
measure("Histogram.record") {
  value = value &* 6_364_136_223_846_793_005 &+ 1
  histogram.record(value >> 40)
}
measure("Logger.debug, level off") { log.debug("value \(value)", ["x": .unsigned(value)]) }
system.stop()
