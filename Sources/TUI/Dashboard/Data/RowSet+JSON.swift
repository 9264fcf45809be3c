package import CommandTable
package import JSON
private import Values

/// Rows from what the admin API answers: `{"items": [...]}`, `{"item": {...}}`, a bare array or a
/// bare object. What is no object is left out.
extension RowSet {
  package init(_ json: JSONValue, nameKeys: [String]) {
    let objects = Self.objects(in: json)
    var keys: [String] = []
    var known: Set<String> = []
    for object in objects {
      for member in object.members where known.insert(member.name).inserted {
        keys.append(member.name)
      }
      if keys.count >= Self.keyCountMax { break }
    }
    self.init(keys: keys)
    self.reserveCapacity(objects.count)
    let shown = self.keys
    for object in objects {
      // Most rows have the same members in the same order.
      let members = object.members
      let cells = shown.enumerated().map { at, key in
        at < members.count && members[at].name == key
          ? Cell(members[at].value, key: key)
          : object[key].map { Cell($0, key: key) } ?? .null
      }
      self.append(cells, nameKeys: nameKeys)
    }
  }

  private static func objects(in json: JSONValue) -> [JSONObject] {
    if let items = json.array ?? json["items"]?.array { return items.compactMap(\.object) }
    if let item = json["item"]?.object ?? json.object { return [item] }
    return []
  }

  /// Where the next part of a list begins.
  package static func next(in json: JSONValue) -> String? {
    json["next"]?.string
  }
}

extension Cell {
  /// The key says what a text is: `_at` is a time.
  package init(_ json: JSONValue, key: String) {
    switch json {
    case .null: self = .null
    case .boolean(let value): self = .flag(value)
    case .number(let number):
      if let value = number.integer(as: Int64.self) {
        self = .integer(value)
      } else {
        self = number.nearestDouble.map { .real($0) } ?? .null
      }
    case .string(let text):
      if key == "at" || key.hasSuffix("_at"), let time = try? Timestamp(parsing: text) {
        self = .time(time)
      } else {
        self = .text(text)
      }
    case .array(let values):
      let texts = values.compactMap(\.string)
      self = texts.count == values.count ? .list(texts) : .document(json)
    case .object: self = .document(json)
    }
  }
}
