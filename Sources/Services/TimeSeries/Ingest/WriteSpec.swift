import SeriesSchema
import SeriesStorage
import SeriesWire

/// Where the values of a message go: positions of the message → tags and fields of the schema.
struct WriteSpec: Sendable {
  /// By family of the message, by position: the tag; nil for a name that the schema does not have.
  var families: [[Int?]]
  /// By position: the field.
  var fields: [Int?]
  /// By tag: whether a message has a position for it. One that has none is null on purpose.
  private(set) var isPlaced: [Bool]

  /// As the schema has them.
  init(_ subject: Subject) {
    self.families = subject.families.map { $0.tags.map { $0 } }
    self.fields = subject.fields.indices.map { $0 }
    self.isPlaced = subject.tags.map { _ in true }
  }

  init(_ specs: [(family: String, tags: [String])], fields: [String], _ subject: Subject) {
    self.families = specs.map { spec in
      spec.tags.map { name in
        guard let tag = subject.tag(name), subject.tags[tag].family == spec.family else {
          return nil
        }
        return tag
      }
    }
    self.fields = fields.map { subject.field($0) }
    self.isPlaced = subject.tags.map { _ in false }
    for tag in self.families.joined() {
      if let tag { self.isPlaced[tag] = true }
    }
  }
}

/// What a stream of writes said of positions, kept until it says otherwise.
struct StickySpec: Sendable, Hashable {
  struct Family: Sendable, Hashable {
    var name: String
    var tags: [String]
  }

  var families: [Family] = []
  var fields: [String] = []
  var isGiven = false

  func spec(_ subject: Subject) -> WriteSpec {
    guard self.isGiven else { return WriteSpec(subject) }
    return WriteSpec(
      self.families.map { ($0.name, $0.tags) }, fields: self.fields, subject)
  }
}
