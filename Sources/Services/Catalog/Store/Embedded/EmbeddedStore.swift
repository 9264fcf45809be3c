import Bytes
import Iceberg
import JSON
import KeyValue
import Runtime
import Values

/// The catalog's store on RocksDB: for one process.
///
/// Every change is one deciding commit, alone on the store's writer thread, so that what it looks at
/// cannot change before it is written; the log is synced once for all changes that came meanwhile.
final class EmbeddedStore: CatalogStore {
  let store: Store
  let names: Family
  let documents: Family
  let requests: Family
  let eventLog: Family
  let files: Family
  let sizes: Family

  static let familyNames = ["names", "documents", "requests", "events", "files", "statistics"]
  /// Names and packed documents of 100,000 tables; smaller catalogs take less.
  private static let cacheBytes = 160 << 20
  private static let writeBufferBytes = 48 << 20

  /// Opens or makes the store in a folder; blocks.
  convenience init(
    path: String, pool: BlockingPool, metrics: StoreMetrics? = nil
  ) throws(StoreError) {
    var options = StoreOptions(
      path: path,
      families: Self.familyNames.map { name in
        FamilyOptions(name) { $0.writeBufferBytes = name == "documents" ? 32 << 20 : 8 << 20 }
      })
    options.logBytesMax = 128 << 20
    options.openFilesMax = 512
    options.memory = MemoryBudget(
      cacheBytes: Self.cacheBytes, writeBufferBytes: Self.writeBufferBytes)
    options.metrics = metrics
    try self.init(try Store(options, pool: pool))
  }

  init(_ store: Store) throws(StoreError) {
    self.store = store
    self.names = try store.family("names")
    self.documents = try store.family("documents")
    self.requests = try store.family("requests")
    self.eventLog = try store.family("events")
    self.files = try store.family("files")
    self.sizes = try store.family("statistics")
  }

  func apply(
    _ change: CatalogChange
  ) async throws(CatalogStoreError) -> ChangeOutcome {
    let families = self.families
    do {
      return try await self.store.commit { decision in
        var draft = ChangeDraft(StoreView(decision, families), change)
        guard let (refusal, step) = try draft.take() else {
          draft.view.write()
          return ChangeOutcome.applied
        }
        return .refused(refusal, step: step)
      }
    } catch let error as CatalogStoreError {
      throw error
    } catch let error as StoreError {
      throw CatalogStoreError(error, whileChanging: true)
    } catch {
      throw CatalogStoreError(.damaged, "\(error)")
    }
  }

  var families: StoreFamilies {
    StoreFamilies(
      names: self.names, documents: self.documents, requests: self.requests,
      events: self.eventLog, files: self.files, statistics: self.sizes)
  }

  let isShared = false
  let holdsFiles = true

  func setting(
    _ name: String, orElse value: [UInt8]
  ) async throws(CatalogStoreError) -> [UInt8] {
    let (key, names) = (StoreKeys.setting(name), self.names)
    do {
      return try await self.store.commit { decision in
        if let present = try decision.get(key, in: names) { return present }
        decision.batch.put(value, for: key, in: names)
        return value
      }
    } catch let error as StoreError {
      throw CatalogStoreError(error, whileChanging: true)
    } catch {
      throw CatalogStoreError(.damaged, "\(error)")
    }
  }

  func ping() async throws(CatalogStoreError) {
    do throws(StoreError) {
      _ = try await self.store.get(StoreKeys.lastEvent, in: self.names)
    } catch {
      throw CatalogStoreError(error, whileChanging: false)
    }
  }

  func close() async {
    // A document may still be on its way to a client that does not read.
    for _ in 0..<100 {
      do throws(StoreError) { return try await self.store.close() } catch {
        guard error.code == .busy, let loop = EventLoop.current else { return }
        try? await loop.sleep(for: .milliseconds(20))
      }
    }
  }
}

struct StoreFamilies: Sendable {
  var names: Family
  var documents: Family
  var requests: Family
  var events: Family
  var files: Family
  var statistics: Family
}

extension CatalogStoreError {
  init(_ error: StoreError, whileChanging isChange: Bool) {
    switch error.code {
    case .overloaded, .stalled, .busy: self.init(.overloaded, error.message)
    case .corruption: self.init(isChange ? .unknownOutcome : .damaged, error.message)
    // Refused before anything was written.
    case .closed, .invalid, .notFound, .locked, .unsupported, .fullDisk:
      self.init(.unavailable, error.message)
    default: self.init(isChange ? .unknownOutcome : .unavailable, error.message)
    }
  }
}
