/// Buckets in host names: `bucket.s3.example.com`.
public enum VirtualHost {
  /// The bucket that a Host field names, under one of the base domains; nil: path style.
  public static func bucket(host: String, domains: [String]) -> String? {
    guard !domains.isEmpty else { return nil }
    var name = host.lowercased()
    if let colon = name.lastIndex(of: ":"), !name.hasSuffix("]") { name = String(name[..<colon]) }
    for domain in domains {
      let suffix = "." + domain.lowercased()
      guard name.hasSuffix(suffix), name.utf8.count > suffix.utf8.count else { continue }
      return String(name.dropLast(suffix.count))
    }
    return nil
  }
}
