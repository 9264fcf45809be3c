import Protobuf
import SeriesModel
import SeriesQL
import SeriesSchema
import SeriesTesting
import SeriesWire
import Testing

/// Texts clause by clause: those that are no query are refused at once and say where, the others are requests.
@Suite("Texts of BydbQL")
struct BydbQLCorpusTests {
  private static let head = "SELECT trace_id FROM STREAM sw IN st"
  private static let value = "SELECT value FROM MEASURE cpm IN ms TIME > '-1h'"
  private static let top = "SHOW TOP 3 FROM MEASURE cpm_top IN ms TIME > '-1h'"

  /// What follows is put behind these.
  static let refused: [(String, [String])] = [
    (
      "",
      [
        "", " \t\n", ";", "SELEC a FROM STREAM sw IN st", "SHOW", "SHOW 3 FROM MEASURE m IN g",
        "EXPLAIN SELECT a FROM STREAM sw IN st", "SELECT FROM STREAM sw IN st",
        "SELECT , a FROM STREAM sw IN st", "SELECT a b FROM STREAM sw IN st",
        "SELECT a,,b FROM STREAM sw IN st", "SELECT *, a FROM STREAM sw IN st",
        "SELECT a, * FROM STREAM sw IN st", "SELECT (a) FROM STREAM sw IN st",
        "SELECT ( FROM STREAM sw IN st", "SELECT a. FROM STREAM sw IN st",
        "SELECT .a FROM STREAM sw IN st", "SELECT a..b FROM STREAM sw IN st",
        "SELECT a:: FROM STREAM sw IN st", "SELECT a::COLUMN FROM STREAM sw IN st",
        "SELECT ::TAG FROM STREAM sw IN st", "SELECT 'a-b' FROM STREAM sw IN st",
        "SELECT '' FROM STREAM sw IN st", "SELECT 1a FROM STREAM sw IN st",
        "SELECT time FROM STREAM sw IN st", "SELECT limit, a FROM STREAM sw IN st",
        "SELECT SUM FROM MEASURE m IN g", "SELECT SUM(a, b) FROM MEASURE m IN g",
        "SELECT SUM(*) FROM MEASURE m IN g", "SELECT SUM(a FROM MEASURE m IN g",
        "SELECT SUM(a)::FIELD FROM MEASURE m IN g", "SELECT MEDIAN(a) FROM MEASURE m IN g",
        "SELECT TOP a FROM MEASURE m IN g", "SELECT TOP -1 a FROM MEASURE m IN g",
        "SELECT TOP 2147483648 a FROM MEASURE m IN g", "SELECT TOP 3 FROM MEASURE m IN g",
        "SELECT TOP 3 a UP FROM MEASURE m IN g", "SELECT TOP 3 a DESC b FROM MEASURE m IN g",
        "SELECT TOP 3 a, FROM MEASURE m IN g", "SELECT a FROM sw", "SELECT a FROM STREAMS sw IN st",
        "SELECT a FROM GROUP sw IN st", "SELECT a FROM STREAM IN st",
        "SELECT a FROM STREAM 'sw' IN st",
        "SELECT a FROM STREAM 7 IN st", "SELECT a FROM STREAM sw, sv IN st",
        "SELECT a FROM STREAM sw", "SELECT a FROM STREAM sw IN", "SELECT a FROM STREAM sw IN ()",
        "SELECT a FROM STREAM sw IN 'st'", "SELECT a FROM STREAM sw IN (st st)",
        "SELECT a FROM STREAM sw IN ((st))", "SELECT a FROM STREAM sw IN st,",
        "SELECT a FROM STREAM sw ON warm STAGES IN st",
        "SELECT a FROM TOPN sw IN st", "SELECT a FROM STREAM sw IN measure",
        "SELECT a INTO b FROM STREAM sw IN st", "SELECT DISTINCT a FROM STREAM sw IN st",
      ]
    ),
    (
      Self.head,
      [
        "ON warm", "ON STAGES", "ON (warm STAGES", "ON 'warm' STAGES", "TIME", "TIME '-1h'",
        "TIME != '-1h'", "TIME > NULL", "TIME > now", "TIME > -1h", "TIME > '-1h' AND TIME < 'now'",
        "TIME BETWEEN '-1h'", "TIME BETWEEN '-1h', 'now'", "TIME BETWEEN '-1h' OR 'now'",
        "TIME IN ('-1h')", "TIME == '-1h'", "TIME > '-1h' TIME < 'now'", "WHERE",
        "WHERE trace_id", "WHERE trace_id =", "WHERE = 'a'", "WHERE trace_id == 'a'",
        "WHERE trace_id <> 'a'", "WHERE trace_id = b", "WHERE 'a' = trace_id AND",
        "WHERE trace_id = 'a' AND", "WHERE trace_id = 'a' OR", "WHERE OR trace_id = 'a'",
        "WHERE NOT trace_id = 'a'", "WHERE trace_id = 'a' trace_id = 'b'",
        "WHERE trace_id = 'a' XOR trace_id = 'b'", "WHERE trace_id = ('a')",
        "WHERE trace_id IS NULL", "WHERE trace_id LIKE 'a%'", "WHERE trace_id IN 'a'",
        "WHERE trace_id IN ('a'", "WHERE trace_id IN ('a',)", "WHERE trace_id IN (,'a')",
        "WHERE trace_id IN ('a' 'b')", "WHERE trace_id NOT ('a')",
        "WHERE trace_id NOT NOT IN ('a')",
        "WHERE tags HAVING", "WHERE tags HAVING ()", "WHERE tags HAVING ('a',)",
        "WHERE tags NOT HAVING 'a', 'b'", "WHERE trace_id MATCH 'a'", "WHERE trace_id MATCH()",
        "WHERE trace_id MATCH(())", "WHERE trace_id MATCH('a', simple)",
        "WHERE trace_id MATCH('a', 'simple', AND)", "WHERE trace_id MATCH('a', ?)",
        "WHERE trace_id MATCH('a', 'simple', 'AND', 1)", "WHERE trace_id NOT MATCH('a')",
        "WHERE ()", "WHERE (trace_id = 'a'", "WHERE trace_id = 'a')", "WHERE ((trace_id = 'a')",
        "WHERE trace_id = 1.5", "WHERE trace_id = 0x10", "WHERE trace_id = - 1",
        "WHERE trace_id = TRUE", "WHERE trace_id = 9223372036854775808",
        "WHERE trace_id = -9223372036854775809", "WHERE trace_id = 'it's'",
        "WHERE trace_id = 'a\\d'", "WHERE trace_id = 'a\\'", "WHERE trace_id = '\\xg0'",
        "WHERE trace_id = '\\u12'", "WHERE trace_id = '\\U00110000'", "WHERE trace_id = '\\ud800'",
        "WHERE trace_id = '\\400'", "WHERE trace_id = `a`", "WHERE trace_id = 'a' -- all",
        "WHERE trace_id = 'a' # all", "WHERE trace_id = 'a' /* all */", "WHERE trace_id = $1",
        "WHERE trace_id = :a", "WHERE trace_id = 'a'; DROP STREAM sw", "WHERE ? = 'a'",
        "WHERE trace_id ? 'a'", "WHERE trace_id::TAG = 'a'", "WHERE SUM(trace_id) = 1",
        "GROUP trace_id", "GROUP BY", "GROUP BY trace_id,", "GROUP BY 1", "GROUP BY ?",
        "GROUP BY SUM(trace_id)", "HAVING trace_id = 'a'", "ORDER trace_id", "ORDER BY",
        "ORDER BY 1", "ORDER BY trace_id UP", "ORDER BY trace_id, duration",
        "ORDER BY DESC trace_id", "ORDER BY trace_id DESC ASC", "ORDER BY trace_id NULLS LAST",
        "ORDER BY limit", "WITH", "WITH TRACE", "QUERY_TRACE", "LIMIT", "LIMIT ten", "LIMIT '10'",
        "LIMIT 1.5", "LIMIT -1", "LIMIT 4294967296", "LIMIT 99999999999999999999", "LIMIT ALL",
        "LIMIT 1, 2", "LIMIT 1 LIMIT 2", "OFFSET", "OFFSET -1", "OFFSET 4294967296",
        "OFFSET 1 LIMIT 2", "LIMIT 1 WITH QUERY_TRACE", "LIMIT 1 WHERE trace_id = 'a'",
        "ORDER BY trace_id WHERE trace_id = 'a'", "WHERE trace_id = 'a' TIME > '-1h'",
        "WHERE trace_id = 'a' WHERE duration = 1", "GROUP BY trace_id WHERE trace_id = 'a'",
        "UNION SELECT trace_id FROM STREAM sw IN st", "FETCH 1", "AGGREGATE BY SUM",
      ]
    ),
    (
      Self.top,
      [
        "WHERE id = 'a' OR id = 'b'", "WHERE (id = 'a' OR id = 'b')", "WHERE (id = 'a'",
        "GROUP BY id", "AGGREGATE", "AGGREGATE BY", "AGGREGATE SUM", "AGGREGATE BY value",
        "AGGREGATE BY SUM(value)", "AGGREGATE BY SUM, MAX", "ORDER BY value", "ORDER BY ?",
        "ORDER DESC", "LIMIT 3", "OFFSET 3", "ORDER BY DESC AGGREGATE BY MAX", "DESC",
      ]
    ),
    (
      "SHOW TOP",
      [
        "FROM MEASURE cpm_top IN ms TIME > '-1h'", "0 FROM MEASURE cpm_top IN ms TIME > '-1h'",
        "-3 FROM MEASURE cpm_top IN ms TIME > '-1h'",
        "2147483648 FROM MEASURE cpm_top IN ms TIME > '-1h'",
        "'3' FROM MEASURE cpm_top IN ms TIME > '-1h'", "3 value FROM MEASURE cpm_top IN ms",
        "3 FROM STREAM sw IN st", "3 FROM TRACE spans IN tr", "3 FROM PROPERTY ui IN pr",
      ]
    ),
  ]

