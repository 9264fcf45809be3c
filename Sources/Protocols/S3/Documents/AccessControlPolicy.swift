private import Bytes
internal import XML

/// A list of who may do what with a bucket or an object.
public struct AccessControlPolicy: Hashable, Sendable {
  public enum Permission: String, Sendable, CaseIterable {
    case read = "READ"
    case write = "WRITE"
    case readACP = "READ_ACP"
    case writeACP = "WRITE_ACP"
    case fullControl = "FULL_CONTROL"

    /// Whether a grant of this permission gives `wanted`.
    public func gives(_ wanted: Permission) -> Bool { self == .fullControl || self == wanted }
  }

  public enum Grantee: Hashable, Sendable {
    case account(id: String, name: String)
    case group(String)
    /// To be looked up.
    case email(String)

    public static let allUsers = Grantee.group("http://acs.amazonaws.com/groups/global/AllUsers")
    public static let authenticatedUsers = Grantee.group(
      "http://acs.amazonaws.com/groups/global/AuthenticatedUsers")
    public static let logDelivery = Grantee.group("http://acs.amazonaws.com/groups/s3/LogDelivery")
  }

  public struct Grant: Hashable, Sendable {
    public var grantee: Grantee
    public var permission: Permission
    public init(_ grantee: Grantee, _ permission: Permission) {
      self.grantee = grantee
      self.permission = permission
    }

    var isForGroup: Bool {
      if case .group = self.grantee { return true }
      return false
    }
  }

  public struct Owner: Hashable, Sendable {
    public var id: String
    public var name: String
    public init(id: String, name: String) {
      self.id = id
      self.name = name
    }
    public var grantee: Grantee { .account(id: self.id, name: self.name) }
  }

  public var owner: Owner
  public var grants: [Grant]

  public static let grantMax = 100

  public init(owner: Owner, grants: [Grant]) {
    self.owner = owner
    self.grants = grants
  }

  /// The owner alone.
  public init(ownedBy owner: Owner) {
    self.init(owner: owner, grants: [Grant(owner.grantee, .fullControl)])
  }

  /// Whether everybody, or everybody with an account, gets anything.
  public var isPublic: Bool {
    self.grants.contains { $0.grantee == .allUsers || $0.grantee == .authenticatedUsers }
  }

  /// - Parameter account: nil for somebody without credentials.
  public func allows(_ wanted: Permission, account: String?, ignoringPublic: Bool = false) -> Bool {
    self.grants.contains { grant in
      guard grant.permission.gives(wanted) else { return false }
      switch grant.grantee {
      case .account(let id, _): return id == account
      case .allUsers: return !ignoringPublic
      case .authenticatedUsers: return account != nil && !ignoringPublic
      case .group, .email: return false
      }
    }
  }

  // MARK: Canned lists

  /// Nil: there is no such canned list.
  public static func canned(
    _ name: String, owner: Owner, bucketOwner: Owner
  ) -> AccessControlPolicy? {
    var policy = AccessControlPolicy(ownedBy: owner)
    func grant(_ grantee: Grantee, _ permission: Permission) {
      // The owner stays last: groups, which have no name to sort by, come first as clients expect.
      policy.grants.insert(Grant(grantee, permission), at: policy.grants.count - 1)
    }
    switch name {
    case "private": break
    case "public-read": grant(.allUsers, .read)
    case "public-read-write":
      grant(.allUsers, .read)
      grant(.allUsers, .write)
    case "authenticated-read": grant(.authenticatedUsers, .read)
    case "bucket-owner-read": if owner.id != bucketOwner.id { grant(bucketOwner.grantee, .read) }
    case "bucket-owner-full-control":
      if owner.id != bucketOwner.id { grant(bucketOwner.grantee, .fullControl) }
    case "log-delivery-write":
      grant(.logDelivery, .write)
      grant(.logDelivery, .readACP)
    default: return nil
    }
    return policy
  }

