import Bytes
public import JSON

/// Values under names that are compared byte by byte. Swift's own strings hold two spellings of one
/// accented letter for equal; to a catalog they are two names.
public struct TextMap<Value: Hashable & Sendable>: Hashable, Sendable {
  private var entries: [ExactText: Value] = [:]

  public init() {}

  public var count: Int { self.entries.count }
  public var isEmpty: Bool { self.entries.isEmpty }

  public subscript(name: String) -> Value? {
    get { self.entries[ExactText(name)] }
    set { self.entries[ExactText(name)] = newValue }
  }

  /// In the order of the names' bytes.
  public var sorted: [(name: String, value: Value)] {
    self.entries.map { (name: $0.key.text, value: $0.value) }
      .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  public var names: [String] { self.sorted.map(\.name) }

  public mutating func removeAll(where isRemoved: (String, Value) -> Bool) {
    self.entries = self.entries.filter { !isRemoved($0.key.text, $0.value) }
  }

  public func contains(where predicate: (String, Value) -> Bool) -> Bool {
    self.entries.contains { predicate($0.key.text, $0.value) }
  }

  mutating func reserveCapacity(_ count: Int) { self.entries.reserveCapacity(count) }
}

/// Names and values of settings.
public typealias Properties = TextMap<String>

extension TextMap: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (String, Value)...) {
    for (name, value) in elements { self[name] = value }
  }
}

extension TextMap: JSONEncodable where Value: JSONEncodable {
  public func encode(to json: inout JSONWriter) {
    json.object { json in
      for (name, value) in self.sorted {
        json.name(name)
        value.encode(to: &json)
      }
    }
  }
}

extension TextMap: JSONDecodable where Value: JSONDecodable {
  public init(json: JSONCursor) throws(JSONError) {
    self.init()
    guard json.kind == .object else { throw json.mismatch("an object") }
    self.reserveCapacity(json.count ?? 0)
    var members = json.members
    while let member = members.next() {
      let name = member.name
      do { self[name] = try Value(json: member.value) } catch { throw error.inside(member: name) }
    }
  }
}

/// A text that is equal to others by its bytes.
struct ExactText: Hashable, Sendable {
  let text: String

  init(_ text: String) { self.text = text }

  static func == (left: Self, right: Self) -> Bool { left.text.isSame(as: right.text) }

  func hash(into hasher: inout Hasher) {
    var text = self.text
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }
}
