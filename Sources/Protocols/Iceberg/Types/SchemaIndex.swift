/// The fields of a schema by id and by name.
public struct SchemaIndex: Sendable {
  private var places: [Int: FieldPlace] = [:]
  private var idsByPath: [ExactText: Int] = [:]
  private var idsByLowercasedPath: [ExactText: Int] = [:]

  public init(_ schema: Schema) {
    var short: [(String, Int)] = []
    schema.forEachField { place in
      self.places[place.id] = place
      self.note(place.path, place.id)
      if place.isRepeated { short.append((Self.shortened(place.path), place.id)) }
    }
    // Fields inside of lists and maps have a second name, without `element` and `value`.
    for (path, id) in short { self.note(path, id) }
  }

  private mutating func note(_ path: String, _ id: Int) {
    if self.idsByPath[ExactText(path)] == nil { self.idsByPath[ExactText(path)] = id }
    let lowercased = ExactText(path.lowercased())
    if self.idsByLowercasedPath[lowercased] == nil { self.idsByLowercasedPath[lowercased] = id }
  }

  private static func shortened(_ path: String) -> String {
    let parts = path.split(separator: ".", omittingEmptySubsequences: false)
    guard let last = parts.last else { return path }
    let kept = parts.dropLast().filter { $0 != "element" && $0 != "value" }
    return (kept + [last]).joined(separator: ".")
  }

  public subscript(id: Int) -> FieldPlace? { self.places[id] }

  public func field(named path: String, isCaseSensitive: Bool = true) -> FieldPlace? {
    let id =
      isCaseSensitive
      ? self.idsByPath[ExactText(path)] : self.idsByLowercasedPath[ExactText(path.lowercased())]
    return id.flatMap { self.places[$0] }
  }

  public var count: Int { self.places.count }
}
