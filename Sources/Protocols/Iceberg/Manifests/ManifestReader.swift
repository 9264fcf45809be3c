private import Avro
private import Bytes

/// Which columns' metrics are wanted. Those that nobody asks for cost no memory.
public enum MetricsSelection: Sendable {
  case all, none
  case columns(Set<Int>)

  func includes(_ fieldID: Int32) -> Bool {
    switch self {
    case .all: true
    case .none: false
    case .columns(let ids): ids.contains(Int(fieldID))
    }
  }
}

/// Reads manifests.
public struct ManifestReader: Sendable {
  /// The line of the manifest list, from which entries inherit; nil to read them as they stand.
  public var manifest: ManifestFile?
  /// The spec that the manifest was written with, and the types of its values in today's schema.
  public var spec: PartitionSpec?
  public var partitionTypes: [PrimitiveType?]
  public var metrics = MetricsSelection.all

  public init(
    _ manifest: ManifestFile? = nil, spec: PartitionSpec? = nil,
    partitionTypes: [PrimitiveType?] = []
  ) {
    self.manifest = manifest
    self.spec = spec
    self.partitionTypes = partitionTypes
  }

  /// Calls `body` with every entry, in the order of the file.
  public func read(
    _ bytes: RawSpan, _ body: (ManifestEntry) throws(IcebergError) -> Void
  ) throws(IcebergError) {
    var file: AvroFileReader
    do throws(AvroError) {
      file = try AvroFileReader(bytes, limits: IcebergLimits.avro)
    } catch {
      throw self.located(IcebergError(error))
    }
    let plan: ManifestPlan
    do throws(IcebergError) {
      plan = try ManifestPlan(file.types, spec: self.spec, partitionTypes: self.partitionTypes)
    } catch {
      throw self.located(error)
    }
    let decoder = EntryDecoder(
      plan: plan, metrics: self.metrics, specID: self.manifest?.specID ?? self.spec?.id ?? 0,
      partitionCount: self.spec?.fields.count)
    var inheritance = Inheritance(self.manifest)
    var block = ByteWriter(capacity: 1 << 16)
    while true {
      let count: Int?
      do throws(AvroError) {
        count = try file.nextBlock(into: &block)
      } catch {
        throw self.located(IcebergError(error))
      }
      guard let count else { return }
      var items = AvroDecoder(block.bytes, limits: file.limits)
      for _ in 0..<count {
        var entry: ManifestEntry
        do throws(AvroError) {
          entry = try decoder.next(&items)
        } catch {
          throw self.located(IcebergError(error))
        }
        try inheritance.apply(to: &entry)
        try body(entry)
      }
    }
  }

  /// All entries.
  public func entries(_ bytes: RawSpan) throws(IcebergError) -> [ManifestEntry] {
    var entries: [ManifestEntry] = []
    try self.read(bytes) { (entry) throws(IcebergError) in entries.append(entry) }
    return entries
  }

  private func located(_ error: IcebergError) -> IcebergError {
    guard let manifest = self.manifest else { return error }
    return IcebergError(
      error.code, "cannot read manifest \(quoted(manifest.path)): \(error.message)")
  }
}
