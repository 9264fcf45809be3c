import Iceberg
import Identity
import S3
import Values

/// Access to files of S3 stores, as far as a client may have it: keys for the table's prefix and no other,
/// or signatures of single requests.
extension IcebergCatalog {
  func objectAccess(
    to location: String, _ identifier: TableIdentifier, in warehouse: Warehouse,
    _ mode: LoadMode, by caller: Caller
  ) async throws -> StorageAccess {
    let storage = warehouse.record.storage
    var access = StorageAccess(config: warehouse.clientConfig)
    switch storage.access {
    case .none: break
    case .vended where mode.delegation.contains(.vended):
      try self.vend(location, warehouse, mode, caller, into: &access)
    case .shared where mode.delegation.contains(.vended):
      let keys = try self.keys(of: storage)
      Self.add(keys, expiresAt: nil, for: location, to: &access)
    case .signed, .vended:
      guard mode.delegation.contains(.signed) else { break }
      self.sign(identifier, warehouse, into: &access)
    case .shared: break
    }
    return access
  }

  /// Keys that Identity mints: they may do to the prefix what the caller may do to the table.
  private func vend(
    _ location: String, _ warehouse: Warehouse, _ mode: LoadMode, _ caller: Caller,
    into access: inout StorageAccess
  ) throws {
    guard let identity = self.access.identity else { return }
    let place = try Location(parsing: location)
    let prefix = StoragePrefix(
      bucket: place.authority, prefix: String(place.path.dropFirst()) + "/",
      canWrite: mode.canWrite)
    // Keys that are given to a token end with it.
    guard let principal = caller.principal else { return }
    let keys = try identity.mintCredentials(
      delegatedTo: principal, on: [prefix],
      lifetime: .seconds(self.options.vendedLifetimeSeconds))
    Self.add(
      S3Credentials(
        accessKeyID: keys.accessKeyID, secretAccessKey: keys.secretAccessKey,
        sessionToken: keys.sessionToken), expiresAt: keys.expiresAt, for: location, to: &access)
  }

  private static func add(
    _ keys: S3Credentials, expiresAt: WallTime?, for location: String,
    to access: inout StorageAccess
  ) {
    var config = access.config
    config["s3.access-key-id"] = keys.accessKeyID
    config["s3.secret-access-key"] = keys.secretAccessKey.exposed
    config["s3.session-token"] = keys.sessionToken?.exposed
    config["s3.session-token-expires-at-ms"] =
      expiresAt.map { "\($0.nanoseconds / 1_000_000)" }
    // Older clients look for the keys beside the others.
    access.config = config
    access.credentials.append(StorageCredential(prefix: location + "/", config: config))
  }

  private func sign(
    _ identifier: TableIdentifier, _ warehouse: Warehouse, into access: inout StorageAccess
  ) {
    let namespace = identifier.namespace.levels.map(Self.segment).joined(separator: "%1F")
    let prefix = warehouse.name == self.options.defaultWarehouse ? "" : "\(warehouse.name)/"
    let path = "v1/\(prefix)namespaces/\(namespace)/tables/\(Self.segment(identifier.name))/sign"
    access.config["s3.remote-signing-enabled"] = "true"
    access.config["s3.signer"] = "S3V4RestSigner"
    access.config["s3.signer.endpoint"] = path
    access.config["signer.endpoint"] = path
    access.remoteSigning = RemoteSigningConfig()
  }

  private static func segment(_ name: String) -> String {
    LocationLayout.segment(ofPath: name)
  }

  /// The keys that the catalog itself uses for a warehouse.
  func keys(of storage: StorageProfile) throws(StorageError) -> S3Credentials {
    try Self.keys(of: storage, self.access.identity, self.secrets)
  }

  /// Those of the profile; without a secret there, the secret that Identity holds of the key.
  static func keys(
    of storage: StorageProfile, _ identity: IdentityService?, _ secrets: WarehouseSecrets?
  ) throws(StorageError) -> S3Credentials {
    guard let id = storage.accessKeyID else {
      throw StorageError(.unavailable, "the warehouse has no access key for its store")
    }
    if let sealed = storage.sealedSecret, let secrets {
      return S3Credentials(
        accessKeyID: id, secretAccessKey: try secrets.open(sealed, keyID: id))
    }
    do throws(IdentityError) {
      if let secret = try identity?.secret(forAccessKey: id).secrets.first {
        return S3Credentials(accessKeyID: id, secretAccessKey: secret)
      }
    } catch {
      throw StorageError(.unavailable, "the key \(id) of the warehouse cannot be used: \(error)")
    }
    throw StorageError(.unavailable, "the key \(id) of the warehouse has no secret")
  }

  /// The profile with a secret of its own.
  func sealing(
    _ secret: Secret<String>?, in storage: StorageProfile
  ) async throws -> StorageProfile {
    guard let secret, let id = storage.accessKeyID else { return storage }
    guard let secrets else {
      throw IcebergError(.validation, "there is no key ring to seal the secret of \(id)")
    }
    var sealed = storage
    sealed.sealedSecret = try await secrets.seal(secret, keyID: id)
    return sealed
  }
}
