package import ObjectModel
private import Values

/// Compares what stores hold with what namespaces name.
///
/// The listing comes first and the references after it: a blob that is older than `orphanAge` and that no
/// record, part or queue entry of the later moment names will never be named, since a commit refuses
/// blobs that are older than half of that.
package enum OrphanScan {
  package struct Report: Sendable {
    /// Held, and named by nobody.
    package var orphans: [BlobSummary] = []
    /// Named, and not held.
    package var dangling: [BlobReference] = []
    package var referenceCount = 0

    package init() {}
  }

  /// - Parameter roots: every root whose blobs may lie in the stores.
  package static func run(
    _ stores: [BlobStore], _ namespace: any Namespace, roots: [RootID], nowMilliseconds: UInt64,
    orphanAgeMilliseconds: UInt64 = 86_400_000
  ) async throws -> Report {
    let oldest = nowMilliseconds - min(nowMilliseconds, orphanAgeMilliseconds)
    var held: [BlobKey: BlobSummary] = [:]
    var all: Set<BlobKey> = []
    for store in stores {
      for blob in store.blobs(begunBefore: .max) { all.insert(blob.key) }
      for blob in store.blobs(begunBefore: oldest) { held[blob.key] = blob }
    }
    var report = Report()
    for root in roots {
      var cursor: [UInt8] = []
      repeat {
        let page = try await namespace.references(
          NamespaceCall(root: root), after: cursor, limit: 1000)
        for blob in page.blobs {
          let key = BlobKey(volume: blob.volume, id: blob.id)
          report.referenceCount += 1
          held[key] = nil
          // Looked at again: what was put after the listing is no damage.
          if blob.byteCount > 0, !all.contains(key), !stores.contains(where: { $0.holdsAny(blob) })
          {
            report.dangling.append(blob)
          }
        }
        cursor = page.cursor
      } while !cursor.isEmpty
    }
    report.orphans = held.values.sorted { $0.key.id.bits < $1.key.id.bits }
    return report
  }
}

extension BlobStore {
  fileprivate func holdsAny(_ blob: BlobReference) -> Bool {
    self.holds(BlockAddress(volume: blob.volume, blob: blob.id, number: 0))
  }
}
