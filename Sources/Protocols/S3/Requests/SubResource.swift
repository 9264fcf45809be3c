/// The words in a query that choose another operation than the method and path say. A word counts when
/// it is there, whatever its value.
public enum SubResource: String, CaseIterable, Sendable {
  case accelerate, acl, analytics, annotation, attributes, cors, delete, encryption, inventory
  case lifecycle, location, logging, metrics, notification, policy, policyStatus, publicAccessBlock
  case ownershipControls, replication, requestPayment, restore, retention, select, session, tagging
  case torrent, uploads, versioning, versions, website, renameObject, renameFolder, append, abac
  case uploadId, partNumber
  case legalHold = "legal-hold"
  case objectLock = "object-lock"
  case intelligentTiering = "intelligent-tiering"
  case metadataConfiguration, metadataTable
  case metadataInventoryTable, metadataJournalTable

  private static let byName = Dictionary(
    uniqueKeysWithValues: SubResource.allCases.map { ($0.rawValue, $0) })

  public init?(name: String) {
    guard let known = Self.byName[name] else { return nil }
    self = known
  }

  /// Those that may stand beside another: they are arguments as well.
  var isArgument: Bool {
    switch self {
    case .uploadId, .partNumber: true
    default: false
    }
  }
}
