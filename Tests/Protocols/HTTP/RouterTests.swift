import Bytes
import HTTP
import Testing

@Suite("Router")
struct RouterTests {
  struct Found: Equatable {
    var pattern: String
    var values: [String]
  }

  /// A table of `METHOD pattern` lines, and what it answers.
  struct Routes {
    var table: RouteTable
    var lines: [String]
    var mode: RouteTableBuilder.PathMode

    init(_ lines: [String], _ mode: RouteTableBuilder.PathMode = .text) throws {
      var builder = RouteTableBuilder(mode)
      for line in lines {
        let parts = line.split(separator: " ")
        let method = try #require(Method.allCases.first { "\($0.text)" == parts[0] })
        _ = try builder.add(method, String(parts[1]))
      }
      self.table = builder.build()
      self.lines = lines
      self.mode = mode
    }

    func find(_ method: Method, _ path: String) -> (RouteOutcome, Found?) {
      let bytes = Array(path.utf8)
      var match = RouteMatch()
      let outcome = self.table.match(method, path: bytes.rawBytes, into: &match)
      guard outcome == .found else { return (outcome, nil) }
      let values = (0..<match.count).map { index -> String in
        let raw = match[index].bytes(in: bytes.rawBytes)
        return self.mode == .raw
          ? raw.lossyText : PercentCoding.text(raw) ?? "not text"
      }
      return (outcome, Found(pattern: self.lines[match.route], values: values))
    }
  }

  static let catalog = [
    "GET /v1/config",
    "GET /v1/{prefix}/namespaces",
    "POST /v1/{prefix}/namespaces",
    "GET /v1/{prefix}/namespaces/{namespace}",
    "HEAD /v1/{prefix}/namespaces/{namespace}",
    "DELETE /v1/{prefix}/namespaces/{namespace}",
    "GET /v1/{prefix}/namespaces/{namespace}/tables/{table}",
    "GET /v1/main/special",
    "GET /files/{path...}",
    "GET /files/",
    "GET /",
  ]

  @Test(
    "paths lead to their routes",
    arguments: [
      (Method.get, "/", "GET /", []),
      (.get, "", "GET /", []),
      (.get, "/v1/config", "GET /v1/config", []),
      (.get, "/v1/a/namespaces", "GET /v1/{prefix}/namespaces", ["a"]),
      (.post, "/v1/a/namespaces", "POST /v1/{prefix}/namespaces", ["a"]),
      (
        .get, "/v1/a/namespaces/b%1Fc", "GET /v1/{prefix}/namespaces/{namespace}",
        ["a", "b\u{1f}c"]
      ),
      (.head, "/v1/a/namespaces/b", "HEAD /v1/{prefix}/namespaces/{namespace}", ["a", "b"]),
      (.head, "/v1/a/namespaces", "GET /v1/{prefix}/namespaces", ["a"]),
      (
        .get, "/v1/a/namespaces/b%2Fc/tables/%C3%A9",
        "GET /v1/{prefix}/namespaces/{namespace}/tables/{table}", ["a", "b/c", "\u{e9}"]
      ),
      (.get, "/v1/main/special", "GET /v1/main/special", []),
      (.get, "/v1/main/namespaces", "GET /v1/{prefix}/namespaces", ["main"]),
      (.get, "/%76%31/config", "GET /v1/config", []),
      (.get, "/files/", "GET /files/", []),
      (.get, "/files/a", "GET /files/{path...}", ["a"]),
      (.get, "/files/a//b/", "GET /files/{path...}", ["a//b/"]),
      (.get, "/files//", "GET /files/{path...}", ["/"]),
    ] as [(Method, String, String, [String])])
  func found(method: Method, path: String, pattern: String, values: [String]) throws {
    let routes = try Routes(Self.catalog)
    #expect(routes.find(method, path).1 == Found(pattern: pattern, values: values))
  }

  @Test(
    "unknown paths are told from unknown methods",
    arguments: [
      (Method.get, "/v1", RouteOutcome.notFound),
      (.get, "/v1/", .notFound),
      (.get, "/v1/config/", .notFound),
      (.get, "//v1/config", .notFound),
      (.get, "/v1//namespaces", .notFound),
      (.get, "/v1/config/x", .notFound),
      (.get, "/V1/config", .notFound),
      (.get, "/files", .notFound),
      (.get, "/v1%2Fconfig", .notFound),
      (.post, "/v1/config", .methodNotAllowed([.init(.get), .init(.head)])),
      (.put, "/v1/a/namespaces", .methodNotAllowed([.init(.get), .init(.head), .init(.post)])),
      (.put, "/files/x", .methodNotAllowed([.init(.get), .init(.head)])),
      (.get, "/v1/%FF/namespaces", .badParameter),
      (.get, "/v1/%C0%AF/namespaces", .badParameter),
    ])
  func refused(method: Method, path: String, expected: RouteOutcome) throws {
    #expect(try Routes(Self.catalog).find(method, path).0 == expected)
  }

