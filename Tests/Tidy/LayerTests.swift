import TestSupport
import Testing

/// Native ← Protocols ← Platform ← Services ← laked; lakectl and TUI stand on Protocols and what a client
/// needs. The table of Package.swift says who may import whom, and the sources keep to it.
@Suite("Layers")
struct LayerTests {
  /// One line of the table: `protocols("JSON", uses: ["Bytes"])`.
  struct Module {
    var name: String
    var kind: String
    var uses: [String]
    var path: String
  }

  static func table() throws -> [Module] {
    let text = try #require(Checkout.text("\(repositoryRoot)/Package.swift"))
    let start = try #require(text.range(of: "let all: [Target] = ["))
    let end = try #require(text.range(of: "\n]\n", from: start.upperBound))
    var modules: [Module] = []
    var rest = text[start.upperBound..<end.lowerBound]
    let kinds = ["native", "protocols", "platform", "service", "swift", "tests", "program"]
    while let open = rest.firstIndex(of: "(") {
      let word = rest[..<open].reversed().prefix { $0.isLetter }.reversed()
      let close = Self.closing(rest, from: open)
      let call = rest[open..<close]
      if kinds.contains(String(word)) {
        let quoted = call.split(separator: "\"", omittingEmptySubsequences: false)
        let strings = stride(from: 1, to: quoted.count, by: 2).map { String(quoted[$0]) }
        let name = try #require(strings.first)
        var uses: [String] = []
        if let at = call.range(of: "uses: [") {
          let list = call[at.upperBound...].prefix { $0 != "]" }
            .split(separator: "\"", omittingEmptySubsequences: false)
          uses = stride(from: 1, to: list.count, by: 2).map { String(list[$0]) }
        }
        let at = call.range(of: "at: \"").map {
          String(call[$0.upperBound...].prefix { $0 != "\"" })
        }
        modules.append(
          Module(
            name: name, kind: String(word), uses: uses,
            path: Self.path(of: name, kind: String(word), at: at)))
      }
      rest = rest[close...]
    }
    return modules
  }

  private static func path(of name: String, kind: String, at: String?) -> String {
    switch kind {
    case "native": "Sources/Native/\(name)"
    case "protocols": "Sources/Protocols/\(name)"
    case "platform": "Sources/Platform/\(at ?? name)"
    case "service": "Sources/Services/\(at ?? name)"
    case "tests": "Tests/\(at ?? name)"
    default: at ?? name
    }
  }

  private static func closing(_ text: Substring, from open: Substring.Index) -> Substring.Index {
    var depth = 0
    var at = open
    while at < text.endIndex {
      if text[at] == "(" { depth += 1 }
      if text[at] == ")" {
        depth -= 1
        if depth == 0 { return at }
      }
      at = text.index(after: at)
    }
    return at
  }

  /// How high a kind stands; an arrow points to the same height or below.
  static let heights = ["native": 0, "protocols": 1, "platform": 2, "service": 3]

  @Test("no arrow of the table points up")
  func arrowsPointDown() throws {
    let modules = try Self.table()
    #expect(modules.count > 30, "the table was not understood")
    let byName = Dictionary(uniqueKeysWithValues: modules.map { ($0.name, $0) })
    for module in modules {
      for use in module.uses {
        let used = try #require(
          byName[use], "\(module.name) uses \(use), which is not in the table")
        guard let from = Self.heights[module.kind] else { continue }
        let to = Self.heights[used.kind] ?? 9
        #expect(to <= from, "\(module.name) (\(module.kind)) uses \(use) (\(used.kind))")
      }
    }
  }

  @Test("lakectl stands on Protocols and on what a client needs")
  func lakectlIsLight() throws {
    let modules = try Self.table()
    let ours = modules.filter { $0.path.hasPrefix("Sources/lakectl/") }
    #expect(ours.count >= 3)
    // `top` is the dashboard.
    let allowed =
      ["CSystem", "HTTPClient", "S3Client", "Configuration", "TerminalIO"] + ours.map(\.name)
    let protocols = modules.filter { $0.kind == "protocols" }.map(\.name)
    for module in ours {
      for use in module.uses where !allowed.contains(use) && !protocols.contains(use) {
        Issue.record("\(module.name) uses \(use)")
      }
    }
  }

  @Test("the dashboard stands on Protocols, what a client needs, and the command table")
  func dashboardIsLight() throws {
    let modules = try Self.table()
    let ours = modules.filter { $0.path.hasPrefix("Sources/TUI/") }
    #expect(ours.count == 3)
    let allowed =
      ["CSystem", "CNcurses", "HTTPClient", "Configuration", "CommandTable"] + ours.map(\.name)
    let protocols = modules.filter { $0.kind == "protocols" }.map(\.name)
    for module in ours {
      for use in module.uses where !allowed.contains(use) && !protocols.contains(use) {
        Issue.record("\(module.name) uses \(use)")
      }
    }
    // The pictures and the dashboard touch nothing outside themselves.
    for module in ours where module.name != "TerminalIO" {
      #expect(!module.uses.contains { $0.hasPrefix("C") && $0 != "CommandTable" }, "\(module.name)")
    }
  }

  @Test("the table has no cycle")
  func noCycle() throws {
    let modules = try Self.table()
    var remaining = Dictionary(uniqueKeysWithValues: modules.map { ($0.name, Set($0.uses)) })
    while true {
      let free = remaining.filter { $0.value.isDisjoint(with: remaining.keys) }.map(\.key)
      if free.isEmpty { break }
      for name in free { remaining[name] = nil }
    }
    #expect(remaining.isEmpty, "in a cycle: \(remaining.keys.sorted())")
  }

  @Test("every import is an arrow of the table or belongs to the toolchain")
  func importsAreDeclared() async throws {
    let toolchain: Set = [
      "Glibc", "Synchronization", "Testing", "Dispatch", "PackageDescription", "Foundation",
      "FoundationEssentials",
    ]
    let modules = try Self.table()
    let byName = Dictionary(uniqueKeysWithValues: modules.map { ($0.name, $0) })
    let paths = modules.map { (name: $0.name, path: $0.path) }
    for file in try await Checkout.shared.value().files where file.path.hasSuffix(".swift") {
      guard let owner = Self.owner(of: file.path, paths), let module = byName[owner] else {
        continue
      }
      for line in file.lines {
        let words = line.split(separator: " ")
        guard let at = words.firstIndex(of: "import"), at <= 2, line.first != " ",
          at + 1 < words.count,
          words[..<at].allSatisfy({ $0.hasPrefix("@") || Self.accessWords.contains(String($0)) })
        else { continue }
        let imported = String(words[at + 1].prefix { $0 != "." })
        if toolchain.contains(imported) {
          #expect(
            !(imported.hasPrefix("Foundation") && file.path.hasPrefix("Sources/")),
            "\(file.path) imports \(imported)")
          continue
        }
        #expect(module.uses.contains(imported), "\(file.path) imports \(imported)")
      }
    }
  }

  static let accessWords: Set = ["public", "package", "internal", "private", "fileprivate"]

  static func owner(of path: String, _ targets: [(name: String, path: String)]) -> String? {
    targets.filter { path.hasPrefix($0.path + "/") }.max { $0.path.count < $1.path.count }?.name
  }
}

extension StringProtocol {
  func range(of text: String, from start: Index? = nil) -> Range<Index>? {
    var at = start ?? self.startIndex
    while at < self.endIndex {
      if self[at...].hasPrefix(text) { return at..<self.index(at, offsetBy: text.count) }
      at = self.index(after: at)
    }
    return nil
  }
}
