import SeriesModel
import SeriesSchema
import SeriesWire

/// The columns that a statement can name: of its object, in all its groups.
struct ColumnCatalog {
  struct Tag: Sendable {
    var name: String
    var family: String
    var type: SeriesType
  }

  private(set) var tags: [Tag] = []
  private(set) var fields: [String] = []
  private var tagIndex: [String: Int] = [:]

  init(subjects: [Subject]) {
    for subject in subjects {
      for tag in subject.tags { self.add(Tag(name: tag.name, family: tag.family, type: tag.type)) }
      for field in subject.fields where !self.fields.contains(field.name) {
        self.fields.append(field.name)
      }
    }
  }

  init(properties: [DatabaseWire.Property]) {
    for property in properties {
      for tag in property.tags {
        guard let type = SeriesType(tag: tag.type) else { continue }
        self.add(Tag(name: tag.name, family: "", type: type))
      }
    }
  }

  private mutating func add(_ tag: Tag) {
    guard self.tagIndex[tag.name] == nil else { return }
    self.tagIndex[tag.name] = self.tags.count
    self.tags.append(tag)
  }

  /// By its name, or by family, dot and name.
  func tag(_ path: String) -> Tag? {
    if let index = self.tagIndex[path] { return self.tags[index] }
    guard let dot = path.firstIndex(of: ".") else { return nil }
    let name = String(path[path.index(after: dot)...])
    guard let index = self.tagIndex[name], self.tags[index].family == path[..<dot] else {
      return nil
    }
    return self.tags[index]
  }

  func hasField(_ path: String) -> Bool { self.fields.contains(path) }

  enum Found {
    case tag(Tag)
    case field(String)

    /// What a name without a scope stands for.
    static func one(of tag: Tag?, _ isField: Bool, _ path: String) throws(BydbQLError) -> Found {
      switch (tag, isField) {
      case (_?, true):
        throw .transform("\(path) is a tag and a field: write \(path)::TAG or \(path)::FIELD")
      case (let tag?, false): return .tag(tag)
      case (nil, true): return .field(path)
      case (nil, false): throw .transform("there is no column \(path)")
      }
    }
  }

  func find(_ column: Statement.Column) throws(BydbQLError) -> Found {
    let tag = column.scope == .field ? nil : self.tag(column.path)
    let isField = column.scope != .tag && self.hasField(column.path)
    return try .one(of: tag, isField, column.path)
  }
}
