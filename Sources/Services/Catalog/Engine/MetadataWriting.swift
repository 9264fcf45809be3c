import Bytes
import Iceberg
import Observability
import Runtime
import Values

/// A new version of a table or view before the catalog points at it.
struct NewVersion: Sendable {
  var metadataLocation: String
  /// As it is stored and served; the file may hold it packed.
  var document: [UInt8]
  /// Whether the file is durable.
  var isSynced = true
}

extension IcebergCatalog {
  /// Writes the metadata file of a new version, durably unless `isSynced` is false.
  ///
  /// Throws 503 when it cannot be written: nothing has happened then, and a repeat does no harm.
  func write(
    _ document: [UInt8], properties: Properties, location: String, after previous: String?,
    in warehouse: Warehouse, isSynced: Bool = true
  ) async throws -> NewVersion {
    let codec = try MetadataFile.codec(properties)
    let folder = MetadataFile.directory(location: location, properties: properties)
    let name = MetadataFile.name(
      version: MetadataFile.nextVersion(afterLocation: previous), uuid: self.newID().uuid,
      codec: codec)
    let version = NewVersion(
      metadataLocation: "\(folder)/\(name)", document: document, isSynced: isSynced)
    let start = self.time.now

    let content = try MetadataFile.packed(document, codec)
    do throws(StorageError) {
      try await warehouse.storage.write(
        content, to: version.metadataLocation, isSynced: isSynced)
    } catch {
      self.log.warning(
        "metadata file not written",
        ["location": .text(version.metadataLocation), "error": .describing(error)])
      guard error.code != .notAllowed else { throw IcebergError(.validation, error.message) }
      throw ErrorResponse.unavailable("The storage does not take the metadata file")
    }
    self.metrics.fileTime.record(from: start, to: self.time.now)
    return version
  }

  /// Takes back files that no pointer will ever name.
  func discard(_ versions: [NewVersion], in warehouse: Warehouse) async {
    // One that cannot be deleted is found by the sweep of orphans.
    _ = try? await warehouse.storage.delete(versions.map(\.metadataLocation))
  }

  /// Reads a metadata file from elsewhere: of a table or view that is registered.
  func readMetadataFile(
    _ location: String, in warehouse: Warehouse
  ) async throws -> [UInt8] {
    guard try Location(parsing: location).isInside(warehouse.location) else {
      throw IcebergError(
        .validation,
        "the metadata file \(location.prefix(300)) is not in the warehouse \(warehouse.location)")
    }
    do throws(StorageError) {
      return try await warehouse.storage.read(location, limit: self.options.metadataBytesMax)
    } catch {
      switch error.code {
      case .notFound:
        throw ErrorResponse(
          .notFound, "Failed to open input stream for file: \(location)")
      case .notAllowed, .exists: throw IcebergError(.validation, error.message)
      case .tooLarge: throw IcebergError(.tooLarge, error.message)
      case .unavailable: throw ErrorResponse.unavailable("The storage does not answer")
      }
    }
  }
}

extension MetadataFile {
  /// What the file at a location holds for a document.
  static func packed(_ document: [UInt8], as location: String) throws(IcebergError) -> [UInt8] {
    try Self.packed(document, location.hasSuffix(".gz.metadata.json") ? .gzip : .none)
  }

  static func packed(_ document: [UInt8], _ codec: Codec) throws(IcebergError) -> [UInt8] {
    guard codec != .none else { return document }
    var plain = ByteWriter(capacity: document.count)
    plain.append(document)
    let packed = try MetadataFile.pack(plain, codec: codec)
    return packed.bytes.array
  }
}
