/// Finds the files of a snapshot that a scan must read. It reads no files: the caller brings the bytes
/// of the manifests that it is told to bring.
///
///     let planner = try ScanPlanner(metadata: metadata, schema: schema, filter: filter)
///     let selection = planner.select(try ManifestListReader.manifests(listBytes))
///     var deletes = DeleteFileIndex()
///     for manifest in selection.deletes { try planner.read(bytes, of: manifest, into: &deletes) }
///     var plan = ScanPlan()
///     for manifest in selection.data {
///       try planner.plan(bytes, of: manifest, deletes: deletes, into: &plan)
///     }
public struct ScanPlanner: Sendable {
  private let index: SchemaIndex
  private let filter: BoundExpression
  private let evaluator: MetricsEvaluator
  private let specs: [Int: SpecPlan]
  private let readMetrics: MetricsSelection
  private let keptMetrics: MetricsSelection
  private let addedBy: Set<Int64>?

  /// What is worked out once for each partition spec.
  private struct SpecPlan: Sendable {
    let spec: PartitionSpec
    let types: [PrimitiveType?]
    let positions: [Int: Int]
    let filter: BoundExpression
    let manifests: ManifestEvaluator
    let residuals: ResidualEvaluator
  }

  /// - Parameters:
  ///   - schema: what the filter's names mean.
  ///   - metrics: the columns whose metrics the planned files keep.
  ///   - addedBy: the snapshots whose new files are planned; nil: all files.
  public init(
    metadata: TableMetadata, schema: Schema, filter: Expression = .alwaysTrue,
    isCaseSensitive: Bool = true, metrics: MetricsSelection = .none, addedBy: Set<Int64>? = nil
  ) throws(IcebergError) {
    self.index = SchemaIndex(schema)
    self.filter = try filter.bound(to: self.index, isCaseSensitive: isCaseSensitive)
    self.evaluator = MetricsEvaluator(self.filter)
    self.keptMetrics = metrics
    self.addedBy = addedBy
    switch metrics {
    case .all: self.readMetrics = .all
    case .none: self.readMetrics = .columns(self.filter.fieldIDs)
    case .columns(let ids): self.readMetrics = .columns(ids.union(self.filter.fieldIDs))
    }
    var specs: [Int: SpecPlan] = [:]
    for spec in metadata.partitionSpecs {
      let projected = Projection.inclusive(spec, in: self.index).project(self.filter)
      specs[spec.id] = SpecPlan(
        spec: spec, types: spec.resultTypes(in: self.index),
        positions: Dictionary(spec.fields.enumerated().map { ($1.fieldID, $0) }) { first, _ in
          first
        }, filter: projected, manifests: ManifestEvaluator(projected, spec: spec),
        residuals: ResidualEvaluator(self.filter, spec: spec, in: self.index))
    }
    self.specs = specs
  }

  private func plan(of manifest: ManifestFile) throws(IcebergError) -> SpecPlan {
    guard let plan = self.specs[manifest.specID] else {
      throw IcebergError(
        .corrupted,
        "manifest \(quoted(manifest.path)) has partition spec \(manifest.specID), which the table "
          + "does not have")
    }
    return plan
  }

  /// The manifests that must be read.
  public func select(
    _ manifests: [ManifestFile]
  ) throws(IcebergError) -> (data: [ManifestFile], deletes: [ManifestFile]) {
    var data: [ManifestFile] = []
    var deletes: [ManifestFile] = []
    for manifest in manifests where manifest.hasLiveFiles {
      guard try self.plan(of: manifest).manifests.mayMatch(manifest) else { continue }
      if let addedBy = self.addedBy {
        // New files stand in manifests of their own snapshot, and deletes are no new rows.
        guard manifest.content == .data, addedBy.contains(manifest.addedSnapshotID) else {
          continue
        }
      }
      if manifest.content == .data { data.append(manifest) } else { deletes.append(manifest) }
    }
    return (data, deletes)
  }

  private func reader(
    _ manifest: ManifestFile, _ plan: SpecPlan, _ metrics: MetricsSelection
  ) -> ManifestReader {
    var reader = ManifestReader(manifest, spec: plan.spec, partitionTypes: plan.types)
    reader.metrics = metrics
    return reader
  }

  private static func isTrue(
    _ filter: BoundExpression, _ partition: PartitionValues, _ positions: [Int: Int]
  ) -> Bool {
    if case .alwaysTrue = filter { return true }
    return filter.isTrue { id in
      guard let position = positions[id], partition.values.indices.contains(position) else {
        return nil
      }
      return partition.values[position]
    }
  }

  /// Reads a manifest of delete files.
  public func read(
    _ bytes: RawSpan, of manifest: ManifestFile, into index: inout DeleteFileIndex
  ) throws(IcebergError) {
    let plan = try self.plan(of: manifest)
    // Deletes are told apart by the metrics of their own columns.
    try self.reader(manifest, plan, .all).read(bytes) { (entry) throws(IcebergError) in
      guard entry.isLive, Self.isTrue(plan.filter, entry.file.partition, plan.positions) else {
        return
      }
      try index.insert(entry, isGlobal: plan.spec.isUnpartitioned)
    }
  }

  /// Reads a manifest of data files and adds those that can have matching rows.
  public func plan(
    _ bytes: RawSpan, of manifest: ManifestFile, deletes: DeleteFileIndex,
    into plan: inout ScanPlan
  ) throws(IcebergError) {
    let spec = try self.plan(of: manifest)
    // Equality deletes are compared with the columns that they name, whichever these are.
    let reader = self.reader(manifest, spec, deletes.isEmpty ? self.readMetrics : .all)
    try reader.read(bytes) { (entry) throws(IcebergError) in
      guard entry.isLive, self.isWanted(entry) else { return }
      guard entry.file.content == .data else {
        throw IcebergError(
          .corrupted, "delete file \(quoted(entry.file.path)) is in a manifest of data files")
      }
      guard Self.isTrue(spec.filter, entry.file.partition, spec.positions),
        self.evaluator.mayMatch(entry.file)
      else {
        plan.skippedFileCount += 1
        return
      }
      let applicable = deletes.deletes(for: entry) { self.index[$0]?.type.primitive }
      var kept = entry
      kept.file.keepMetrics(self.keptMetrics)
      plan.add(
        kept, deletes: applicable, spec.residuals.residual(of: entry.file.partition))
    }
  }

  private func isWanted(_ entry: ManifestEntry) -> Bool {
    guard let addedBy = self.addedBy else { return true }
    return entry.status == .added && entry.snapshotID.map(addedBy.contains) ?? false
  }
}

extension DataFile {
  mutating func keepMetrics(_ selection: MetricsSelection) {
    switch selection {
    case .all: break
    case .none:
      self.columnSizes = nil
      self.valueCounts = nil
      self.nullValueCounts = nil
      self.nanValueCounts = nil
      self.lowerBounds = nil
      self.upperBounds = nil
    case .columns(let ids):
      self.columnSizes = self.columnSizes?.only(ids)
      self.valueCounts = self.valueCounts?.only(ids)
      self.nullValueCounts = self.nullValueCounts?.only(ids)
      self.nanValueCounts = self.nanValueCounts?.only(ids)
      self.lowerBounds = self.lowerBounds?.only(ids)
      self.upperBounds = self.upperBounds?.only(ids)
    }
  }
}
