import CommandTable
import Dashboard
import DashboardTesting
import Glibc
import Screen
import TestSupport
import Testing

/// Pictures kept in files: at four sizes, with ASCII and UTF-8 glyphs, and the letters of what the
/// cells mean.
///
/// `make golden` writes them again; the diff is reviewed.
@Suite("Every picture")
struct GoldenTests {
  struct Scene: Sendable {
    var name: String
    var keys: String
    var cluster = SampleCluster.calm
    var sizes: [Size] = GoldenTests.sizes
    var seconds = 24.0
    var isReadOnly = false
  }

  static let sizes = [
    Size(width: 80, height: 24), Size(width: 120, height: 40), Size(width: 60, height: 20),
    Size(width: 40, height: 10),
  ]
  static let usual = [sizes[0]]

  static let scenes: [Scene] = [
    Scene(name: "overview", keys: ""), Scene(name: "nodes", keys: "7jjj"),
    Scene(name: "node", keys: "7jjj<Enter>"), Scene(name: "jobs", keys: "8"),
    Scene(name: "job", keys: "8<Enter>"), Scene(name: "logs", keys: "9"),
    Scene(name: "log-record", keys: "9<Enter>", sizes: usual), Scene(name: "alerts", keys: "0"),
    Scene(name: "alert", keys: "0<Enter>", sizes: usual), Scene(name: "identity", keys: "I"),
    Scene(name: "identity-keys", keys: "I<Tab>", sizes: usual), Scene(name: "metrics", keys: "M"),
    Scene(name: "metric", keys: "M<Enter>", sizes: usual),
    Scene(name: "metric-series", keys: "M<Enter><Enter>", sizes: usual),
    Scene(name: "catalog", keys: "2"),
    Scene(name: "catalog-busy", keys: "2<Tab>", sizes: usual),
    Scene(name: "catalog-conflicts", keys: "2<Tab><Tab>", sizes: usual),
    Scene(name: "catalog-events", keys: "2<Tab><Tab><Tab>", sizes: [sizes[0], sizes[1]]),
    Scene(name: "catalog-deleted", keys: "2<Tab><Tab><Tab><Tab>", sizes: usual),
    Scene(name: "catalog-warehouses", keys: "2<Tab><Tab><Tab><Tab><Tab>", sizes: usual),
    Scene(
      name: "catalog-schedules", keys: "2<Tab><Tab><Tab><Tab><Tab><Tab>", sizes: usual),
    Scene(
      name: "catalog-namespaces", keys: "2<Tab><Tab><Tab><Tab><Tab><Tab><Tab>", sizes: usual),
    Scene(name: "catalog-table", keys: "2jj<Enter>", sizes: [sizes[0], sizes[1]]),
    Scene(name: "catalog-snapshot", keys: "2jj<Enter><Tab>j<Enter>", sizes: usual),
    Scene(name: "catalog-files", keys: "2jj<Enter><Tab>j<Enter><Tab>", sizes: usual),
    Scene(name: "catalog-absent", keys: "2", cluster: .nodeDown, sizes: usual),
    Scene(name: "objects", keys: "5"),
    Scene(name: "bucket", keys: "5j<Enter>", sizes: usual),
    Scene(name: "objects-operations", keys: "5<Tab>"),
    Scene(name: "objects-hot", keys: "5<Tab><Tab>", sizes: usual),
    Scene(name: "objects-disks", keys: "5<Tab><Tab><Tab>", sizes: [sizes[0], sizes[1]]),
    Scene(name: "objects-volumes", keys: "5<Tab><Tab><Tab><Tab>", sizes: usual),
    Scene(name: "objects-engine", keys: "5<Tab><Tab><Tab><Tab><Tab>", sizes: usual),
    Scene(name: "objects-absent", keys: "5", cluster: .nodeDown, sizes: usual),
    Scene(name: "series", keys: "6"),
    Scene(name: "series-segments", keys: "6<Tab>", sizes: usual),
    Scene(name: "series-group", keys: "6j<Enter>", sizes: [sizes[0], sizes[1]]),
    Scene(name: "series-measures", keys: "6j<Enter><Tab>", sizes: usual),
    Scene(name: "series-shards", keys: "6j<Enter><Tab><Tab><Tab><Tab>", sizes: usual),
    Scene(name: "series-parts", keys: "6j<Enter><Tab><Tab><Tab><Tab><Tab>", sizes: usual),
    Scene(
      name: "series-cardinality", keys: "6j<Enter><Tab><Tab><Tab><Tab><Tab><Tab>", sizes: usual),
    Scene(
      name: "series-charts",
      keys: "6j<Enter><Tab><Tab><Tab><Tab><Tab><Tab><Tab><Tab>", sizes: usual),
    Scene(name: "series-retention", keys: "6<Tab><Tab><Tab>", sizes: usual),
    Scene(name: "series-rankings", keys: "6<Tab><Tab><Tab><Tab>", sizes: usual),
    Scene(
      name: "series-migrations", keys: "6<Tab><Tab><Tab><Tab><Tab><Tab>", sizes: usual),
    Scene(
      name: "series-orphans", keys: "6<Tab><Tab><Tab><Tab><Tab><Tab><Tab>", sizes: usual),
    Scene(
      name: "series-statements",
      keys: "6<Tab><Tab><Tab><Tab><Tab><Tab><Tab><Tab><Tab><Tab>", sizes: usual),
    Scene(name: "series-absent", keys: "6", cluster: .nodeDown, sizes: usual),
    Scene(name: "events", keys: "E"), Scene(name: "settings", keys: "C"),
    Scene(name: "service", keys: "<Enter>", sizes: usual),
    Scene(name: "help", keys: "?", sizes: [sizes[0], sizes[2]]),
    Scene(name: "palette", keys: ":user ", sizes: usual),
    Scene(name: "command", keys: ":job list<Enter>", sizes: usual),
    Scene(name: "raw", keys: "8d", sizes: usual),
    Scene(name: "filter", keys: "8/state=failed 3", sizes: usual),
    Scene(name: "sort", keys: "8s", sizes: usual), Scene(name: "columns", keys: "8c", sizes: usual),
    Scene(name: "actions", keys: "Ia", sizes: usual),
    Scene(name: "action-write", keys: "Ia<Enter>", cluster: .nodeDown, sizes: usual),
    Scene(name: "action-hard", keys: "8a<Enter>", cluster: .nodeDown, sizes: [sizes[0], sizes[3]]),
    Scene(name: "action-destroy", keys: "Iaj<Enter>ad", sizes: usual),
    Scene(name: "marks", keys: "I j  ", sizes: usual),
    Scene(name: "read-only", keys: "8a", sizes: usual, isReadOnly: true),
    Scene(name: "paused", keys: "p", sizes: usual),
    Scene(name: "node-down", keys: "", cluster: .nodeDown, seconds: 20),
    Scene(name: "hostile", keys: "", cluster: .hostile),
    Scene(name: "hostile-logs", keys: "9", cluster: .hostile, sizes: usual),
  ]

