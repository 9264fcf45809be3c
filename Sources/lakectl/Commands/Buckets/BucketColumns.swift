import Admin
import CommandTable
import Values

enum BucketColumns {
  static let all = RecordColumns(
    ObjectBucketRecord.self,
    ["bucket", "created_at", "object_count", "size_bytes", "versioning"],
    titles: [
      "object_count": "OBJECTS", "quota_objects_count": "QUOTA OBJECTS",
      "version_count": "VERSIONS", "version_bytes": "VERSION SIZE", "upload_count": "UPLOADS",
      "upload_bytes": "UPLOAD SIZE", "lifecycle_count": "RULES",
    ])

  static let bucket = Argument<PlainName>("bucket", "the bucket", source: .resources("bucket"))
  static let versioning = Option<VersioningWord>(
    "versioning", "whether old versions are kept; what was enabled can only be suspended")
  static let placement = Option<PlacementWord>("placement", "where its data goes")
  static let encryption = Option<SealingWord>(
    "encryption", "how new objects are sealed when nobody says otherwise")
  static let quota = Option<QuotaSize>("quota", "at most this much; none takes the limit away")
  static let quotaObjects = Option<QuotaCount>(
    "quota-objects", "at most so many objects; none takes the limit away")
  static let prefix = Option<String>("prefix", placeholder: "PREFIX", "only keys that begin so")

  static func input(_ call: Invocation, _ name: String) -> BucketInput {
    var input = BucketInput()
    input.bucket = name
    input.versioning = call[self.versioning].flatMap { BucketVersioning(rawValue: $0.rawValue) }
    input.placement = call[self.placement].flatMap { Admin.BucketPlace(rawValue: $0.rawValue) }
    input.encryption = call[self.encryption].flatMap { BucketSealing(rawValue: $0.rawValue) }
    input.quotaBytes = call[self.quota]?.bytes
    input.quotaObjects = call[self.quotaObjects]?.count
    return input
  }
}

enum VersioningWord: String, WordValue {
  case off, enabled, suspended
  static let placeholder = "STATE"
}

enum SealingWord: String, WordValue {
  case none, aes256
  static let placeholder = "CIPHER"
}

enum PlacementWord: String, WordValue {
  case local, hybrid
  case byClass = "by-class"
  static let placeholder = "PLACE"
}

/// A size, or `none`; -1 for the admin API.
struct QuotaSize: ArgumentValue, Hashable {
  var bytes: Int64
  static let placeholder = "SIZE"

  init(argument: String) throws(ValueError) {
    self.bytes = argument == "none" ? -1 : try ByteCount(parsing: argument).bytes
  }
}

/// A number, or `none`; -1 for the admin API.
struct QuotaCount: ArgumentValue, Hashable {
  var count: Int64
  static let placeholder = "N"

  init(argument: String) throws(ValueError) {
    self.count = argument == "none" ? -1 : Int64(try Int(argument: argument))
  }
}
