// What makes two schemas, specs or orders the same, for finding one among thousands.

struct SchemaContent: Hashable {
  let fields: [NestedField]
  let identifiers: Set<Int>

  init(_ schema: Schema) {
    self.fields = schema.fields
    self.identifiers = Set(schema.identifierFieldIDs)
  }
}

struct SpecContent: Hashable {
  struct Field: Hashable {
    let sourceIDs: [Int]
    let transform: Transform
    let name: ExactText
  }

  let fields: [Field]

  init(_ spec: PartitionSpec) {
    self.fields = spec.fields.map {
      Field(sourceIDs: $0.sourceIDs, transform: $0.transform, name: ExactText($0.name))
    }
  }
}

struct SortContent: Hashable {
  let fields: [SortField]

  init(_ order: SortOrder) { self.fields = order.fields }
}

/// Which partition field ids are taken, and by what.
struct PartitionFieldIDs {
  struct Meaning: Hashable {
    let sourceIDs: [Int]
    let transform: Transform

    init(_ field: PartitionField) {
      self.sourceIDs = field.sourceIDs
      self.transform = field.transform
    }
  }

  private var meanings: [Int: Meaning] = [:]
  private var ids: [Meaning: Int] = [:]

  init(_ specs: [PartitionSpec]) { for spec in specs { self.note(spec) } }

  mutating func note(_ spec: PartitionSpec) {
    for field in spec.fields {
      let meaning = Meaning(field)
      self.meanings[field.fieldID] = meaning
      if self.ids[meaning] == nil { self.ids[meaning] = field.fieldID }
    }
  }

  /// The id of a field: the one it brings when that is free or means the same, else the one that its
  /// meaning has already; nil when it needs a new one.
  func id(of field: PartitionField) -> Int? {
    let meaning = Meaning(field)
    if field.fieldID != PartitionField.unassignedID {
      guard let taken = self.meanings[field.fieldID], taken != meaning else {
        return field.fieldID
      }
    }
    return self.ids[meaning]
  }
}