  /// `x-amz-grant-read: id="…", uri="…", emailAddress="…"`
  public static func grants(
    header: String, _ permission: Permission
  ) throws(S3Error) -> [Grant] {
    var grants: [Grant] = []
    for piece in header.split(separator: ",") {
      let pair = piece.split(separator: "=", maxSplits: 1)
      guard pair.count == 2 else {
        throw .invalidArgument("x-amz-grant", header, "a grant is not id=, uri= or emailAddress=")
      }
      let name = pair[0].filter { $0 != " " }
      let value = String(pair[1].filter { $0 != "\"" && $0 != " " })
      switch name.lowercased() {
      case "id": grants.append(Grant(.account(id: value, name: ""), permission))
      case "uri": grants.append(Grant(.group(value), permission))
      case "emailaddress": grants.append(Grant(.email(value), permission))
      default:
        throw .invalidArgument("x-amz-grant", header, "a grant is not id=, uri= or emailAddress=")
      }
    }
    return grants
  }
}

extension AccessControlPolicy {
  public init(document bytes: [UInt8]) throws(S3Error) {
    let root: XMLElement
    do throws(S3Error) {
      root = try S3Document.root("AccessControlPolicy", of: bytes)
    } catch {
      throw S3Error(.malformedACL, error.message)
    }
    guard let list = try root.only("AccessControlList") else {
      throw S3Error(.malformedACL, "there is no AccessControlList")
    }
    let owner = try root.only("Owner")
    self.owner = Owner(
      id: try owner?.value("ID") ?? "", name: try owner?.value("DisplayName") ?? "")
    self.grants = []
    for element in list.children where element.name.local == "Grant" {
      guard let grantee = try element.only("Grantee"),
        let permission = Permission(rawValue: try element.needed("Permission"))
      else { throw S3Error(.malformedACL, "a Grant has no Grantee or an unknown Permission") }
      self.grants.append(Grant(try Self.grantee(grantee), permission))
    }
    guard self.grants.count <= Self.grantMax else {
      throw S3Error(.malformedACL, "there are \(self.grants.count) grants, at most 100")
    }
  }

  private static func grantee(_ element: XMLElement) throws(S3Error) -> Grantee {
    if let id = try element.value("ID") {
      return .account(id: id, name: try element.value("DisplayName") ?? "")
    }
    if let uri = try element.value("URI") { return .group(uri) }
    if let email = try element.value("EmailAddress") { return .email(email) }
    throw S3Error(.malformedACL, "a Grantee has no ID, URI or EmailAddress")
  }

  public var text: [UInt8] {
    var target = ByteWriter(capacity: 512)
    target.appendS3("AccessControlPolicy") { xml in
      xml.element("Owner") { xml in
        xml.element("ID", self.owner.id)
        if !self.owner.name.isEmpty { xml.element("DisplayName", self.owner.name) }
      }
      xml.element("AccessControlList") { xml in
        // Groups first: readers that sort by name cannot sort what has none.
        for grant in self.grants.filter(\.isForGroup) + self.grants.filter({ !$0.isForGroup }) {
          xml.element("Grant") { xml in
            Self.append(grant.grantee, to: &xml)
            xml.element("Permission", grant.permission.rawValue)
          }
        }
      }
    }
    return target.bytes.array
  }

  private static func append(_ grantee: Grantee, to xml: inout XMLWriter) {
    let schema = "http://www.w3.org/2001/XMLSchema-instance"
    let type: String
    switch grantee {
    case .account: type = "CanonicalUser"
    case .group: type = "Group"
    case .email: type = "AmazonCustomerByEmail"
    }
    xml.element("Grantee", attributes: [("xmlns:xsi", schema), ("xsi:type", type)]) { xml in
      switch grantee {
      case .account(let id, let name):
        xml.element("ID", id)
        if !name.isEmpty { xml.element("DisplayName", name) }
      case .group(let uri): xml.element("URI", uri)
      case .email(let address): xml.element("EmailAddress", address)
      }
    }
  }
}
