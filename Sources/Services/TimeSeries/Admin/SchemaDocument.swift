import Admin
import JSON
import Protobuf
import SeriesSchema
import SeriesWire

/// Objects of a schema as documents: the JSON of the public schema, read in both spellings, written in
/// snake_case and without what the server sets.
enum SchemaDocument {
  static func kind(_ word: SeriesKindWord) -> SchemaKind {
    switch word {
    case .group: .group
    case .stream: .stream
    case .measure: .measure
    case .trace: .trace
    case .property: .property
    case .indexRule: .indexRule
    case .indexBinding: .indexRuleBinding
    case .topn: .topN
    }
  }

  /// Throws `badRequest` for what is no object of the kind.
  static func object(
    _ word: SeriesKindWord, _ document: JSONValue
  ) throws(AdminError) -> any SchemaObject {
    guard var members = document.object else {
      throw .badSeriesValue(
        "the document of a \(word.rawValue) was not understood", why: "it is no object")
    }
    members["kind"] = nil
    let text = JSONValue.object(members).text()
    do throws(ProtobufError) {
      return switch word {
      case .group: try CommonWire.Group(json: text)
      case .stream: try DatabaseWire.Stream(json: text)
      case .measure: try DatabaseWire.Measure(json: text)
      case .trace: try DatabaseWire.Trace(json: text)
      case .property: try DatabaseWire.Property(json: text)
      case .indexRule: try DatabaseWire.IndexRule(json: text)
      case .indexBinding: try DatabaseWire.IndexRuleBinding(json: text)
      case .topn: try DatabaseWire.TopNAggregation(json: text)
      }
    } catch {
      throw .badSeriesValue(
        "the document of a \(word.rawValue) was not understood", why: error.message)
    }
  }

  /// What `apply` makes it again from.
  static func document(_ word: SeriesKindWord, _ object: some SchemaObject) -> JSONValue {
    var bare = object.bare
    if word == .indexRule { bare.metadata?.id = object.metadata?.id ?? 0 }
    var options = JSONEncodingOptions()
    options.usesSchemaNames = true
    options.isDeterministic = true
    var members = JSONObject()
    members["kind"] = .string(word.rawValue)
    let text = (try? bare.json(options)) ?? "{}"
    for member in (try? JSONValue(parsing: text))?.object?.members ?? [] {
      members[member.name] = member.value
    }
    return .object(members)
  }

  /// Members that are different, by their paths.
  static func changes(from old: JSONValue, to new: JSONValue) -> [String] {
    var names: [String] = []
    let members = (old.object?.names ?? []) + (new.object?.names ?? [])
    for name in members where !names.contains(name) && old[name] != new[name] {
      names.append(name)
    }
    return names
  }
}
