import Iceberg

/// What an operator may choose.
struct CatalogOptions: Sendable {
  /// The warehouse that answers when none is named.
  var defaultWarehouse = "lake"
  var defaultFormatVersion = 2
  var enforcesSchemaEvolution = true
  /// Missing parents of a namespace are made with it.
  var makesParents = false
  /// What clients may put between the levels of a namespace in a path, besides the unit separator.
  var namespaceSeparator: String?
  var layout = LocationLayout.unique
  /// Another attempt is made when a pointer moved this often.
  var commitAttemptsMax = 8
  var metadataBytesMax = 256 << 20
  var pageSizeMax = 1000
  /// How long a request may take before it has an effect.
  var requestLimit = Duration.seconds(30)
  var requestLifetimeSeconds: Int64 = 1800
  var eventRetentionSeconds: Int64 = 7 * 86_400
  var vendedLifetimeSeconds: Int64 = 3600
  /// A load looks whether the metadata file is there.
  var verifiesMetadataFile = false

  init(_ change: (inout CatalogOptions) -> Void = { _ in }) { change(&self) }
}
