import Glibc
import SeriesWorkloads
import Workloads

// lakesim: runs simulated workloads under seeds until one fails or all have passed.
//
//   lakesim --workload journal --seed 1 --seeds 1000
//
// Without --workload every workload runs. A failure prints the line that replays it and exits 1.

struct Arguments {
  var workload: String?
  var seed: UInt64 = 1
  var seeds: UInt64 = 1

  init(_ words: [String]) throws(UsageError) {
    var rest = words.dropFirst()
    while let word = rest.popFirst() {
      guard let value = rest.popFirst() else { throw UsageError("\(word) needs a value") }
      switch word {
      case "--workload":
        self.workload = value
      case "--seed", "--seeds":
        guard let number = UInt64(value) else { throw UsageError("\(word) is no number: \(value)") }
        if word == "--seed" { self.seed = number } else { self.seeds = number }
      default:
        throw UsageError("unknown option \(word)")
      }
    }
  }
}

struct UsageError: Error {
  var text: String
  init(_ text: String) { self.text = text }
}

/// A line at once, also into a pipe.
func say(_ text: String, to descriptor: Int32 = 1) {
  let line = Array((text + "\n").utf8)
  _ = write(descriptor, line, line.count)
}

func complain(_ text: String) -> Never {
  say("lakesim: \(text)", to: 2)
  exit(2)
}

func run(_ workload: Workload, _ arguments: Arguments) {
  var runs = 0
  for seed in arguments.seed..<(arguments.seed + arguments.seeds) {
    do {
      runs += try workload.run(seed)
    } catch {
      say("\(workload.name): seed \(seed): \(error)")
      say(Workload.replayLine(workload.name, seed: seed))
      exit(1)
    }
  }
  say("\(workload.name): \(arguments.seeds) seeds, \(runs) runs: \(workload.claim)")
}

let seriesWorkloads = [
  Workload("series", "an engine answers as its model", SeriesWorkloads.calm),
  Workload("series-cuts", "acknowledged rows survive life after life", SeriesWorkloads.cuts),
  Workload("series-crowd", "rows of many writers are there, each once", SeriesWorkloads.crowd),
  Workload("series-sweep", "acknowledged rows survive a cut after any change") {
    try SeriesWorkloads.sweep(seed: $0, step: 7)
  },
]
let workloads =
  JournalWorkloads.all + NamespaceWorkloads.all + BlobWorkloads.all + seriesWorkloads
let arguments: Arguments
do {
  arguments = try Arguments(CommandLine.arguments)
} catch {
  complain("\(error.text); usage: lakesim [--workload NAME] [--seed N] [--seeds COUNT]")
}
let chosen = workloads.filter { arguments.workload == nil || $0.name == arguments.workload }
if chosen.isEmpty {
  let names = workloads.map(\.name).joined(separator: ", ")
  complain("no workload \(arguments.workload ?? ""); there are \(names)")
}
for workload in chosen { run(workload, arguments) }