  static func error(
    _ text: String, _ parameters: [ModelWire.TagValue], _ registry: SchemaRegistry
  ) -> BydbQLError? {
    do throws(BydbQLError) {
      _ = try BydbQL.request(text, parameters, registry, now: BydbQLTests.now)
      return nil
    } catch {
      return error
    }
  }

  @Test("that are none are refused by the parser, at once and with a place")
  func none() async throws {
    #expect(Self.refused.reduce(0) { $0 + $1.1.count } > 200)
    try await BydbQLTests.running { registry in
      for (head, tails) in Self.refused {
        for tail in tails {
          let text = "\(head) \(tail)"
          var found: BydbQLError?
          let time = ContinuousClock().measure { found = Self.error(text, [], registry) }
          #expect(found?.stage == .parse, "\(text)")
          let message = found?.message ?? ""
          #expect(message.contains(" at byte ") || message.hasSuffix("at the end"), "\(text)")
          #expect(time < .milliseconds(100), "\(text)")
        }
      }
    }
  }

  static let accepted: [(String, [String])] = [
    (
      "",
      [
        "SELECT * FROM STREAM sw IN st", "select * from stream sw in st",
        "Select trace_id::Tag From Stream sw In (st)",
        "SELECT\n\ttrace_id\n,duration\r\nFROM STREAM sw IN ( st )",
        "SELECT trace_id,duration,bin,http.method,'order',\"tags\" FROM STREAM sw IN st",
        "SELECT order::TAG FROM STREAM sw IN st", "SELECT at FROM STREAM sw IN(st)",
        "SELECT searchable.duration FROM STREAM sw IN st",
        "SELECT id, layer::TAG, layer::FIELD, value FROM MEASURE cpm IN ms, ms2 TIME > '-1h'",
        "SELECT SUM(value) FROM MEASURE cpm IN ms TIME > '-1h'",
        "SELECT AVG( value ) FROM MEASURE cpm IN (ms, ms2) TIME > '-1h'",
        "SELECT id, value::FIELD, MAX(value) FROM MEASURE cpm IN ms TIME > '-1h' "
          + "GROUP BY id, value::FIELD",
        "SELECT id, value FROM MEASURE cpm IN ms TIME > '-1h' GROUP BY id",
        "SELECT layer::TAG, value FROM MEASURE cpm IN ms TIME > '-1h' GROUP BY layer",
        "SELECT id, layer::FIELD FROM MEASURE cpm IN ms TIME > '-1h' GROUP BY id, layer",
        "SELECT TOP 5 value FROM MEASURE cpm IN ms TIME > '-1h'",
        "SELECT TOP 5 value ASC, id FROM MEASURE cpm IN ms TIME > '-1h'",
        "SELECT * FROM TRACE spans IN tr", "SELECT () FROM TRACE spans IN tr",
        "SELECT trace_id, span_id FROM TRACE spans IN tr WHERE span_id != 'a' ORDER BY slow DESC",
        "SELECT * FROM PROPERTY ui IN pr", "SELECT name FROM PROPERTY ui IN pr WHERE id = 'a'",
        "SELECT name FROM PROPERTY ui IN pr WHERE ID = 7 AND port > 80 LIMIT 3",
        "SELECT name FROM PROPERTY ui IN pr WHERE ID = 'a' OR ID IN ('b', 'c')",
        "SELECT name FROM PROPERTY ui IN pr ORDER BY port",
        "SHOW TOP 3 FROM MEASURE cpm_top IN ms TIME > '-1h'",
      ]
    ),
    (
      Self.head,
      [
        "ON hot STAGES", "ON (hot, warm) STAGES", "ON warm,cold STAGES TIME > '-1h'",
        "TIME = '2026-01-01T00:00:00Z'", "TIME >= '2026-01-01T00:00:00.123456789+02:00'",
        "TIME < 'now'", "TIME <= 'NOW'", "TIME > '-1.5h'", "TIME > '-1h30m'", "TIME > '0'",
        "TIME BETWEEN '-1w' AND '+2d'", "TIME BETWEEN '-3us' AND \"-2\u{3BC}s\"",
        "WHERE trace_id = 'a'", "WHERE trace_id = \"it's\"", "WHERE trace_id = 'it\\'s'",
        "WHERE trace_id = '\\\\ \\n \\t \\x41 \\u00e9 \\U0001F600 \\101'", "WHERE trace_id = ''",
        "WHERE trace_id = 'SELECT * FROM x; -- ?'", "WHERE trace_id = 7", "WHERE duration = '7'",
        "WHERE duration = +7", "WHERE duration = -9223372036854775808",
        "WHERE duration = 9223372036854775807", "WHERE trace_id = NULL", "WHERE trace_id != null",
        "WHERE duration>1 AND duration<=5", "WHERE duration<1OR duration>=5",
        "WHERE 'order' = 'a' AND \"duration\" = 1", "WHERE http.method = 'GET'",
        "WHERE duration = 1 AND duration = 1", "WHERE (duration = 1)",
        "WHERE ((duration = 1) OR ((duration = 2 AND trace_id = 'a')))",
        "WHERE trace_id IN ('a')", "WHERE trace_id NOT IN ('a', 'b', 7)", "WHERE trace_id IN ()",
        "WHERE duration in (1, '2')", "WHERE tags HAVING 'a'", "WHERE tags HAVING ('a')",
        "WHERE tags NOT HAVING ('a', 'b')", "WHERE trace_id MATCH('a')",
        "WHERE trace_id MATCH(('a', 'b'), 'standard', 'OR')", "WHERE trace_id match('a', 'url')",
        "ORDER BY time", "ORDER BY TIME DESC", "ORDER BY 'time'", "ORDER BY DESC",
        "ORDER BY by_id ASC",
        "WITH QUERY_TRACE", "LIMIT 0", "LIMIT 4294967295 OFFSET 4294967295", "OFFSET 007",
        "WHERE trace_id = 'a' ORDER BY TIME WITH QUERY_TRACE LIMIT 1 OFFSET 1",
      ]
    ),
    (
      Self.value,
      [
        "", "WHERE id = 'a' AND (layer = 1 OR layer = 2)", "ORDER BY layer DESC", "LIMIT 5",
        "WHERE entity_id IN ('a')", "WHERE layer MATCH('a')",
      ]
    ),
    (
      Self.top,
      [
        "WHERE id = 'a'", "WHERE id = 'a' AND layer = 1", "WHERE (id = 'a' AND (layer = NULL))",
        "AGGREGATE BY mean", "ORDER BY", "ORDER BY asc", "WITH QUERY_TRACE",
        "WHERE id = '' AND layer = 0 AGGREGATE BY COUNT ORDER BY DESC WITH QUERY_TRACE",
      ]
    ),
  ]

