import Configuration
import Testing
import Values

@Suite("Configuration")
struct ConfigurationLoadingTests {
  @Test("without sources the defaults hold")
  func defaults() throws {
    let configuration = try Sample.load()
    #expect(configuration[Sample.port] == 9000)
    #expect(configuration[Sample.drain] == .seconds(10))
    #expect(configuration[Sample.cache].bytes == 64 << 20)
    #expect(configuration[Sample.fill].value == 0.85)
    #expect(configuration[Sample.disks] == [])
    #expect(configuration[Sample.certificate] == nil)
    #expect(configuration[Sample.password] == nil)
    #expect(configuration[Sample.level] == .info)
    #expect(configuration.origin(of: Sample.port) == .builtIn)
    #expect(!configuration.isGiven(Sample.port))
  }

  @Test("a file gives values of every kind")
  func file() throws {
    let configuration = try Sample.load(
      """
      server:
        port: 9001
        name: "north"
        drain_timeout: 1m
        certificate: /etc/lake.pem
        password: s3cret
      store:
        cache_size: 1GiB
        rate: 10MB/s
        fill: 50%
        disks: [/a, /b]
        sync: false
      log:
      """)
    #expect(configuration[Sample.port] == 9001)
    #expect(configuration[Sample.name] == "north")
    #expect(configuration[Sample.drain] == .seconds(60))
    #expect(configuration[Sample.certificate] == "/etc/lake.pem")
    #expect(configuration[Sample.password]?.exposed == "s3cret")
    #expect(configuration[Sample.cache].bytes == 1 << 30)
    #expect(configuration[Sample.rate].bytesPerSecond == 10_000_000)
    #expect(configuration[Sample.fill].value == 0.5)
    #expect(configuration[Sample.disks] == ["/a", "/b"])
    #expect(!configuration[Sample.sync])
    #expect(configuration.origin(of: Sample.port).description == "lake.yaml:2:9")
    #expect(configuration.origin(of: Sample.disks).description == "lake.yaml:11:10")
  }

