import Glibc
import JSON
import LakectlCommands
import TestSupport
import Testing

/// The program as a process.
@Suite("The program", .serialized)
struct ProcessTests {
  /// Beside the test bundle.
  static let folder: String = {
    var path = [CChar](repeating: 0, count: 4096)
    let count = max(0, readlink("/proc/self/exe", &path, path.count - 1))
    let text = String(decoding: path[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return text.split(separator: "/").dropLast().reduce(into: "") { $0 += "/" + $1 }
  }()

  /// In a folder of its own.
  struct Home {
    let directory = TemporaryDirectory("lakectl")
    func run(_ arguments: [String], _ environment: [String: String] = [:], input: String? = nil)
      async throws -> (status: Int32, output: String, errors: String)
    {
      var variables = [
        "LAKE_CONFIG_DIR": self.directory.file("lakectl"), "LAKE_CONTEXT": "", "LAKE_OUTPUT": "",
        "PATH": ProcessTests.folder + ":" + (getenv("PATH").map { String(cString: $0) } ?? ""),
      ]
      for (name, value) in environment { variables[name] = value }
      let program = try Program(arguments, environment: variables, input: input)
      let status = try await program.wait()
      return (status, program.output, program.errors)
    }

    func lakectl(_ arguments: String...) async throws
      -> (status: Int32, output: String, errors: String)
    {
      try await self.run([ProcessTests.folder + "/lakectl"] + arguments)
    }
  }

  @Test("contexts are kept in a file of mode 0600, with the comments of the person")
  func contexts() async throws {
    let home = Home()
    let path = home.directory.file("lakectl/config")
    #expect(try await home.lakectl("context", "add", "a", "--endpoint", "http://h:1").status == 0)
    var status = stat()
    #expect(lstat(path, &status) == 0)
    #expect(status.st_mode & 0o777 == 0o600)
    try Files.write("# mine\n" + (Files.read(path) ?? ""), to: path)
    #expect(try await home.lakectl("context", "add", "b", "--endpoint", "http://h:2").status == 0)
    #expect(try await home.lakectl("context", "use", "b").status == 0)
    let list = try await home.lakectl(
      "context", "list", "-o", "csv", "--columns", "context,current")
    #expect(list.output == "context,current\r\na,false\r\nb,true\r\n")
    #expect(Files.read(path)?.hasPrefix("# mine\n") == true)
    #expect(try await Files.names(in: home.directory.file("lakectl")) == ["config"])
  }

  @Test("a linked file stays a link, and a folder that cannot be written is told")
  func odd() async throws {
    let home = Home()
    mkdir(home.directory.file("lakectl"), 0o700)
    try Files.write("[context a]\n", to: home.directory.file("real"))
    symlink(home.directory.file("real"), home.directory.file("lakectl/config"))
    #expect(try await home.lakectl("context", "use", "a").status == 0)
    var status = stat()
    lstat(home.directory.file("lakectl/config"), &status)
    #expect(status.st_mode & S_IFMT == S_IFLNK)
    #expect(Files.read(home.directory.file("real")) == "current = a\n\n[context a]\n")
    let refused = try await home.run(
      [Self.folder + "/lakectl", "context", "add", "x", "--endpoint", "http://h:1"],
      ["LAKE_CONFIG_DIR": "/proc/none"])
    #expect(refused.status == 1)
    #expect(refused.errors.contains("config.not_written"))
  }

  @Test("words that are no text, closed streams and odd places do not break it")
  func hostile() async throws {
    let home = Home()
    let lines = [
      "lakectl $'\\xff\\xfe'", "lakectl context list >&-", "lakectl context list <&- 2>&-",
      "lakectl help commands | head -1", "TERM=dumb LC_ALL=C COLUMNS=-3 lakectl context list",
      "env -i \(Self.folder)/lakectl config path", "lakectl version > /dev/full",
    ]
    for line in lines {
      let result = try await home.run(["bash", "-c", line])
      #expect(result.status < 12, "\(line): \(result)")
      #expect(!result.output.contains("\u{1B}") && !result.errors.contains("\u{1B}"), "\(line)")
    }
  }

  @Test("standard output that cannot be written is told")
  func full() async throws {
    let result = try await Home().run(["bash", "-c", "lakectl version > /dev/full"])
    #expect(result.status == 1)
    #expect(result.errors.contains("client.output_failed"))
  }

  static let contexts = "[context alpha]\n[context beta]\n"

  private func home() throws -> Home {
    let home = Home()
    mkdir(home.directory.file("lakectl"), 0o700)
    try Files.write(Self.contexts, to: home.directory.file("lakectl/config"))
    return home
  }

  @Test(
    "a real bash completes",
    arguments: [
      ("lakectl context u", "use"), ("lakectl context use ", "alpha beta"),
      ("lakectl context use al", "alpha"), ("lakectl --context=b", "beta"),
      ("lakectl context list -o js", "json jsonl"), ("lakectl context list --output=cs", "csv"),
      ("lakectl nonsense ", ""),
    ])
  func bash(line: String, expected: String) async throws {
    let script = """
      source "\(repositoryRoot)/completions/lakectl.bash"
      COMP_LINE="$1"; COMP_POINT=${#COMP_LINE}
      _lakectl
      echo "${COMPREPLY[*]}"
      """
    let result = try await self.home().run(["bash", "-c", script, "bash", line])
    #expect(result.output == expected + "\n")
    #expect(result.errors == "")
  }

  @Test("a real fish completes")
  func fish() async throws {
    let home = try self.home()
    let script = """
      source \(repositoryRoot)/completions/lakectl.fish
      complete -C "lakectl context use "
      """
    let result = try await home.run(
      ["fish", "--no-config", "-c", script], ["HOME": home.directory.path])
    #expect(result.output == "alpha\nbeta\n")
  }

  @Test("a real zsh completes")
  func zsh() async throws {
    // compadd works inside completion only, so the test has one that prints.
    let script = """
      fpath=(\(repositoryRoot)/completions $fpath)
      autoload -Uz _lakectl
      compdef() { : }
      compadd() { print -r -- ${plain} }
      words=(lakectl context use ""); CURRENT=4
      _lakectl
      """
    let result = try await self.home().run(["zsh", "-f", "-c", script])
    #expect(result.output == "alpha beta\n")
    #expect(result.errors == "")
  }

  @Test("every process ends without input, and speaks JSON when asked")
  func closedInput() async throws {
    let home = try self.home()
    let result = try await home.lakectl("context", "remove", "alpha", "-o", "json")
    #expect(result.status == 9)
    #expect(result.output == "")
    #expect(try JSONValue(parsing: result.errors).string == nil)
  }
}
