/// What a condition asks about: `aws:SourceIp`, `s3:prefix`, `s3:ExistingObjectTag/team`. Case matters in
/// the name of a tag only.
package struct ConditionKey: Hashable, Sendable, CustomStringConvertible {
  /// Lower case, but for a tag's name.
  package let text: String

  /// Nil when no service knows the key.
  package init?(_ text: String) {
    guard text.utf8.count <= 512 else { return nil }
    if let slash = text.firstIndex(of: "/") {
      let head = text[..<slash].lowercased()
      guard Self.tagged.contains(head), text.index(after: slash) < text.endIndex else { return nil }
      self.text = head + text[slash...]
    } else {
      let lower = text.lowercased()
      guard Self.plain.contains(lower) else { return nil }
      self.text = lower
    }
  }

  private init(known text: String) { self.text = text }

  package var description: String { self.text }

  package static let sourceAddress = ConditionKey(known: "aws:sourceip")
  package static let isSecure = ConditionKey(known: "aws:securetransport")
  package static let userAgent = ConditionKey(known: "aws:useragent")
  package static let referer = ConditionKey(known: "aws:referer")
  package static let currentTime = ConditionKey(known: "aws:currenttime")
  package static let epochTime = ConditionKey(known: "aws:epochtime")
  package static let userName = ConditionKey(known: "aws:username")
  package static let userID = ConditionKey(known: "aws:userid")
  package static let principalAccount = ConditionKey(known: "aws:principalaccount")

  private static let tagged: Set<String> = ["s3:existingobjecttag", "s3:requestobjecttag"]

  private static let plain: Set<String> = [
    "aws:sourceip", "aws:securetransport", "aws:useragent", "aws:referer", "aws:currenttime",
    "aws:epochtime", "aws:username", "aws:userid", "aws:principalaccount", "s3:prefix",
    "s3:delimiter", "s3:max-keys", "s3:versionid", "s3:x-amz-acl", "s3:x-amz-copy-source",
    "s3:x-amz-metadata-directive", "s3:x-amz-storage-class", "s3:x-amz-server-side-encryption",
    "s3:x-amz-content-sha256", "s3:x-amz-grant-read", "s3:x-amz-grant-write",
    "s3:x-amz-grant-read-acp", "s3:x-amz-grant-write-acp", "s3:x-amz-grant-full-control",
    "s3:requestobjecttagkeys", "s3:object-lock-mode", "s3:object-lock-retain-until-date",
    "s3:object-lock-remaining-retention-days", "s3:object-lock-legal-hold",
    "s3:signatureversion", "s3:signatureage", "s3:authtype", "s3:locationconstraint",
  ]
}