  static func pictures(_ scene: Scene) async -> String {
    var text = ""
    for size in scene.sizes {
      let run = DashboardRun(
        scene.cluster.recording, size: size, isReadOnly: scene.isReadOnly)
      await run.run(for: 4)
      await run.press(scene.keys)
      await run.run(for: scene.seconds)
      let ascii = run.picture(nil, .ascii)
      let title = "\(size.width)x\(size.height)"
      text += "== \(title) ascii\n\(ascii.text)-- meanings\n\(ascii.meanings)"
      text += "== \(title) utf8\n\(run.picture(nil, .utf8).text)"
    }
    return text
  }

  static let folder = "\(repositoryRoot)/Tests/TUI/Dashboard"
  static var isWriting: Bool { getenv("LAKE_GOLDEN").map { String(cString: $0) } == "write" }

  @Test("is the one that is stored", arguments: scenes.map(\.name))
  func stored(name: String) async throws {
    let scene = try #require(Self.scenes.first { $0.name == name })
    let text = await Self.pictures(scene)
    let path = "\(Self.folder)/golden/\(name).txt"
    if Self.isWriting {
      try Files.write(text, to: path)
    } else {
      #expect(text == Files.read(path), "\(path) is not what is drawn now; make golden")
    }
  }

  @Test("recordings are the ones that are stored", arguments: SampleCluster.allCases)
  func recordings(cluster: SampleCluster) throws {
    let path = "\(Self.folder)/cases/\(cluster.rawValue).jsonl"
    let text = cluster.recording.text
    if Self.isWriting {
      try Files.write(text, to: path)
    } else {
      #expect(text == Files.read(path), "\(path) is not what is recorded now; make golden")
    }
  }