  @Test("that are some become requests")
  func some() async throws {
    #expect(Self.accepted.reduce(0) { $0 + $1.1.count } > 80)
    try await BydbQLTests.running { registry in
      for (head, tails) in Self.accepted {
        for tail in tails {
          let text = "\(head) \(tail)"
          #expect(throws: Never.self, "\(text)") {
            _ = try BydbQL.request(text, [], registry, now: BydbQLTests.now)
          }
        }
      }
    }
  }

  @Test("say what their literals stand for")
  func literals() async throws {
    try await BydbQLTests.running { registry in
      for (literal, value) in [
        ("'it\\'s'", "it's"), ("\"a\\\"b\"", "a\"b"),
        ("'\\x41\\u00e9\\U0001F600\\101'", "A\u{E9}\u{1F600}A"),
        ("'a\\\\b\\n'", "a\\b\n"), ("+7", "7"), ("-007", "-7"), ("'+7'", "+7"),
      ] {
        guard
          case .stream(let request) = try BydbQL.request(
            Self.head + " WHERE trace_id = \(literal)", [], registry, now: BydbQLTests.now)
        else {
          Issue.record("another kind")
          continue
        }
        #expect(
          request.criteria == SeriesFixture.condition("trace_id", .eq, .string(value)),
          "\(literal)")
      }
    }
  }

  @Test("whose parts mean something unless they say otherwise")
  func defaults() async throws {
    try await BydbQLTests.running { registry in
      let now = BydbQLTests.now
      func measure(_ text: String) throws -> MeasureWire.QueryRequest? {
        guard
          case .measure(let request) = try BydbQL.request(
            text + " FROM MEASURE cpm IN ms TIME > '-1h'", [], registry, now: now)
        else { return nil }
        return request
      }
      #expect(try measure("SELECT TOP 5 value")?.top?.fieldValueSort == .asc)
      #expect(try measure("SELECT TOP 5 value DESC")?.top?.fieldValueSort == .desc)
      guard
        case .property(let property) = try BydbQL.request(
          "SELECT name FROM PROPERTY ui IN pr WHERE ID = 'a' OR ID IN ('b', 'c')", [], registry,
          now: now),
        case .stream(let stream) = try BydbQL.request(
          Self.head + " TIME > '0' ORDER BY 'Time' DESC", [], registry, now: now)
      else {
        Issue.record("another kind")
        return
      }
      #expect(property.ids == ["a", "b", "c"])
      #expect(property.criteria == nil)
      #expect(stream.orderBy?.indexRuleName == "")
      #expect(stream.timeRange == SeriesFixture.range(now, now))
      for (text, begin) in [
        ("1969-12-31T23:59:59.9995Z", -1_000_000), ("1969-12-31T23:59:59.999Z", -1_000_000),
        ("1970-01-01T00:00:00.0005Z", 0), ("1677-09-21T00:12:43.145224193Z", .min + 1),
      ] as [(String, Int64)] {
        let request = try BydbQL.request(Self.head + " TIME = '\(text)'", [], registry, now: now)
        guard case .stream(let early) = request else { continue }
        #expect(early.timeRange == SeriesFixture.range(begin, begin), "\(text)")
      }
    }
  }

  @Test("whose functions have fields that are called like words of the language")
  func keywords() async throws {
    let fixture = SchemaFixture()
    try await fixture.running { registry in
      _ = try await registry.create(SchemaFixture.group("ms", .measure))
      var measure = SchemaFixture.measure("ms", "cpm")
      measure.fields[0].name = "count"
      _ = try await registry.create(measure)
      guard
        case .measure(let request) = try BydbQL.request(
          "SELECT id, count::FIELD, SUM(count) FROM MEASURE cpm IN ms TIME > '-1h' "
            + "GROUP BY id, count::FIELD", [], registry, now: BydbQLTests.now)
      else {
        Issue.record("another kind")
        return
      }
      #expect(request.agg?.fieldName == "count")
      #expect(request.groupBy?.fieldName == "count")
    }
  }

  @Test(
    "that the schema does not bear out, or of which a part means nothing, are refused later",
    arguments: [
      "SELECT id, SUM(value) FROM MEASURE cpm IN ms TIME > '-1h' GROUP BY id",
      "SELECT value, layer::FIELD FROM MEASURE cpm IN ms TIME > '-1h' "
        + "GROUP BY value, layer::FIELD",
      "SELECT trace_id FROM STREAM sw IN st GROUP BY trace_id",
      "SELECT MAX(duration) FROM STREAM sw IN st", "SELECT TOP 3 duration FROM STREAM sw IN st",
      "SELECT trace_id::FIELD FROM STREAM sw IN st",
      "SELECT span_id::FIELD FROM TRACE spans IN tr",
      "SELECT () FROM MEASURE cpm IN ms TIME > '-1h'",
      "SELECT nobody.duration FROM STREAM sw IN st",
      "SELECT TOP 3 id FROM MEASURE cpm IN ms TIME > '-1h'",
      "SELECT SUM(id) FROM MEASURE cpm IN ms TIME > '-1h'",
      "SELECT id FROM MEASURE cpm IN ms TIME > '-1h' WHERE value = 1",
      "SELECT trace_id FROM STREAM sw IN st WHERE tags IN (NULL)",
      "SELECT trace_id FROM STREAM sw IN st WHERE trace_id MATCH(NULL)",
      "SELECT trace_id FROM STREAM sw IN st WHERE trace_id MATCH('a', '', 'XOR')",
      "SELECT trace_id FROM STREAM sw IN st WHERE duration IN (1, 'x')",
      "SELECT trace_id FROM STREAM sw IN st TIME > '12'",
      "SELECT trace_id FROM STREAM sw IN st TIME > '-1y'",
      "SELECT trace_id FROM STREAM sw IN st TIME > '2026-01-01'",
      "SELECT trace_id FROM STREAM sw IN st TIME > '2026-13-01T00:00:00Z'",
      "SELECT trace_id FROM STREAM sw IN st TIME > ''",
      "SELECT name FROM PROPERTY ui IN pr TIME > '-1h'",
      "SELECT name FROM PROPERTY ui IN pr OFFSET 1",
      "SELECT name FROM PROPERTY ui IN pr GROUP BY name",
      "SELECT name FROM PROPERTY ui IN pr ORDER BY TIME",
      "SELECT name FROM PROPERTY ui IN pr WHERE ID IN (NULL)",
      "SELECT name FROM PROPERTY ui IN pr WHERE ID IN ()",
      "SELECT id, layer::TAG, layer::FIELD FROM MEASURE cpm IN ms TIME > '-1h' GROUP BY id, layer",
      "SELECT name FROM PROPERTY ui IN pr WHERE ID NOT IN ('a')",
      "SHOW TOP 3 FROM MEASURE cpm_top IN ms TIME > '-1h' WHERE id != 'a'",
      "SHOW TOP 3 FROM MEASURE cpm_top IN ms TIME > '-1h' WHERE id IN ('a')",
      "SHOW TOP 3 FROM MEASURE cpm IN ms TIME > '-1h'",
    ])
  func unborne(text: String) async throws {
    try await BydbQLTests.running { registry in
      let error = Self.error(text, [], registry)
      #expect(error?.stage == .transform, "\(text): \(String(describing: error))")
    }
  }

  @Test("have parameters in the range of their place")
  func counts() async throws {
    try await BydbQLTests.running { registry in
      for (text, number) in [
        ("SHOW TOP ? FROM MEASURE cpm_top IN ms TIME > '-1h'", 0),
        ("SHOW TOP ? FROM MEASURE cpm_top IN ms TIME > '-1h'", 1 << 31),
        ("SELECT TOP ? value FROM MEASURE cpm IN ms TIME > '-1h'", 1 << 31),
        (Self.head + " LIMIT ?", 1 << 32), (Self.head + " OFFSET ?", -1),
      ] as [(String, Int64)] {
        let error = Self.error(text, [SeriesFixture.int(number)], registry)
        #expect(error?.stage == .bind, "\(text)")
        #expect(error?.message.contains("parameter 1") == true, "\(text)")
      }
    }
  }
}
