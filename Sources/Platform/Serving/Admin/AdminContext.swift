public import Admin
private import Bytes
public import Runtime
public import Values

/// What a handler knows about its request besides the input.
public struct AdminContext: Sendable {
  public var principal: AdminPrincipal
  public var requestID: String
  /// Plan with the same checks, change nothing.
  public var isDryRun: Bool
  public var paging: AdminPaging
  /// The state the caller saw: refuse when there is a newer one.
  public var ifMatch: String?
  public var peer: SocketAddress
  /// The request came from another node, which asks all of them: answer for this one only.
  public var isForwarded: Bool
  /// The caller's own proof, for asking other nodes in its name. Never log it.
  public var authorization: Secret<String>?

  /// Throws `conflict` when the caller saw another state than `etag`.
  public func check(etag: String, of what: String) throws(AdminError) {
    guard let ifMatch, ifMatch != etag else { return }
    throw AdminError(
      .conflict, "request.changed_since", "\(what) was not changed",
      why: "it was changed by somebody else since it was read: its etag is \(etag), not \(ifMatch)",
      try: ["read it again and repeat the change with its new etag"])
  }
}

extension AdminPaging {
  /// Cuts a sorted list into the page that was asked for. The token is the name of the last item.
  public func page<Item>(
    _ items: [Item], warnings: [AdminWarning] = [], by name: (Item) -> String
  ) -> AdminList<Item> {
    var rest = items[...]
    if let token = self.token.flatMap(Self.decode) {
      rest = rest.drop { !token.utf8.lexicographicallyPrecedes(name($0).utf8) }
    }
    let page = Array(rest.prefix(self.limit))
    let next = rest.count > page.count ? page.last.map { Self.encode(name($0)) } : nil
    return AdminList(page, next: next, warnings: warnings)
  }

  /// Tokens are opaque, so that nobody builds one.
  public static func encode(_ name: String) -> String {
    Base64.text(of: Array(name.utf8).rawBytes, alphabet: .urlSafe)
  }

  public static func decode(_ token: String) -> String? {
    Base64.bytes(of: token, alphabet: .urlSafe).flatMap { String(validating: $0, as: UTF8.self) }
  }
}