  @Test("a literal that lacks the method gives way to a parameter that has it")
  func backtracking() throws {
    let routes = try Routes(["PUT /a/b", "GET /a/{x}", "DELETE /a/{rest...}", "GET /a/b/c"])
    #expect(routes.find(.get, "/a/b").1 == Found(pattern: "GET /a/{x}", values: ["b"]))
    #expect(routes.find(.put, "/a/b").1 == Found(pattern: "PUT /a/b", values: []))
    #expect(
      routes.find(.delete, "/a/b").1 == Found(pattern: "DELETE /a/{rest...}", values: ["b"]))
    #expect(
      routes.find(.delete, "/a/b/c").1 == Found(pattern: "DELETE /a/{rest...}", values: ["b/c"]))
    #expect(
      routes.find(.post, "/a/b").0
        == .methodNotAllowed([.init(.get), .init(.head), .init(.put), .init(.delete)]))
  }

  @Test("raw mode hands keys over byte for byte")
  func raw() throws {
    let routes = try Routes(
      ["GET /", "GET /{bucket}", "GET /{bucket}/", "GET /{bucket}/{key...}"], .raw)
    func values(_ path: String) -> [String]? { routes.find(.get, path).1?.values }
    #expect(values("/") == [])
    #expect(values("/b") == ["b"])
    #expect(values("/b/") == ["b"])
    #expect(values("/b/k") == ["b", "k"])
    #expect(values("/b//a") == ["b", "/a"])
    #expect(values("/b/a/") == ["b", "a/"])
    #expect(values("/b/a%FF%00+") == ["b", "a%FF%00+"])
    #expect(values("//a") == nil)
  }

  @Test("Allow lists methods in a fixed order")
  func allow() {
    #expect(MethodSet([.init(.delete), .init(.get)]).text == "GET, DELETE")
  }

  @Test(
    "patterns that cannot be routed are refused",
    arguments: [
      "a", "", "/{a", "/a}", "/x{a}", "/{}", "/{...}", "/{a...}/b", "/{a}/{a}", "/{a b}",
      "/{1}/{2}/{3}/{4}/{5}/{6}/{7}/{8}/{9}",
    ])
  func badPatterns(pattern: String) {
    #expect(throws: RouteError.self) {
      var builder = RouteTableBuilder()
      _ = try builder.add(.get, pattern)
    }
  }

  @Test("the same method and shape twice is refused, whatever the names")
  func duplicates() throws {
    var builder = RouteTableBuilder()
    #expect(try builder.add(.get, "/a/{x}") == 0)
    #expect(try builder.add(.put, "/a/{y}") == 1)
    #expect(throws: RouteError.self) { _ = try builder.add(.get, "/a/{z}") }
    let table = builder.build()
    #expect(table.parameterNames == [["x"], ["y"]])
  }

  /// All paths of up to four segments over a small alphabet, against every table of patterns of up to
  /// three segments in small sets: the table answers as a plain search through the patterns does.
  @Test("small tables answer as a plain search does, for every path")
  func exhaustive() throws {
    let segments = ["a", "b", "{x}"]
    var patterns: [[String]] = [[""]]
    for one in segments + ["{x...}"] {
      patterns.append([one])
      guard one != "{x...}" else { continue }
      for two in ["a", "{y}", "{y...}", ""] { patterns.append([one, two]) }
    }
    let letters = ["a", "b", "c", ""]
    var paths: [[String]] = letters.map { [$0] }
    for one in letters { paths += letters.map { [one, $0] } }
    for one in letters { for two in letters { paths += letters.map { [one, two, $0] } } }

    var random = SeededNumbers(seed: 7)
    for round in 0..<300 {
      let chosen = Array(patterns.shuffled(using: &random).prefix(Int(random.next() % 6) + 1))
      let routes = try Routes(chosen.map { "GET /" + $0.joined(separator: "/") })
      for path in paths {
        let text = "/" + path.joined(separator: "/")
        let expected = Self.plainSearch(chosen, path)
        #expect(
          routes.find(.get, text).1?.pattern
            == expected.map { "GET /" + $0.joined(separator: "/") },
          "seed 7, round \(round), \(chosen), \(text)")
      }
    }
  }

  /// The pattern that matches and is the most literal, segment by segment from the front.
  static func plainSearch(_ patterns: [[String]], _ path: [String]) -> [String]? {
    func rank(_ segment: String) -> Int {
      segment.hasSuffix("...}") ? 2 : segment.hasPrefix("{") ? 1 : 0
    }
    func matches(_ pattern: [String]) -> Bool {
      for (index, segment) in pattern.enumerated() {
        guard index < path.count else { return false }
        if segment.hasSuffix("...}") { return !path[index...].joined(separator: "/").isEmpty }
        if segment.hasPrefix("{") ? path[index].isEmpty : segment != path[index] { return false }
      }
      return pattern.count == path.count
    }
    return patterns.filter(matches).min { left, right in
      left.map(rank).lexicographicallyPrecedes(right.map(rank))
    }
  }
}
