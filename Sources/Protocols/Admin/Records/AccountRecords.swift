public import Values

// What `account` shows.

/// An owner of buckets and users.
public struct AccountRecord: AdminRecord, Hashable {
  public var account = ""
  public var accountID = ""
  public var email: String?
  public var userCount: Int64 = 0
  public var createdAt: Timestamp?
  public var etag = ""

  public init() {}
  public static let kind = "Account"
  public static let fields: [AdminField<AccountRecord>] = [
    .required("account", \.account, "its name, S3's display name"),
    .required("account_id", \.accountID, "what S3 calls its canonical user"),
    AdminField("email", \.email, "by which lists of permissions may name it"),
    AdminField("users_count", \.userCount, "users that are its"),
    AdminField("created_at", \.createdAt, "when it was made"),
    AdminField("etag", \.etag, "of this state, for If-Match"),
  ]
}

public struct AccountInput: AdminRecord {
  public var account = ""
  public var email: String?
  public var ifNotExists = false

  public init() {}
  public static let kind = "AccountInput"
  public static let fields: [AdminField<AccountInput>] = [
    .required("account", \.account, "its name"),
    AdminField("email", \.email, "by which lists of permissions may name it"),
    AdminField("if_not_exists", \.ifNotExists, "an equal one that is there is no error"),
  ]
}
