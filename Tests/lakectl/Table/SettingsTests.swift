import CommandTable
import Fuzzing
import LakectlTesting
import Testing
import Values

@Suite("The file of contexts")
struct SettingsTests {
  static let text = """
    # my clusters
    current = prod

    [context prod]   # no comment: part of no header
    """

  static let good = """
    # my clusters
    current = prod

    [context prod]
    # the big one
    endpoint = https://lake.example:7300
    token-file = "/a b/\\"c\\""

    # the small one
    [context dev]
      endpoint=http://127.0.0.1:7300
    protected = true

    """

  @Test("values are read with and without quotes")
  func reading() throws {
    let file = try ContextFileText(parsing: Self.good)
    #expect(file.contextNames == ["prod", "dev"])
    #expect(file.value("current", in: .top) == "prod")
    #expect(file.value("token-file", in: .context("prod")) == "/a b/\"c\"")
    #expect(file.value("endpoint", in: .context("dev")) == "http://127.0.0.1:7300")
    #expect(file.text == Self.good)
  }

  @Test("editing keeps comments and order")
  func editing() throws {
    var file = try ContextFileText(parsing: Self.good)
    file.set("endpoint", to: "http://new:1", in: .context("prod"))
    file.set("protected", to: "true", in: .context("prod"))
    file.set("previous", to: "dev", in: .top)
    file.rename(.context("dev"), to: .context("my dev]"))
    file.set("utc", to: "true", in: .defaults)
    #expect(
      file.text == """
        # my clusters
        current = prod
        previous = dev

        [context prod]
        # the big one
        endpoint = http://new:1
        token-file = "/a b/\\"c\\""
        protected = true

        # the small one
        [context "my dev]"]
          endpoint=http://127.0.0.1:7300
        protected = true

        [defaults]
        utc = true

        """)
    #expect(try ContextFileText(parsing: file.text) == file)
    file.remove(.context("prod"))
    #expect(file.contextNames == ["my dev]"])
    let removals = [file.remove("utc", in: .defaults), file.remove("utc", in: .defaults)]
    #expect(removals == [true, false])
  }

  @Test(
    "a line that cannot be understood is named",
    arguments: [
      ("x", 1), ("\n= 3", 2), ("a = \"b", 1), ("a = \"b\" c", 1), ("a = \"\\q\"", 1), ("[a", 1),
      ("[context ]\n", 1),
    ])
  func problems(text: String, line: Int) {
    do throws(ContextFileText.Problem) {
      _ = try ContextFileText(parsing: text)
      Issue.record("it was understood")
    } catch {
      #expect(error.line == line)
    }
  }

  @Test("any text is read or refused, and what was set is read back")
  func hostile() throws {
    try Fuzzer.run(
      name: "contexts", seeds: [Array(Self.good.utf8), Array(Self.text.utf8)], iterations: 3000,
      seconds: 2
    ) { bytes in
      let text = bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
      guard var file = try? ContextFileText(parsing: text) else { return }
      let value = String(text.prefix(40))
      for section in [
        ContextFileText.Section.top, .context(value.isEmpty ? "x" : value), .defaults,
      ] {
        file.set("key", to: value, in: section)
        guard let read = try? ContextFileText(parsing: file.text) else {
          return try Fuzzer.require(false, "does not read back: \(file.text.debugDescription)")
        }
        try Fuzzer.require(
          read.value("key", in: section) == value, "\(section): \(file.text.debugDescription)")
      }
    }
  }

  static func settings(
    _ flags: String = "", _ environment: [String: String] = [:], user: String = "",
    system: String = ""
  ) throws -> Settings {
    let line = try CommandLineParser(root: SampleTable.root)
      .parse(ExampleLine.words("lakectl shard list \(flags)") ?? [])
    let configuration = Configuration(
      user: .init(path: "user", text: try ContextFileText(parsing: user), mode: 0o600),
      system: .init(path: "system", text: try ContextFileText(parsing: system), mode: 0o644))
    return try Settings(line.values, environment: environment, configuration: configuration)
  }

  @Test("flag, environment, context, user file, system file, default: the highest wins")
  func precedence() throws {
    let user = "[context a]\noutput = csv\n[context b]\n[defaults]\noutput = tsv\n"
    let system = "current = a\n[defaults]\noutput = wide\n"
    func origin(_ settings: Settings) -> (OutputFormat, String) {
      (
        settings.output,
        settings.value(of: SettingKey.named("output").unsafelyUnwrapped).origin.text
      )
    }
    let environment = ["LAKE_OUTPUT": "jsonl"]
    #expect(
      origin(try Self.settings("-o json", environment, user: user, system: system)) == (
        .json, "flag --output"
      ))
    #expect(
      origin(try Self.settings("", environment, user: user, system: system)) == (
        .jsonl, "environment LAKE_OUTPUT"
      ))
    #expect(
      origin(try Self.settings("", user: user, system: system)) == (.csv, "context a in user"))
    #expect(origin(try Self.settings("-c b", user: user, system: system)) == (.tsv, "user"))
    #expect(origin(try Self.settings("", system: system)) == (.wide, "system"))
    #expect(origin(try Self.settings("")) == (.table, "built-in default"))
    #expect(try Self.settings("", ["LAKE_CONTEXT": "b"], user: user).contextName == "b")
    #expect(try Self.settings("", user: "[context only]\n").contextName == "only")
    #expect(try Self.settings("").contextName == nil)
  }

  @Test("a bad value from anywhere says where it comes from")
  func badValues() {
    do {
      _ = try Self.settings("", ["LAKE_TIMEOUT": "soon"])
      Issue.record("it was taken")
    } catch {
      #expect("\(error)".contains("environment LAKE_TIMEOUT"))
    }
  }

  @Test(
    "findings: unknown keys warn, secrets that others can read are errors",
    arguments: [
      ("colour = red\n", 0o600, false, 1), ("[contexts]\n", 0o600, false, 1),
      ("[context a]\noutput = yaml\n", 0o600, true, 1), ("[context a]\n", 0o644, false, 1),
      ("[context a]\ntoken = x\n", 0o644, true, 1), ("[context a]\ntoken = x\n", 0o600, false, 0),
      ("[defaults]\nendpoint = http://h:1\n", 0o600, false, 1),
    ] as [(String, UInt32, Bool, Int)])
  func findings(text: String, mode: UInt32, isError: Bool, count: Int) throws {
    let configuration = Configuration(
      user: .init(path: "/c", text: try ContextFileText(parsing: text), mode: mode),
      system: .init(path: "/s"))
    #expect(configuration.findings.count == count)
    #expect(configuration.findings.contains(where: \.isError) == isError)
  }

  @Test("a secret that others can read stops commands that reach the cluster")
  func exposed() async {
    let text = "[context a]\nendpoint = http://h:1\ntoken = x\n"
    let result = await CommandRun(root: SampleTable.root, config: text, mode: 0o644).run("status")
    #expect(result.exit == .usage)
    #expect(result.errors.contains("config.exposed_secret"))
    #expect(result.errors.contains("chmod 600 \(MemoryContextFiles.userPath)"))
  }

  @Test(
    "where the file is",
    arguments: [
      (
        ["LAKE_CONFIG_DIR": "/d/lakectl", "XDG_CONFIG_HOME": "/x", "HOME": "/h"],
        "/d/lakectl/config"
      ),
      (["XDG_CONFIG_HOME": "/x", "HOME": "/h"], "/x/lakectl/config"),
      (["HOME": "/h", "LAKE_CONFIG_DIR": ""], "/h/.config/lakectl/config"), ([:], nil),
    ] as [([String: String], String?)])
  func places(environment: [String: String], path: String?) {
    #expect(Configuration.userPath(environment) == path)
  }

  @Test(
    "addresses are checked",
    arguments: [
      ("http://127.0.0.1:7300", true), ("https://lake.example", true), ("http://[::1]:7300", true),
      ("https://h:1/", true), ("h:1", false), ("http://", false), ("http://h:0", false),
      ("http://h:99999", false), ("http://h/path", false), ("http://u@h", false),
      ("http://h:1:2", false), ("http://[::1", false), ("http://::1", false),
      ("http://h\u{7}", false),
    ])
  func endpoints(text: String, isGood: Bool) {
    #expect(((try? EndpointURL(argument: text)) != nil) == isGood)
  }
}
