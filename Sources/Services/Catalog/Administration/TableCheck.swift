import Admin
import Bytes
import Iceberg
import Values

/// Looks whether the parts of one table agree and are there.
struct TableCheck {
  private let catalog: IcebergCatalog
  private let table: TableHandlers.Table
  private var name: String { QualifiedName.text(self.table.entry.identifier) }

  init(_ catalog: IcebergCatalog, _ table: TableHandlers.Table) {
    self.catalog = catalog
    self.table = table
  }

  func run() async throws -> [TableCheckRecord] {
    let metadata = try self.catalog.metadata(self.table.document)
    var records = [await self.checkMetadata(), try await self.checkLog(metadata)]
    guard let current = metadata.currentSnapshot else {
      return records + [self.record("manifests", "skipped", "there is no snapshot yet")]
    }
    let manifests: [ManifestFile]
    var files: [DataFile] = []
    do {
      manifests = try await self.catalog.manifests(of: current, in: self.table.warehouse)
      try await self.catalog.entries(of: manifests, in: self.table.warehouse) { entry in
        if entry.isLive { files.append(entry.file) }
      }
    } catch let error as CancellationError {
      throw error
    } catch {
      let message = CatalogServer.response(to: error).message
      return records + [self.record("manifests", "damaged", message)]
    }
    records.append(
      self.record("manifests", "ok", "\(manifests.count) manifests of snapshot \(current.id)"))
    records.append(self.checkCounts(current, files))
    records.append(try await self.checkFiles(files))
    return records
  }

  private func record(_ check: String, _ state: String, _ found: String) -> TableCheckRecord {
    var record = TableCheckRecord()
    record.table = self.name
    record.check = check
    record.state = state
    record.found = found
    return record
  }

  /// The metadata file says the same as the store.
  private func checkMetadata() async -> TableCheckRecord {
    let location = self.table.document.metadataLocation
    do {
      let file = try await self.catalog.readMetadataFile(location, in: self.table.warehouse)
      let parsed = try TableMetadata.parse(file: file.rawBytes, uuid: self.catalog.newID().uuid)
      let stored = try self.catalog.metadata(self.table.document)
      guard parsed == stored else {
        return self.record("metadata", "damaged", "\(location) is not what the catalog serves")
      }
      return self.record("metadata", "ok", location)
    } catch {
      return self.record("metadata", "damaged", CatalogServer.response(to: error).message)
    }
  }

  /// Files that the metadata log names are there, unless the table lets them go.
  private func checkLog(_ metadata: TableMetadata) async throws -> TableCheckRecord {
    let present = try await self.present()
    let gone = metadata.metadataLog.map(\.metadataFile).filter { file in
      self.isOwn(file) && !present.contains(file)
    }
    guard let first = gone.first else {
      return self.record("log", "ok", "\(metadata.metadataLog.count) versions before")
    }
    return self.record("log", "damaged", "\(gone.count) are missing, \(first) among them")
  }

  private func checkCounts(_ snapshot: Snapshot, _ files: [DataFile]) -> TableCheckRecord {
    let data = files.filter { $0.content == .data }
    let rows = data.reduce(Int64(0)) { $0 &+ $1.recordCount }
    var wrong: [String] = []
    func compare(_ name: String, _ found: Int64) {
      if let said = snapshot.summary?[name].flatMap({ Int64($0) }), said != found {
        wrong.append("\(name) says \(said), there are \(found)")
      }
    }
    compare("total-data-files", Int64(data.count))
    compare("total-records", rows)
    guard wrong.isEmpty else {
      return self.record("counts", "damaged", wrong.joined(separator: "; "))
    }
    return self.record("counts", "ok", "\(data.count) data files, \(rows) rows")
  }

  private func checkFiles(_ files: [DataFile]) async throws -> TableCheckRecord {
    let present = try await self.present()
    let own = files.filter { self.isOwn($0.path) }
    let gone = own.filter { !present.contains($0.path) }
    let elsewhere = files.count - own.count
    let more = elsewhere > 0 ? "; \(elsewhere) elsewhere were not looked for" : ""
    guard let first = gone.first else {
      return self.record("files", "ok", "\(own.count) files are there\(more)")
    }
    return self.record(
      "files", "damaged", "\(gone.count) are missing, \(first.path) among them\(more)")
  }

  private func isOwn(_ path: String) -> Bool {
    guard let own = try? Location(parsing: self.table.object.location) else { return false }
    return (try? Location(parsing: path).isInside(own)) ?? false
  }

  /// What lies below the table's location.
  private func present() async throws -> TableFiles {
    var found = TableFiles()
    var after: String?
    while true {
      try Task.checkCancellation()
      let page = try await self.catalog.files(
        below: self.table.object.location, after: after, in: self.table.warehouse)
      for file in page { found.add(file.location) }
      guard let last = page.last else { return found }
      after = last.location
    }
  }
}

extension IcebergCatalog {
  func files(
    below location: String, after: String?, in warehouse: Warehouse
  ) async throws -> [StoredFile] {
    do throws(StorageError) {
      return try await warehouse.storage.files(below: location, after: after, limit: 1000)
    } catch {
      throw ErrorResponse.unavailable("The storage does not list \(location): \(error.message)")
    }
  }
}
