import Configuration
import Glibc
import Testing
import Values

@Suite("Secrets in the configuration")
struct SecretTests {
  @Test("a secret comes from the file, a variable, or a file of its own")
  func sources() throws {
    let inline = try Sample.load("server: {password: p1}")
    #expect(inline[Sample.password]?.exposed == "p1")
    let variable = try Sample.load(environment: ["LAKE_SERVER_PASSWORD": "p2"])
    #expect(variable[Sample.password]?.exposed == "p2")
    for configuration in [
      try Sample.load("server: {password_file: /secrets/password}"),
      try Sample.load(environment: ["LAKE_SERVER_PASSWORD_FILE": "/secrets/password"]),
      try Sample.load(flags: [("--server-password-file", "/secrets/password")]),
    ] {
      #expect(configuration[Sample.password]?.exposed == "from a file")
    }
  }

  @Test("a secret as a flag is an error that says where it may stand")
  func flag() {
    #expect(
      Sample.problems(flags: [("--server-password", "hunter2")]) == [
        "flag --server-password: server.password is a secret; others can read a command line"
          + " (--server-password-file FILE or LAKE_SERVER_PASSWORD)"
      ])
  }

  @Test("a secret in a file that others can read is an error")
  func exposed() {
    let file = Sample.file("server: {password: hunter2}", isReadableByOthers: true)
    #expect(
      Sample.schema.check(file).map(\.description) == [
        "lake.yaml:1:10: server.password is a secret in a file that others can read"
          + " (chmod 600 lake.yaml, or name a file in password_file)"
      ])
    #expect(
      Sample.schema.check(Sample.file("server: {port: 1}", isReadableByOthers: true)) == [])
  }

  @Test("a secret's file that cannot be read, or two sources for it, is an error")
  func unreadable() {
    #expect(
      Sample.problems("server:\n  password_file: /nope\n") == [
        "lake.yaml:2:18: server.password: cannot read /nope: No such file or directory"
      ])
    #expect(
      Sample.problems(
        environment: ["LAKE_SERVER_PASSWORD": "a", "LAKE_SERVER_PASSWORD_FILE": "/x"]) == [
          "environment LAKE_SERVER_PASSWORD_FILE: LAKE_SERVER_PASSWORD is set too: which one is meant?"
        ])
  }

  @Test("a secret is printed nowhere")
  func hidden() throws {
    let configuration = try Sample.load("server: {password: hunter2}")
    let other = try Sample.load("server: {password: hunter3}")
    let secret = try #require(configuration[Sample.password])
    var dumped = ""
    dump(secret, to: &dumped)
    dump(configuration.shown(), to: &dumped)
    dump(configuration.changes(to: other), to: &dumped)
    let printed =
      "\(secret) \(String(reflecting: secret)) \(configuration.shown()) \(dumped)"
      + "\(configuration)"
    #expect(!printed.contains("hunter"))
    #expect(configuration.changes(to: other).map(\.path) == ["server.password"])
    #expect(Sample.problems("server: {password: [hunter2]}").allSatisfy { !$0.contains("hunter") })
    #expect(Sample.problems("server: {password: \"\"}").count == 1)
  }

  @Test("files are read with their mode, secrets without the line break at the end")
  func files() throws {
    let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    let path = "\(folder)/configuration-\(getpid()).txt"
    let descriptor = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0o600)
    try #require(descriptor >= 0)
    #expect(write(descriptor, "secret\n", 7) == 7)
    close(descriptor)
    defer { unlink(path) }
    #expect(try ConfigurationFiles.secret(at: path) == "secret")
    #expect(try !ConfigurationFiles.configuration(at: path).isReadableByOthers)
    chmod(path, 0o640)
    #expect(try ConfigurationFiles.configuration(at: path).isReadableByOthers)
    for missing in [folder, path + ".none"] {
      #expect(throws: ConfigurationFileError.self) {
        try ConfigurationFiles.configuration(at: missing)
      }
    }
  }
}
