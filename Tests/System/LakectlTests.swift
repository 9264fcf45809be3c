import JSON
import TestSupport
import Testing

@Suite("lakectl against a daemon", .serialized)
struct LakectlTests {
  @Test("without a daemon it says what to do, and ends with 6")
  func nobody() async throws {
    let folder = TemporaryDirectory("system")
    let answer = try await Lake.ctl(
      ["status", "-e", "http://127.0.0.1:9", "--timeout", "5s"],
      environment: ["LAKE_CONFIG_DIR": folder.file("none")])
    #expect(answer.exit == 6)
    #expect(answer.errors.contains("laked standalone"))
    #expect(answer.output.isEmpty)
  }

  @Test("its start costs next to nothing")
  func start() async throws {
    // Beside a bare interpreter, turn by turn: on a machine that is slow or busy both are.
    let script = """
      import os, subprocess, sys, time
      def start(*program):
          begin = time.perf_counter()
          child = subprocess.Popen(program, stdout=subprocess.DEVNULL)
          _, status, used = os.wait4(child.pid, 0)
          child.returncode = os.waitstatus_to_exitcode(status)
          assert child.returncode == 0, program
          return (time.perf_counter() - begin) * 1000, used.ru_maxrss
      ours, memory, peer = [], [], []
      for _ in range(30):
          took, most = start(sys.argv[1], "version")
          ours.append(took)
          memory.append(most)
          peer.append(start(sys.executable, "-I", "-S", "-c", "pass")[0])
      print(min(ours), min(peer), max(memory))
      """
    let printed = try await runProgram([pythonPath, "-c", script, Lake.lakectl])
    let numbers = printed.split(whereSeparator: \.isWhitespace).compactMap { Double(String($0)) }
    try #require(numbers.count == 3, "\(printed)")
    let (milliseconds, interpreter, kibibytes) = (numbers[0], numbers[1], numbers[2])
    #expect(milliseconds < max(15, interpreter * 1.5))
    #expect(kibibytes < 20 * 1024)
  }

  @Test("apply twice changes nothing the second time, and what is exported is what was applied")
  func apply() async throws {
    let folder = TemporaryDirectory("system")
    let lake = try await Lake.ready(folder.file("data"))
    let sample = repositoryRoot + "/deploy/sample"
    let first = try await lake.ctl("apply", "-f", sample, "-o", "json")
    #expect(first.exit == 0, "\(first.errors)")
    let second = try await lake.ctl("apply", "-f", sample, "-o", "json")
    let actions = try #require(try second.json()["items"]?.array).map { $0["action"]?.string }
    #expect(!actions.isEmpty)
    #expect(actions.allSatisfy { $0 == "unchanged" }, "\(second.output)")
    #expect(try await lake.stop() == 0)
  }

  @Test("a node shows how long its writes take to be durable")
  func syncTimes() async throws {
    let folder = TemporaryDirectory("system")
    let lake = try await Lake.ready(folder.file("data"))
    var seen: Double?
    // Over the last samples, so there must be writes among them.
    _ = try await eventually(within: .seconds(60)) {
      _ = try await lake.ctl("token", "create", "--show-secret")
      let nodes = try await lake.ctl("node", "list", "-o", "json").json()
      seen = nodes["items"]?.array?.first?["fsync_p99_ms"]?.double
      return seen != nil
    }
    #expect(try #require(seen) > 0)
    #expect(try await lake.stop() == 0)
  }
}
