import Bytes
import CommandTable
import JSON
import LakectlCommands
import LakectlTesting
import TestSupport
import Testing

@Suite("The table of lakectl")
struct TableTests {
  @Test("keeps every rule of tables")
  func rules() {
    let kinds = Set(Surroundings.localCompleters.keys).union(ClusterCompleters.kinds)
    #expect(TableRules.problems(in: Lakectl.root, resourceKinds: kinds) == [])
  }

  @Test("names all groups under a heading")
  func headings() {
    for group in Lakectl.root.children { #expect(group.heading != nil, "\(group.name)") }
  }

  @Test("every page of help fits 80 columns")
  func helpFits() {
    var paths = Lakectl.root.calls.map(\.path) + Lakectl.root.children.map { [$0.name] }
    paths.append([])
    for path in paths {
      let page = HelpPage(root: Lakectl.root, path: path).text()
      #expect(page.hasPrefix("lakectl"))
      for line in page.split(separator: "\n") where !line.hasPrefix("  lakectl ") {
        #expect(TextWidth.of(line) <= 80, "\(path): \(line)")
      }
    }
    for topic in HelpTopic.allCases {
      for line in topic.text(root: Lakectl.root, style: .plain).split(separator: "\n") {
        #expect(TextWidth.of(line) <= 80, "\(topic): \(line)")
      }
    }
  }

  @Test("every JSON document has the keys that its schema requires")
  func schemas() async throws {
    for (command, steps) in GoldenTests.steps {
      guard
        let call = Lakectl.root.descendant(at: command.split(separator: " ").map(String.init))?
          .call, call.output.shape != .document
      else { continue }
      let job = try #require(Lakectl.root.descendant(at: ["job", "show"])?.call)
      for step in steps where step.line.contains("-o json") && !step.line.contains("jsonl") {
        let result = await GoldenTests.transcript(step).result
        guard !result.output.isEmpty else { continue }
        // A job that was waited for is answered as itself.
        let isJob = call.isJob && step.line.contains("--wait")
        let schema = OutputSchema.schema(of: isJob ? job.output : call.output)
        Self.check(try JSONValue(parsing: result.output), against: schema, "\(step.line)")
      }
    }
  }

  /// The part of JSON Schema that our schemas use.
  static func check(_ value: JSONValue, against schema: JSONValue, _ place: String) {
    guard case .object(let rules) = schema else { return }
    if let constant = rules["const"] { #expect(value == constant, "\(place)") }
    if let type = rules["type"] {
      let names: [String] =
        if case .array(let types) = type { types.compactMap(\.string) } else { [type.string ?? ""] }
      let found = Self.type(of: value)
      // A whole number is a number.
      let isFine = names.contains(found) || found == "integer" && names.contains("number")
      #expect(isFine, "\(place) is \(found)")
    }
    if case .object(let object) = value {
      if case .array(let required)? = rules["required"] {
        #expect(object.names == required.compactMap(\.string), "\(place)")
      }
      if case .object(let properties)? = rules["properties"] {
        for member in properties.members {
          guard let inner = object[member.name] else { continue }
          self.check(inner, against: member.value, "\(place).\(member.name)")
        }
      }
    }
    if case .array(let elements) = value, let items = rules["items"] {
      for element in elements { self.check(element, against: items, "\(place)[]") }
    }
  }

  static func type(of value: JSONValue) -> String {
    switch value {
    case .null: "null"
    case .boolean: "boolean"
    case .string: "string"
    case .array: "array"
    case .object: "object"
    case .number: value.int64 == nil ? "number" : "integer"
    }
  }
}
