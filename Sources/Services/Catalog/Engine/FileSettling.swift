import Bytes
import Iceberg
import Observability
import Runtime
import Synchronization

/// Metadata files that commits have written and not waited for. The store is durable and has what is in
/// them; here they are made durable many at a time, and the store is told.
///
/// A commit so waits for one sync, that of the store's log. After a power cut `restoreFiles` writes what
/// the disk has lost, before anybody is answered.
final class FileSettling: Sendable {
  struct File: Hashable, Sendable {
    var location: String
    var warehouse: String
  }

  private let waiting = Mutex<[String: File]>([:])
  /// Files that may wait; a commit beyond waits for its own.
  static let waitingMax = 4096
  static let pause = Duration.milliseconds(250)

  var hasRoom: Bool { self.waiting.withLock { $0.count < Self.waitingMax } }
  var count: Int { self.waiting.withLock { $0.count } }

  func add(_ files: [File]) {
    self.waiting.withLock { waiting in
      for file in files { waiting[file.location] = file }
    }
  }

  var files: [File] { self.waiting.withLock { Array($0.values) } }

  func remove(_ files: [File]) {
    self.waiting.withLock { waiting in
      for file in files { waiting[file.location] = nil }
    }
  }
}

extension IcebergCatalog {
  /// Whether a new metadata file of the warehouse need not be waited for.
  func defersSync(in warehouse: Warehouse) -> Bool {
    self.store.holdsFiles && warehouse.storage.defersSyncs && self.settling.hasRoom
  }

  /// Makes files durable a few times a second, until the task is cancelled.
  func runSettling() async {
    guard self.store.holdsFiles else { return }
    while true {
      do throws(CancellationError) {
        try await self.time.sleep(for: FileSettling.pause)
      } catch {
        return
      }
      await self.settleFiles()
    }
  }

  /// Returns once files of commits that have ended are durable, or will be tried again.
  func settleFiles() async {
    let files = self.settling.files
    guard !files.isEmpty else { return }
    for (name, files) in Dictionary(grouping: files, by: \.warehouse) {
      let locations = files.map(\.location)
      do {
        // A warehouse that is gone has no files that anybody asks for.
        if let warehouse = self.warehouses[name] { try await self.sync(locations, in: warehouse) }
        try await self.store.release(locations)
        self.settling.remove(files)
      } catch {
        self.log.warning(
          "metadata files could not be made durable; they are tried again",
          ["count": .integer(Int64(files.count)), "error": .describing(error)])
      }
    }
  }

  private func sync(_ locations: [String], in warehouse: Warehouse) async throws {
    do throws(StorageError) {
      try await warehouse.storage.sync(locations)
    } catch {
      // What a disk could not write it may have forgotten: it is written anew.
      self.log.warning("sync failed", ["error": .describing(error)])
      _ = try await self.restoreFiles(among: Set(locations))
    }
  }

  /// Writes those files again that the disk does not have as the store has them. Called before anybody is
  /// answered: there are some only after a process was killed, or a machine.
  ///
  /// - Returns: how many were not there or were another.
  @discardableResult
  func restoreFiles(among locations: Set<String>? = nil) async throws -> Int {
    var (after, count) = (String?.none, 0)
    while true {
      let page = try await self.store.heldFiles(after: after, limit: 100)
      guard let last = page.last else { break }
      after = last.location
      for file in page where locations?.contains(file.location) ?? true {
        guard let warehouse = self.warehouses[file.warehouse] else { continue }
        if try await self.restore(file, in: warehouse) { count += 1 }
      }
      try await self.store.release(page.map(\.location))
    }
    if count > 0 {
      self.log.warning(
        "metadata files that the disk had lost were written again",
        ["count": .integer(Int64(count))])
    }
    return count
  }

  private func restore(_ file: HeldFile, in warehouse: Warehouse) async throws -> Bool {
    let document = file.document.withBytes { $0.array }
    let content = try MetadataFile.packed(document, as: file.location)
    let present = try? await warehouse.storage.read(
      file.location, limit: self.options.metadataBytesMax)
    if present == content {
      try await warehouse.storage.sync([file.location])
      return false
    }
    _ = try await warehouse.storage.delete([file.location])
    try await warehouse.storage.write(content, to: file.location)
    return true
  }
}
