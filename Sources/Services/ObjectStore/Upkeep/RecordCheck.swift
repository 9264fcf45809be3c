package import ObjectModel

/// Compares what the records of trees name with what is stored. Reads tables of parts, and no content.
package struct RecordCheck: Sendable {
  private let namespace: any NamespaceUpkeep
  private let inventory: any BlobInventory
  private let blobs: any Blobs
  private let pageLimit: Int

  package struct Report: Sendable, Hashable {
    package static let listMax = 1000

    package var references = 0
    package var missingCount = 0
    /// The first of them.
    package var missing: [DanglingReference] = []
    /// Tables of parts that are there and cannot be read.
    package var unreadableCount = 0
    package var unreadable: [DanglingReference] = []

    mutating func noteMissing(_ reference: DanglingReference) {
      self.missingCount += 1
      if self.missing.count < Self.listMax { self.missing.append(reference) }
    }

    mutating func noteUnreadable(_ reference: DanglingReference) {
      self.unreadableCount += 1
      if self.unreadable.count < Self.listMax { self.unreadable.append(reference) }
    }
  }

  package init(
    _ namespace: any NamespaceUpkeep, inventory: any BlobInventory, blobs: any Blobs,
    pageLimit: Int = 512
  ) {
    self.namespace = namespace
    self.inventory = inventory
    self.blobs = blobs
    self.pageLimit = pageLimit
  }

  /// - Parameters:
  ///   - roots: of the trees; nil: all there are.
  ///   - prefix: only names that begin so.
  package func run(
    _ roots: [RootID]?, prefix: [UInt8] = [], _ progress: @Sendable (Report) throws -> Void
  ) async throws -> Report {
    var report = Report()
    var last: RootID?
    var left = roots ?? []
    while true {
      if roots == nil { left = try await self.namespace.roots(after: last, limit: 1) }
      guard let root = left.first else { return report }
      left.removeFirst()
      last = root
      var cursor: [UInt8] = []
      repeat {
        cursor = try await self.page(root, prefix, after: cursor, &report)
        try progress(report)
      } while !cursor.isEmpty
    }
  }

  private func page(
    _ root: RootID, _ prefix: [UInt8], after cursor: [UInt8], _ report: inout Report
  ) async throws -> [UInt8] {
    let page = try await self.namespace.holdings(
      .root(root), after: cursor, limit: self.pageLimit)
    var named: [(holding: Holding, blob: BlobReference)] = []
    var suspects: [Holding] = []
    for holding in page.holdings where holding.name.starts(with: prefix) {
      named.append((holding, holding.blob))
      guard holding.blob.isPartTable else { continue }
      switch await PartTable.read(holding.blob, self.blobs, BlobCall(priority: .scrub)) {
      case .blobs(let parts): for part in parts { named.append((holding, part)) }
      // Told below, as a blob that is missing.
      case .gone: break
      case .unreadable: suspects.append(holding)
      }
    }
    report.references += named.count
    let missing = Set(try await self.inventory.missing(named.map(\.blob)))
    guard !missing.isEmpty || !suspects.isEmpty else { return page.cursor }
    // A blob is deleted long after its name: what is named now as before is really missing.
    let again = Set(
      try await self.namespace.holdings(.root(root), after: cursor, limit: self.pageLimit).holdings)
    for (holding, blob) in named where missing.contains(blob) && again.contains(holding) {
      report.noteMissing(DanglingReference(root: root, name: holding.name, blob: blob))
    }
    for holding in suspects where again.contains(holding) {
      report.noteUnreadable(
        DanglingReference(root: root, name: holding.name, blob: holding.blob))
    }
    return page.cursor
  }
}