  // MARK: The page for users

  static let page: [(title: String, scene: String, text: String)] = [
    ("Overview", "overview", "`1`: services, nodes, alerts and running jobs on one page."),
    (
      "Objects", "objects",
      "`5`: the object store. Tab goes on to operations, hot prefixes, disks, volumes and the engine."
    ),
    ("A bucket", "bucket", "Its record, its folders by size, and uploads that are under way."),
    (
      "Operations of the object store", "objects-operations",
      "What S3 is asked for, and how long it takes."
    ),
    (
      "Disks of the object store", "objects-disks", "How full they are, and how far their scrub is."
    ),
    (
      "Series", "series",
      "`6`: groups of metrics, streams and traces. Tab goes on to segments, rates, retention and snapshots."
    ),
    (
      "A group of series", "series-shards",
      "Enter opens a group: its record, what is described in it, shards, parts, cardinality, tables, charts."
    ),
    ("Nodes", "nodes", "`7`: the machines. Enter opens one."),
    ("A node", "node", "Its record, its numbers over time, its services and its last log lines."),
    ("Jobs", "jobs", "`8`: those that run first."),
    ("A job", "job", "How far it is, and its log."),
    (
      "Logs", "logs",
      "`9`: all services, merged by time. `f` goes through the levels, `o` through the services."
    ),
    ("Alerts", "alerts", "`0`: what the rules of the platform say."),
    ("Identity", "identity", "`I`: users, keys, roles and tokens; Tab goes from one to the next."),
    ("Metrics", "metrics", "`M`: every metric; Enter opens its series, then a chart of one."),
    (
      "A metric's series", "metric-series", "A chart of the last two minutes; `t` makes it fifteen."
    ),
    ("Events", "events", "`E`: the audit trail."),
    ("Settings", "settings", "`C`: the cluster and its settings."),
    ("A filter", "filter", "`/`: words, `!word`, and the expressions of `--filter`."),
    ("The palette", "palette", "`:` takes the words of the command line; Tab completes."),
    (
      "An action", "action-destroy",
      "`a`: what is done is planned first. What destroys asks for the name."
    ),
    ("Help", "help", "`?`: the keys."),
  ]

  @Test("docs/dashboard.md shows the stored pictures")
  func document() async throws {
    var text = """
      # The dashboard

      `lakectl top` shows whether the platform is well, where it is not, and why. It reads the same admin API as every other command and
      asks before it acts. The pictures below are those the tests compare: 80 columns, 24 lines, ASCII, without colour.

      """ + "\n"
    for (title, scene, words) in Self.page {
      var shown = try #require(Self.scenes.first { $0.name == scene })
      shown.sizes = Self.usual
      let lines = await Self.pictures(shown)
        .split(separator: "\n", omittingEmptySubsequences: false)
        .dropFirst().prefix { $0 != "-- meanings" }
      text += "## \(title)\n\n\(words)\n\n```text\n\(lines.joined(separator: "\n"))\n```\n\n"
    }
    let path = "\(repositoryRoot)/docs/dashboard.md"
    if Self.isWriting {
      try Files.write(text, to: path)
    } else {
      #expect(text == Files.read(path), "\(path) is not current; make golden")
    }
  }
}

enum Files {
  static func read(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&block, 1, block.count, file)
      guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
      bytes += block[..<count]
    }
  }

  static func write(_ text: String, to path: String) throws {
    let file = try #require(fopen(path, "w"))
    let bytes = Array(text.utf8)
    #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
    #expect(fclose(file) == 0)
  }
}
