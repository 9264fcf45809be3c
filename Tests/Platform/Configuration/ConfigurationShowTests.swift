import Configuration
import Fuzzing
import Testing
import Values

@Suite("Showing and reloading the configuration")
struct ConfigurationShowTests {
  @Test("every key is shown with its value and origin")
  func shown() throws {
    let configuration = try Sample.load(
      "server: {password: x}\nstore: {disks: [a, b]}", environment: ["LAKE_LOG_LEVEL": "debug"])
    let lines = configuration.shown().map { "\($0.path) = \($0.value ?? "-") (\($0.origin))" }
    #expect(
      lines == [
        "server.port = 9000 (default)", "server.name = lake (default)",
        "server.drain_timeout = 10s (default)", "server.certificate = - (default)",
        "server.password = ••• (lake.yaml:1:20)", "store.cache_size = 64MiB (default)",
        "store.rate = 1GiB/s (default)", "store.fill = 0.85 (default)",
        "store.disks = [\"a\", \"b\"] (lake.yaml:2:16)", "store.sync = true (default)",
        "log.level = debug (environment LAKE_LOG_LEVEL)", "log.topic = all (default)",
      ])
  }

  @Test("a reload tells what changed, and what waits for a restart")
  func reload() throws {
    let old = try Sample.load("server: {port: 1, name: a}\nstore: {disks: [x]}")
    let new = try Sample.load(
      "server: {port: 2, name: b}\nstore: {disks: [x], sync: false}",
      environment: ["LAKE_LOG_LEVEL": "info"])
    #expect(
      old.changes(to: new).map {
        "\($0.path) \($0.old ?? "-") \($0.new ?? "-") \($0.needsRestart)"
      } == ["server.port 1 2 true", "server.name a b false", "store.sync true false false"])
    let running = old.reloaded(with: new)
    #expect(running[Sample.port] == 1)
    #expect(running[Sample.name] == "b")
    #expect(!running[Sample.sync])
    #expect(old.changes(to: old) == [])
  }

  @Test("the sample file is a configuration with every key, commented out")
  func sample() throws {
    let text = Sample.schema.sampleFile()
    #expect(Sample.problems(text) == [])
    #expect(
      text.contains(
        "  # The port that is listened on. (a whole number, 1 to 65535) Needs a restart.\n  # port: 9000\n"
      ))
    let uncommented = text.split(separator: "\n", omittingEmptySubsequences: false)
      .filter { !($0.hasPrefix("  # ") && $0.contains("(")) && !$0.hasSuffix(": ") }
      .map { $0.hasPrefix("  # ") ? "  " + $0.dropFirst(4) : String($0) }
      .filter { !$0.contains("PATH") }.joined(separator: "\n")
    let configuration = try Sample.load(uncommented)
    #expect(configuration.changes(to: try Sample.load()) == [])
    #expect(configuration.isGiven(Sample.port) && configuration.isGiven(Sample.disks))
  }

  @Test("two keys with one variable are a bug of ours")
  func clash() async {
    await #expect(processExitsWith: .failure) {
      let one = ConfigurationKey("a_b", "c", default: 1, "")
      let two = ConfigurationKey("a", "b_c", default: 1, "")
      _ = ConfigurationSchema([
        ConfigurationSection("a_b", "", keys: [one.declaration]),
        ConfigurationSection("a", "", keys: [two.declaration]),
      ])
    }
  }

  @Test("damaged files are problems with places, or configurations")
  func fuzz() throws {
    let text = "server:\n  port: 9001\n  drain_timeout: 1m\nstore:\n  fill: 50%\n  disks: [/a]\n"
    try Fuzzer.run(
      name: "configuration", seeds: [Array(text.utf8)], iterations: 5000,
      dictionary: ["server", "port", "log:\n", "  level: ", "[", "{", "\n  "].map { Array($0.utf8) }
    ) { input in
      let content = input.withUnsafeBytes { [UInt8]($0) }
      let file = ConfigurationSources.File(path: "f", content: content)
      for problem in Sample.schema.check(file) {
        guard case .file = problem.origin else {
          return try Fuzzer.require(false, "no place: \(problem)")
        }
      }
    }
  }
}
