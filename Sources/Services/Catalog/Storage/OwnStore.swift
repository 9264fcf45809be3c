import Iceberg
import S3

/// The S3 that this cluster serves.
struct OwnStore: Sendable {
  /// Where the default warehouse lies.
  static let bucket = "lake-warehouse"

  var endpoint: String
  var region: String
}

extension S3Endpoint {
  /// The store of a warehouse: our own where it names none.
  init(of storage: StorageProfile, own: OwnStore?) throws(IcebergError) {
    let (text, region, usesPathStyle): (String, String, Bool)
    if let endpoint = storage.endpoint {
      (text, region, usesPathStyle) = (endpoint, storage.region ?? "local", storage.usesPathStyle)
    } else if let own {
      (text, region, usesPathStyle) = (own.endpoint, own.region, true)
    } else {
      throw IcebergError(
        .validation, "this node serves no S3: say where it is with catalog.s3_endpoint")
    }
    guard let endpoint = S3Endpoint(text, region: region, usesPathStyle: usesPathStyle) else {
      throw IcebergError(
        .validation, "\(text.prefix(200)) is no endpoint of S3 such as http://127.0.0.1:9000")
    }
    self = endpoint
  }
}
