import CommandTable
import Dashboard
import DashboardTesting
import Glibc
import Screen
import Testing
import Values

/// Random keys, sizes and times. A failure prints the seed; `LAKE_SEED=N` runs it again.
@Suite("Anything")
struct FuzzTests {
  struct Random: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      self.state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = self.state
      mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
      return mixed ^ mixed >> 31
    }
  }

  static var seeds: [UInt64] {
    if let text = getenv("LAKE_SEED"), let seed = UInt64(String(cString: text)) { return [seed] }
    return (1...12).map { UInt64($0) }
  }

  static let texts = Array(
    "0123456789IMECfojkgG/sScw<>ptr+-v uadley:=@?q!~x日\u{301}\u{202E}".unicodeScalars)

  static func key(_ random: inout Random) -> Key {
    switch Int.random(in: 0..<10, using: &random) {
    case 0..<6: .character(texts.randomElement(using: &random) ?? "x")
    case 6: .control(["l", "u", "a"].randomElement(using: &random) ?? "l")
    default: Key.named.randomElement(using: &random) ?? .enter
    }
  }

  @Test("never traps, and Esc again and again ends on a screen", arguments: seeds)
  func keys(seed: UInt64) async {
    var random = Random(state: seed)
    let cluster = SampleCluster.allCases[Int(seed) % SampleCluster.allCases.count]
    let run = DashboardRun(cluster.recording)
    await run.run(for: 2)
    for _ in 0..<300 {
      switch Int.random(in: 0..<12, using: &random) {
      case 0:
        await run.reduce(
          .resize(
            Size(
              width: Int.random(in: 0...200, using: &random),
              height: Int.random(in: 0...60, using: &random))))
      case 1: await run.run(for: 0.5)
      default: await run.reduce(.key(Self.key(&random)))
      }
      let grid = run.picture(nil, Bool.random(using: &random) ? .ascii : .utf8)
      Self.check(grid, "seed \(seed)")
    }
    for _ in 0..<20 { await run.press("<Esc>") }
    #expect(run.state.isOnScreen, "seed \(seed)")
  }

  /// No row wider than the screen, no control character, nothing that is half a character.
  static func check(_ grid: Grid, _ hint: String) {
    #expect(grid.cells.count == grid.size.width * grid.size.height)
    var before: UInt32 = 0
    for (index, cell) in grid.cells.enumerated() {
      let isFirst = index % max(1, grid.size.width) == 0
      if cell.character == 0 {
        if isFirst || before < 0x300 { Issue.record("\(hint): half a character at \(index)") }
      } else if let scalar = Unicode.Scalar(cell.character) {
        if String.isHidden(scalar) { Issue.record("\(hint): \(cell.character) at \(index)") }
        if grid.glyphs.isASCII, !scalar.isASCII { Issue.record("\(hint): not ASCII at \(index)") }
      } else {
        Issue.record("\(hint): no character at \(index)")
      }
      before = cell.character
    }
    for line in 0..<grid.size.height {
      #expect(TextWidth.of(grid.text(line: line)) <= grid.size.width, "\(hint)")
    }
  }

  @Test("states are told apart without attributes")
  func states() {
    let words = ["ok", "up", "moving", "behind", "degraded", "down", "failed", "running", "paused"]
    let shown = words.map { "\(Attention(word: $0).mark)\(Attention(word: $0).written($0))" }
    #expect(Set(shown).count == words.count)
    for attention in [Attention.busy, .warning, .critical] { #expect(attention.mark != " ") }
    #expect(Attention.warning.mark != Attention.critical.mark)
  }

  @Test("the worst is in one line when there is room for no more")
  func small() async {
    let run = await ReducerTests.started(.calm, size: Size(width: 30, height: 3))
    #expect(run.text == "!CRITICAL, 2 alerts\n\n\n")
    await run.reduce(.resize(Size(width: 0, height: 0)))
    #expect(run.text == "")
  }

  @Test("a hundred thousand rows are filtered, sorted and walked through")
  func large() async {
    let run = DashboardRun(LargeCluster.recording(jobCount: 100_000), screen: "jobs")
    await run.run(for: 1)
    #expect(run.contains("100000 of 100000 shown"))
    await run.press("/orders_7 !part<Esc>/orders_12 state=failed<Enter>G")
    #expect(run.contains(" of 100000 shown"))
    await run.press("<Esc>s<Up><Enter>gG<PgUp>")
    Self.check(run.picture(), "large")
    await run.press("  u<Enter>")
    #expect(run.contains("Jobs > job/"))
  }
}
