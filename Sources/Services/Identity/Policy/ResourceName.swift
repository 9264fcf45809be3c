/// What a privilege is on, as one text. Buckets and objects are written as S3's ARNs inside; everything
/// else is a path: `catalog/lake/sales/orders`, `db/schema/table`, `node/n1`, `cluster`.
package enum ResourceName {
  package static let byteCountMax = 1200

  package static func bucket(_ bucket: String) -> String { "arn:aws:s3:::\(bucket)" }
  package static func object(_ key: String, in bucket: String) -> String {
    "arn:aws:s3:::\(bucket)/\(key)"
  }

  /// The inner form of what a person writes: `bucket/B`, `object/B/KEY`, `s3://B/KEY` become ARNs.
  package static func canonical(_ text: String) throws(IdentityError) -> String {
    guard !text.isEmpty, text.utf8.count <= Self.byteCountMax,
      text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
    else {
      throw IdentityError(
        .nameMalformed, "\(IdentityError.quoted(text)) is no name of a resource",
        why: "it has 1 to \(Self.byteCountMax) bytes without control characters",
        tries: ["bucket/NAME", "catalog/WAREHOUSE/NAMESPACE/TABLE", "node/NAME", "*"])
    }
    for prefix in ["bucket/", "object/", "s3://"] where text.hasPrefix(prefix) {
      let rest = text.dropFirst(prefix.count)
      let path = rest.hasSuffix("/") && prefix != "object/" ? rest.dropLast() : rest
      guard !path.isEmpty else {
        throw IdentityError(.nameMalformed, "\(IdentityError.quoted(text)) names no bucket")
      }
      return "arn:aws:s3:::\(path)"
    }
    return text
  }
}
