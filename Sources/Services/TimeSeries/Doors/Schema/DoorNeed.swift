import Bytes
import SeriesModel

/// What points ask of a measure that the schema may not have yet.
struct DoorNeed: Sendable {
  /// In the order in which they came.
  private(set) var tags: [String] = []
  private(set) var fields: [(name: String, type: SeriesType)] = []
  private var knownTags: Set<String> = []
  private var knownFields: Set<String> = []

  mutating func add(_ point: borrowing DoorPoint) {
    for tag in point.tags {
      let name = point.text(tag.key)
      if self.knownTags.insert(name).inserted { self.tags.append(name) }
    }
    for field in point.fields {
      let name = point.text(field.key)
      // Who comes first decides the type; others are told of the clash.
      if self.knownFields.insert(name).inserted { self.fields.append((name, field.value.type)) }
    }
  }
}
