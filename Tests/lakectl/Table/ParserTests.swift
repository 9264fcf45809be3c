import CommandTable
import Fuzzing
import LakectlTesting
import Testing
import Values

@Suite("The parser")
struct ParserTests {
  static func parse(_ words: [String]) throws(CommandError) -> CommandLine {
    try CommandLineParser(root: SampleTable.root).parse(words)
  }

  static func parse(_ line: String) throws(CommandError) -> CommandLine {
    try self.parse(ExampleLine.words("lakectl " + line) ?? ["?"])
  }

  @Test(
    "flags stand anywhere, with a blank or an equals sign",
    arguments: [
      "shard move orders/7 --to n5", "shard move --to n5 orders/7", "--to n5 shard move orders/7",
      "shard --to=n5 move orders/7", "shard move --to=n5 -- orders/7",
      "-y shard move orders/7 --to n5",
      "shard move -qn orders/7 --to n5", "shard -qo json move --to n5 orders/7",
    ])
  func flagsAnywhere(line: String) throws {
    let parsed = try Self.parse(line)
    #expect(parsed.path == ["shard", "move"])
    #expect(parsed.values[SampleTable.ShardMove.shard].text == "orders/7")
    #expect(parsed.values[SampleTable.ShardMove.target]?.text == "n5")
    #expect(parsed.values[SampleTable.ShardMove.rate] == ByteCount(64 << 20))
  }

  @Test("typed values, lists in their order, counters and switches")
  func values() throws {
    let parsed = try Self.parse(
      "shard move orders/7 --to n5 --rate 1GB --label a,b --label c -vv --dry-run --timeout 1h30m")
    #expect(parsed.values[SampleTable.ShardMove.rate] == ByteCount(1_000_000_000))
    #expect(parsed.values[SampleTable.ShardMove.labels] == ["a,b", "c"])
    #expect(parsed.values[GlobalFlags.verbose] == 2)
    #expect(parsed.values[GlobalFlags.dryRun])
    #expect(!parsed.values[GlobalFlags.quiet])
    #expect(parsed.values[GlobalFlags.timeout] == .seconds(5400))
  }

  @Test(
    "what is wrong has a code of its own",
    arguments: [
      ("shrd list", "usage.unknown_command"), ("shard", "usage.missing_command"),
      ("shard lst", "usage.unknown_command"), ("shard list --tabel x", "usage.unknown_flag"),
      ("shard list --tab x", "usage.unknown_flag"), ("shard list -x", "usage.unknown_flag"),
      ("shard list -p", "usage.unknown_flag"), ("shard list extra", "usage.unexpected_value"),
      ("shard list --quiet=yes", "usage.unexpected_value"),
      ("shard move --to n5", "usage.missing_value"), ("shard move orders/7", "usage.missing_value"),
      ("shard move orders/7 --to", "usage.missing_value"),
      ("shard move orders/7 --to --yes", "usage.missing_value"),
      ("shard list -oq json", "usage.missing_value"),
      ("shard move a --to n5 --to n6", "usage.repeated_flag"),
      ("shard move a --to n5 --rate much", "usage.bad_value"),
      ("shard list -o yaml", "usage.bad_value"), ("shard list --limit -1", "usage.bad_value"),
      ("shard list --limit 99999999999999999999", "usage.bad_value"),
      ("shard list --yes", "usage.unknown_flag"), ("shard list --wait", "usage.unknown_flag"),
      ("shard move a b --to c", "usage.unexpected_value"),
      ("shard set a --context=", "usage.bad_value"), ("--nonsense", "usage.unknown_flag"),
      ("shard list --endpoint ftp://x", "usage.bad_value"),
      ("shard list -=", "usage.unknown_flag"), ("shard list ---", "usage.unknown_flag"),
    ])
  func mistakes(line: String, code: String) {
    #expect(throws: CommandError.self) { try Self.parse(line) }
    do {
      _ = try Self.parse(line)
    } catch {
      #expect(error.code.rawValue == code)
      #expect(error.exit == .usage)
      #expect(error.why != nil || error.helpLine != nil)
    }
  }

  @Test("an unknown word gets at most three suggestions and is never guessed")
  func suggestions() {
    do {
      _ = try Self.parse("shard lits")
      Issue.record("it was guessed")
    } catch {
      #expect(error.tries == ["lakectl shard list"])
    }
  }

  @Test(
    "aliases stand for their verbs",
    arguments: [("shard ls", "list"), ("shard rm a", "delete"), ("shard ls -t x", "list")])
  func aliases(line: String, verb: String) throws {
    #expect(try Self.parse(line).path == ["shard", verb])
  }

  @Test("an alias without its verb is unknown")
  func noAlias() {
    #expect(throws: CommandError.self) { try Self.parse("shard mk x") }
    #expect(throws: CommandError.self) { try Self.parse("shard get x") }
  }

  @Test(
    "help wins over every other flag and mistake",
    arguments: ["shard move --help", "-h shard move --nonsense", "shard move a b c --to -h"])
  func help(line: String) throws {
    let parsed = try Self.parse(line)
    guard case .help = parsed.request else {
      Issue.record("not help")
      return
    }
    #expect(parsed.path == ["shard", "move"])
  }

  @Test("after two dashes everything is a word, and a lone dash is one")
  func dashes() throws {
    let shard = Argument<PlainName>("shard", "")
    #expect(try Self.parse(["shard", "set", "--", "--yes"]).values[shard].text == "--yes")
    #expect(try Self.parse(["shard", "set", "-"]).values[shard].text == "-")
    #expect(throws: CommandError.self) { try Self.parse(["--", "shard", "list"]) }
  }

  @Test("a negative duration is a value, other words with a dash are not")
  func negative() throws {
    #expect(throws: CommandError.self) { try Self.parse("shard list --filter -x") }
    #expect(try Self.parse("shard list --filter -15m").values[GlobalFlags.filter] == ["-15m"])
    #expect(try Self.parse("shard list --filter=-x").values[GlobalFlags.filter] == ["-x"])
  }

  @Test("too many words are refused before they are looked at")
  func manyWords() {
    #expect(throws: CommandError.self) {
      try Self.parse([String](repeating: "-v", count: CommandLine.wordCountMax + 1))
    }
  }

  @Test("no words make it trap, and every error has one line")
  func hostile() throws {
    let seeds = [
      "shard move orders/7 --to n5", "shard list -t orders --filter a=b -o json", "-vvq -- --",
      "shard \u{1B}[2J --to=\u{202E}x", "--limit 9223372036854775808", "-ojson =", "--=",
    ].map { Array($0.utf8) }
    try Fuzzer.run(name: "command line", seeds: seeds, iterations: 3000, seconds: 2) { bytes in
      let text = bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
      do throws(CommandError) {
        _ = try Self.parse(text.split(separator: " ").map(String.init))
      } catch {
        let lines = error.text(style: .plain)
        try Fuzzer.require(
          !lines.unicodeScalars.contains { String.isHidden($0) && $0 != "\n" }, "hidden: \(lines)")
        try Fuzzer.require(!error.message.utf8.contains(0x0A), "a line break in the message")
      }
    }
  }
}
