extension TableMetadataBuilder {
  mutating func add(_ spec: PartitionSpec) throws(IcebergError) {
    guard let schema = self.boundSchema else {
      throw .validation("a partition spec needs a schema, and there is none yet")
    }
    var known = self.partitionFieldIDs ?? PartitionFieldIDs(self.metadata.partitionSpecs)
    var spec = spec
    var last = self.metadata.lastPartitionID
    for position in spec.fields.indices {
      let id = try self.partitionFieldID(of: spec.fields[position], at: position, known, last)
      spec.fields[position].fieldID = id
      last = max(last, id)
    }
    try spec.check(
      against: self.index(of: schema), formatVersion: self.metadata.formatVersion)
    var ids =
      self.specIDs
      ?? Dictionary(self.metadata.partitionSpecs.map { (SpecContent($0), $0.id) }) { first, _ in
        first
      }
    let content = SpecContent(spec)
    if let id = ids[content] {
      self.lastAddedSpecID = id
    } else {
      spec.id = (self.metadata.partitionSpecs.map(\.id).max() ?? -1) + 1
      self.metadata.partitionSpecs.append(spec)
      self.metadata.lastPartitionID = max(last, self.metadata.lastPartitionID)
      known.note(spec)
      ids[content] = spec.id
      self.lastAddedSpecID = spec.id
    }
    self.specIDs = ids
    self.partitionFieldIDs = known
  }

  private func partitionFieldID(
    of field: PartitionField, at position: Int, _ known: PartitionFieldIDs, _ last: Int
  ) throws(IcebergError) -> Int {
    if self.metadata.formatVersion == 1 {
      // Of version 1 only the place in the spec counts; one id means different things in two specs.
      return field.fieldID == PartitionField.unassignedID ? 1000 + position : field.fieldID
    }
    if let id = known.id(of: field) { return id }
    guard last < Int(Int32.max) else { throw .validation("there are no more partition ids") }
    return last + 1
  }

  mutating func setDefaultSpec(_ id: Int) throws(IcebergError) {
    let id = try self.resolve(id, lastAdded: self.lastAddedSpecID, "partition spec")
    guard self.metadata.partitionSpec(id: id) != nil else {
      throw .validation("partition spec \(id) is not there and cannot be the default")
    }
    self.metadata.defaultSpecID = id
  }

  mutating func removeSpecs(_ ids: [Int]) throws(IcebergError) {
    let ids = Set(ids)
    guard !ids.contains(self.metadata.defaultSpecID) else {
      throw .validation(
        "partition spec \(self.metadata.defaultSpecID) is the default and cannot be removed")
    }
    self.metadata.partitionSpecs.removeAll { ids.contains($0.id) }
    self.specIDs = nil
    self.partitionFieldIDs = nil
    if let last = self.lastAddedSpecID, ids.contains(last) { self.lastAddedSpecID = nil }
  }

  mutating func add(_ order: SortOrder) throws(IcebergError) {
    guard let schema = self.boundSchema else {
      throw .validation("a sort order needs a schema, and there is none yet")
    }
    try order.check(against: self.index(of: schema))
    var ids =
      self.orderIDs
      ?? Dictionary(self.metadata.sortOrders.map { (SortContent($0), $0.id) }) { first, _ in first }
    let content = SortContent(order)
    if let id = ids[content] {
      self.lastAddedSortOrderID = id
    } else {
      var added = order
      added.id =
        order.fields.isEmpty ? 0 : max(0, self.metadata.sortOrders.map(\.id).max() ?? 0) + 1
      self.metadata.sortOrders.append(added)
      ids[content] = added.id
      self.lastAddedSortOrderID = added.id
    }
    self.orderIDs = ids
  }

  mutating func setDefaultSortOrder(_ id: Int) throws(IcebergError) {
    let id = try self.resolve(id, lastAdded: self.lastAddedSortOrderID, "sort order")
    guard self.metadata.sortOrder(id: id) != nil else {
      throw .validation("sort order \(id) is not there and cannot be the default")
    }
    self.metadata.defaultSortOrderID = id
  }
}
