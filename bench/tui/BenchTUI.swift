import CommandTable
import Dashboard
import DashboardTesting
import Glibc
import JSON
import Screen
import Values

// bench-tui: what the budgets of the dashboard say, and what it takes: a picture of 200x60 under 5
// ms, a key to a changed picture under 50 ms with 100,000 rows, memory under 60 MiB with 1,000
// rows. Times are those of the processor. Ends with 1 when a budget is not kept.

@main
enum BenchTUI {
  struct Measure {
    var name: String
    var limitMilliseconds: Double
    var samples: [Double] = []
    var isKept: Bool { self.percentile(0.99) < self.limitMilliseconds }

    func percentile(_ part: Double) -> Double {
      let sorted = self.samples.sorted()
      return sorted[min(sorted.count - 1, Int(part * Double(sorted.count)))]
    }

    var line: String {
      func text(_ value: Double) -> String { Humanised.duration(nanoseconds: value * 1e6) }
      let name = TextWidth.padded(self.name, to: 44, right: false)
      return "\(name) p50 \(text(self.percentile(0.5)))  p99 \(text(self.percentile(0.99)))"
        + "  limit \(text(self.limitMilliseconds))  \(self.isKept ? "kept" : "NOT KEPT")"
    }
  }

  /// Of this thread: other work of the machine does not count.
  static func processorNanoseconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
  }

  static func time(_ body: () -> Void) -> Double {
    let start = self.processorNanoseconds()
    body()
    return (self.processorNanoseconds() - start) / 1e6
  }

  static func main() async {
    let memory = await self.memory()
    let large = Size(width: 200, height: 60)
    var measures = await self.pictures(large)
    measures += await self.keys(large)
    for measure in measures { print(measure.line) }
    print(
      "resident with 1,000 jobs, a quarter of an hour in: \(Humanised.bytes(memory))  limit 60 MiB")
    exit(measures.allSatisfy(\.isKept) && memory < 60 << 20 ? 0 : 1)
  }

  /// Every screen, drawn whole.
  static func pictures(_ size: Size) async -> [Measure] {
    let run = DashboardRun(SampleCluster.calm.recording, size: size)
    await run.run(for: 30)
    var measure = Measure(name: "picture of 200x60, all screens", limitMilliseconds: 5)
    for screen in StandardScreens.all {
      await run.press(String(screen.key))
      await run.run(for: 4)
      let state = run.state
      for _ in 0..<50 {
        measure.samples.append(
          self.time { _ = render(state, size: size, glyphs: .utf8) })
      }
    }
    return [measure]
  }

  /// From a key to the picture it makes, among a hundred thousand rows.
  static func keys(_ size: Size) async -> [Measure] {
    let run = DashboardRun(LargeCluster.recording(jobCount: 100_000), size: size, screen: "jobs")
    await run.run(for: 1)
    var state = run.state
    var worst: [(Double, String)] = []
    func press(_ text: String, _ measure: inout Measure) {
      for key in DashboardRun.keys(text) {
        let took = self.time {
          _ = state.reduce(.key(key))
          _ = render(state, size: size, glyphs: .utf8)
        }
        measure.samples.append(took)
        worst.append((took, key.words))
      }
    }
    var moving = Measure(name: "key to picture, moving in 100,000 rows", limitMilliseconds: 50)
    var filtering = Measure(name: "key to picture, filtering 100,000 rows", limitMilliseconds: 50)
    var sorting = Measure(name: "key to picture, sorting 100,000 rows", limitMilliseconds: 50)
    for _ in 0..<20 {
      press("jjjkG<PgUp><PgUp>g<PgDown> ju", &moving)
      press("/orders_7 !part 1 failed<Esc>", &filtering)
      press("/state=failed done_ratio>50%<Enter><Esc>", &filtering)
      press("s<Up><Enter>Ss<Down><Down><Enter>s<Up><Up><Enter>", &sorting)
    }
    worst.sort { $0.0 > $1.0 }
    print(
      "slowest keys: " + worst.prefix(5).map { "\($0.1) \(Int($0.0)) ms" }.joined(separator: ", "))
    var absorbing = Measure(name: "answer of 100,000 rows to picture", limitMilliseconds: 50)
    let rows = RowSet(LargeCluster.jobs(100_000), nameKeys: ["job_id"])
    guard case .fetch(let query)? = await self.jobsQuery(&state) else {
      return [moving, filtering, sorting]
    }
    var id = query.id
    var now = state.now
    for _ in 0..<20 {
      let parts = query.parts.filter { $0.request.path.hasSuffix("jobs") }
        .map { ScreenAnswer.Part($0.request, .success(rows)) }
      absorbing.samples.append(
        self.time {
          _ = state.reduce(.answer(id, ScreenAnswer(parts), at: now))
          _ = render(state, size: size, glyphs: .utf8)
        })
      now = now + .seconds(3)
      for case .fetch(let next) in state.reduce(.tick(now, SampleCluster.startedAt)) {
        id = next.id
      }
    }
    return [moving, filtering, sorting, absorbing]
  }

  private static func jobsQuery(_ state: inout State) async -> DashboardEffect? {
    var now = state.now
    for _ in 0..<10 {
      now = now + .seconds(10)
      for effect in state.reduce(.tick(now, SampleCluster.startedAt)) {
        if case .fetch = effect { return effect }
      }
    }
    return nil
  }

  static func memory() async -> Int64 {
    let before = self.residentBytes()
    let run = DashboardRun(LargeCluster.recording(jobCount: 1000), screen: "jobs")
    await run.run(for: 900)
    _ = run.picture()
    print("  of which before it began: \(Humanised.bytes(before))")
    return self.residentBytes()
  }

  private static func residentBytes() -> Int64 {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 128)
    guard fgets(&line, 128, file) != nil else { return 0 }
    let text = String(
      decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return (Int64(text.split(separator: " ")[1]) ?? 0) * Int64(sysconf(Int32(_SC_PAGESIZE)))
  }
}
