private import Bytes
private import XML

/// The small documents of buckets. Each is read, checked, and written again in one canonical form.
public struct CreateBucketConfiguration: Hashable, Sendable {
  public var location: String?
  public var tags: TagSet?

  public init(_ bytes: [UInt8]) throws(S3Error) {
    let root = try S3Document.root("CreateBucketConfiguration", of: bytes)
    self.location = try root.value("LocationConstraint")
    if let tags = try root.only("Tags") { self.tags = try TagSet(element: tags, max: 50) }
  }
}

public struct VersioningConfiguration: Hashable, Sendable {
  /// Nil: neither was ever said.
  public var isEnabled: Bool?
  public var deletesWithMFA: Bool

  public init(isEnabled: Bool?) {
    self.isEnabled = isEnabled
    self.deletesWithMFA = false
  }

  public init(_ bytes: [UInt8]) throws(S3Error) {
    let root = try S3Document.root("VersioningConfiguration", of: bytes)
    switch try root.value("Status") {
    case "Enabled": self.isEnabled = true
    case "Suspended": self.isEnabled = false
    case nil: throw S3Error(.illegalVersioningConfiguration, "there is no Status")
    case let other?: throw .malformedXML("Status is \(other), not Enabled or Suspended")
    }
    self.deletesWithMFA = try root.value("MfaDelete") == "Enabled"
  }

  public var text: [UInt8] {
    var target = ByteWriter()
    target.appendS3("VersioningConfiguration") { xml in
      if let isEnabled = self.isEnabled {
        xml.element("Status", isEnabled ? "Enabled" : "Suspended")
      }
    }
    return target.bytes.array
  }
}

public struct PublicAccessBlock: Hashable, Sendable {
  public var blocksACLs = false
  public var ignoresACLs = false
  public var blocksPolicy = false
  public var restrictsBuckets = false

  public init() {}

  public static let all: PublicAccessBlock = {
    var block = PublicAccessBlock()
    block.blocksACLs = true
    block.ignoresACLs = true
    block.blocksPolicy = true
    block.restrictsBuckets = true
    return block
  }()

  public init(_ bytes: [UInt8]) throws(S3Error) {
    let root = try S3Document.root("PublicAccessBlockConfiguration", of: bytes)
    self.blocksACLs = try root.flag("BlockPublicAcls") ?? false
    self.ignoresACLs = try root.flag("IgnorePublicAcls") ?? false
    self.blocksPolicy = try root.flag("BlockPublicPolicy") ?? false
    self.restrictsBuckets = try root.flag("RestrictPublicBuckets") ?? false
  }

  public var text: [UInt8] {
    var target = ByteWriter()
    target.appendS3("PublicAccessBlockConfiguration") { xml in
      xml.element("BlockPublicAcls", self.blocksACLs)
      xml.element("IgnorePublicAcls", self.ignoresACLs)
      xml.element("BlockPublicPolicy", self.blocksPolicy)
      xml.element("RestrictPublicBuckets", self.restrictsBuckets)
    }
    return target.bytes.array
  }
}

/// Who owns what is put.
public enum OwnershipRule: String, Sendable, CaseIterable {
  case bucketOwnerEnforced = "BucketOwnerEnforced"
  case bucketOwnerPreferred = "BucketOwnerPreferred"
  case objectWriter = "ObjectWriter"

  public init(document bytes: [UInt8]) throws(S3Error) {
    let root = try S3Document.root("OwnershipControls", of: bytes)
    guard let rule = try root.only("Rule"),
      let known = OwnershipRule(rawValue: try rule.needed("ObjectOwnership"))
    else { throw .malformedXML("ObjectOwnership is none that is known") }
    self = known
  }

  public var text: [UInt8] {
    var target = ByteWriter()
    target.appendS3("OwnershipControls") { xml in
      xml.element("Rule") { xml in xml.element("ObjectOwnership", self.rawValue) }
    }
    return target.bytes.array
  }
}

/// The default encryption of a bucket: AES256 is ours.
public struct BucketEncryption: Hashable, Sendable {
  public var algorithm: String
  public var usesBucketKey: Bool?

  public init(algorithm: String) { self.algorithm = algorithm }

  public init(_ bytes: [UInt8]) throws(S3Error) {
    let root = try S3Document.root("ServerSideEncryptionConfiguration", of: bytes)
    guard let rule = try root.only("Rule"),
      let byDefault = try rule.only("ApplyServerSideEncryptionByDefault")
    else { throw .malformedXML("there is no rule to encrypt by") }
    self.algorithm = try byDefault.needed("SSEAlgorithm")
    self.usesBucketKey = try rule.flag("BucketKeyEnabled")
  }

  public var text: [UInt8] {
    var target = ByteWriter()
    target.appendS3("ServerSideEncryptionConfiguration") { xml in
      xml.element("Rule") { xml in
        xml.element("ApplyServerSideEncryptionByDefault") { xml in
          xml.element("SSEAlgorithm", self.algorithm)
        }
        if let uses = self.usesBucketKey { xml.element("BucketKeyEnabled", uses) }
      }
    }
    return target.bytes.array
  }
}
