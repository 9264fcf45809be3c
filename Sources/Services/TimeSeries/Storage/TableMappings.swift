import Runtime
package import SeriesSchema

/// The tables of subjects, made once for each revision of the schema.
package final class TableMappings: Sendable {
  private let state = Guarded<[SchemaKey: TableMapping]>([:])

  package init() {}

  package subscript(subject: Subject) -> TableMapping {
    self.state.withLock { known in
      if let mapping = known[subject.key], mapping.subject === subject { return mapping }
      let mapping = TableMapping(subject)
      known[subject.key] = mapping
      return mapping
    }
  }
}