  @Test("a flag wins over the environment, which wins over the file, which wins over the default")
  func precedence() throws {
    let text = "server: {port: 1}"
    let environment = ["LAKE_SERVER_PORT": "2"]
    let flags = [("--port", "3")]
    for fromFile in [false, true] {
      for fromEnvironment in [false, true] {
        for fromFlag in [false, true] {
          let configuration = try Sample.load(
            fromFile ? text : nil, environment: fromEnvironment ? environment : [:],
            flags: fromFlag ? flags : [])
          let expected = fromFlag ? 3 : fromEnvironment ? 2 : fromFile ? 1 : 9000
          #expect(configuration[Sample.port] == expected)
          #expect(
            configuration.origin(of: Sample.port).description
              == [
                9000: "default", 1: "lake.yaml:1:16", 2: "environment LAKE_SERVER_PORT",
                3: "flag --port",
              ][expected])
        }
      }
    }
  }

  @Test("lists come with commas from a variable, and by repeating from flags")
  func lists() throws {
    #expect(
      try Sample.load(environment: ["LAKE_STORE_DISKS": "/a,/b"])[Sample.disks] == ["/a", "/b"])
    #expect(try Sample.load(environment: ["LAKE_STORE_DISKS": ""])[Sample.disks] == [])
    #expect(
      try Sample.load(flags: [("--store-disks", "/a"), ("--store-disks", "/b")])[Sample.disks]
        == ["/a", "/b"])
  }

  @Test("all problems are reported at once, each with its place")
  func problems() {
    #expect(
      Sample.problems(
        """
        servr: {port: 1}
        server:
          prot: 1
          port: 70000
          name: [a]
          drain_timeout: 10 seconds
          certificate:
        store:
          cache_size: 1KB
          fill: {}
          disks: [a, [b]]
          sync: yes
        log: loud
        """, environment: ["LAKE_STORE_FILL": "2", "LAKE_SERVER_PROT": "1", "LAKE_CONTEXT": "x"],
        flags: [("--log-level", "trace"), ("--prot", "1"), ("--port", "1"), ("--port", "2")]) == [
          "lake.yaml:1:1: unknown section \"servr\" (did you mean \"server\"?)",
          "lake.yaml:3:3: unknown key \"prot\" in section \"server\" (did you mean \"port\"?)",
          "lake.yaml:4:9: server.port: 70000 is not in the range 1 to 65535",
          "lake.yaml:5:9: server.name: a list of 1 stands where one value is expected",
          "lake.yaml:6:18: server.drain_timeout: \"10 seconds\" is not a duration such as 500ms, 30s, 10m, 2h or 7d",
          "lake.yaml:7:15: server.certificate has no value (expected a text; leave the key out for the default)",
          "lake.yaml:9:15: store.cache_size: 1kB is not in the range 4KiB to 1TiB",
          "lake.yaml:10:9: store.fill: expected a ratio such as 0.85 or 85%, found a mapping",
          "lake.yaml:11:10: store.disks: expected a list of texts, found a list",
          "lake.yaml:12:9: store.sync: \"yes\" is not true or false",
          "lake.yaml:13:6: section \"log\" expects keys, found a text",
          "environment LAKE_STORE_FILL: store.fill: \"2\" is not in the range 0.1 to 1",
          "environment LAKE_SERVER_PROT: no key of that name (did you mean \"LAKE_SERVER_PORT\"?)",
          "flag --log-level: log.level: \"trace\" is not one of debug, info, warning",
          "flag --prot: no such flag (did you mean \"--port\"?)",
          "flag --port: given 2 times",
        ])
  }

  @Test(
    "a file that is no configuration is one problem",
    arguments: [
      ("a: [", "lake.yaml:2:1: did not find expected node content"),
      ("[a]", "lake.yaml:1:1: expected sections, found a list"),
      ("server", "lake.yaml:1:1: expected sections, found a text"),
      (
        "server: {port: 1}\nserver: {}",
        "lake.yaml:2:1: key \"server\" stands here a second time, first on line 1"
      ),
      (
        "server: {port: 1, port: 2}",
        "lake.yaml:1:19: key \"port\" stands here a second time, first on line 1"
      ),
      ("server: {}\n---\nlog: {}", "lake.yaml:3:1: a second document starts here; one is expected"),
    ])
  func broken(text: String, problem: String) {
    #expect(Sample.problems(text) == [problem])
  }

  @Test(
    "an empty file, and one of comments, is no problem", arguments: ["", "# nothing\n", "---\n"])
  func empty(text: String) {
    #expect(Sample.problems(text) == [])
  }

  @Test("a rule between keys blames the key and its place")
  func conflict() {
    #expect(
      Sample.problems("store:\n  sync: false\n  fill: 0.95\n") == [
        "lake.yaml:3:9: store.fill: must be below 0.9 without sync"
      ])
  }

  @Test("a check of a key says what is wrong")
  func check() {
    #expect(
      Sample.problems("log: {topic: a b}") == [
        "lake.yaml:1:14: log.topic: a topic has no blanks"
      ])
  }

  @Test("a key that must be given is missed, unless it is there and wrong")
  func missing() {
    let must = ConfigurationKey<Int>("a", "must", default: nil, "A number.")
    let schema = ConfigurationSchema([
      ConfigurationSection("a", "A.", keys: [must.declaration])
    ])
    func problems(_ text: String) -> [String] {
      do throws(ConfigurationError) {
        _ = try schema.load(ConfigurationSources(file: Sample.file(text)))
        return []
      } catch {
        return error.problems.map(\.description)
      }
    }
    #expect(
      problems("") == ["a.must must be set: a whole number (--a-must, LAKE_A_MUST or the file)"])
    #expect(problems("a: {must: x}").count == 1)
    #expect(problems("a: {must: 1}") == [])
    #expect(schema.check(Sample.file("")) == [])
    #expect(schema.check(Sample.file("a: {must: x}")).count == 1)
  }

  @Test("flags are taken out of a command line, the rest stays")
  func takingFlags() throws {
    let (flags, rest) = try Sample.schema.takeFlags(
      from: [
        "run", "--port", "1", "catalog", "--log-level=debug", "--help", "--server-name=", "--",
        "--port", "2",
      ])
    #expect(flags.map(\.name) == ["--port", "--log-level", "--server-name"])
    #expect(flags.map(\.value) == ["1", "debug", ""])
    #expect(rest == ["run", "catalog", "--help", "--", "--port", "2"])
    for arguments in [["--port"], ["--port", "--"]] {
      let error = #expect(throws: ConfigurationError.self) {
        try Sample.schema.takeFlags(from: arguments)
      }
      #expect(error?.description == "flag --port: a value is missing")
    }
    #expect(Sample.schema.suggestions(forFlag: "--prt") == ["--port"])
  }
}
