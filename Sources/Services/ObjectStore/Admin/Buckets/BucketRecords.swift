import Admin
import ObjectModel
import S3
import Values

extension ObjectBucketRecord {
  init(_ bucket: BucketRecord) {
    self.init()
    self.bucket = bucket.name
    self.owner = bucket.owner
    self.createdAt = Timestamp(milliseconds: bucket.createdMilliseconds)
    self.region = bucket.region
    self.versioning = BucketVersioning(bucket.versioning)
    self.hasObjectLock = bucket.hasObjectLock
    self.placement = BucketPlace(bucket.placement)
    self.encryption = bucket.sealing
    self.quotaBytes = bucket.quota.bytes
    self.quotaObjects = bucket.quota.objects
    self.documents = bucket.documents.keys.sorted { $0.rawValue < $1.rawValue }.map { "\($0)" }
    if let text = bucket.documents[.lifecycle],
      let lifecycle = try? LifecycleConfiguration(text, identifier: { "" })
    {
      self.lifecycleRules = Int64(lifecycle.rules.count)
    }
    self.etag = bucket.etag
  }

  mutating func take(_ sums: SubtreeSums) {
    self.objects = Int64(clamping: sums.objects)
    self.bytes = Int64(clamping: sums.bytes)
    self.versions = Int64(clamping: sums.versions)
    self.versionBytes = Int64(clamping: sums.versionBytes)
    self.uploads = Int64(clamping: sums.uploads)
    self.uploadBytes = Int64(clamping: sums.uploadBytes)
  }
}

extension BucketUsageRecord {
  init(_ bucket: String, _ prefix: String, _ sums: SubtreeSums) {
    self.init()
    self.prefix = prefix
    self.bucket = bucket
    self.objects = Int64(clamping: sums.objects)
    self.bytes = Int64(clamping: sums.bytes)
  }
}

extension BucketRecord {
  /// What its document about encryption says.
  var sealing: BucketSealing {
    self.documents[.encryption].flatMap { try? BucketEncryption($0) }?.algorithm == "AES256"
      ? .aes256 : .none
  }

  mutating func seal(by sealing: BucketSealing) {
    self.documents[.encryption] =
      sealing == .aes256 ? BucketEncryption(algorithm: "AES256").text : nil
  }
}

extension BucketVersioning {
  init(_ versioning: Versioning) {
    switch versioning {
    case .unversioned: self = .off
    case .enabled: self = .enabled
    case .suspended: self = .suspended
    }
  }

  var model: Versioning {
    switch self {
    case .off: .unversioned
    case .enabled: .enabled
    case .suspended: .suspended
    }
  }
}

extension BucketPlace {
  init(_ placement: BucketPlacement) {
    switch placement {
    case .local: self = .local
    case .hybrid: self = .hybrid
    case .byClass: self = .byClass
    }
  }

  var model: BucketPlacement {
    switch self {
    case .local: .local
    case .hybrid: .hybrid
    case .byClass: .byClass
    }
  }
}
