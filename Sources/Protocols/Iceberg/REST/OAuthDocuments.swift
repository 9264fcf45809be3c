public import JSON

/// What the token endpoint answers.
public struct OAuthTokenResponse: Hashable, Sendable {
  public var accessToken: String
  public var expiresInSeconds: Int64?
  public var scope: String?
  public var refreshToken: String?

  public init(
    accessToken: String, expiresInSeconds: Int64? = nil, scope: String? = nil,
    refreshToken: String? = nil
  ) {
    self.accessToken = accessToken
    self.expiresInSeconds = expiresInSeconds
    self.scope = scope
    self.refreshToken = refreshToken
  }
}

extension OAuthTokenResponse: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    self.init(
      accessToken: try json.string("access_token"),
      expiresInSeconds: try json.longIfPresent("expires_in"),
      scope: try json.stringIfPresent("scope"),
      refreshToken: try json.stringIfPresent("refresh_token"))
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("access_token", self.accessToken)
      json.member("token_type", "bearer")
      json.member("expires_in", ifPresent: self.expiresInSeconds)
      json.member("issued_token_type", "urn:ietf:params:oauth:token-type:access_token")
      json.member("scope", ifPresent: self.scope)
      json.member("refresh_token", ifPresent: self.refreshToken)
    }
  }
}

/// Why there is no token, in the form of RFC 6749.
public struct OAuthError: Error, Hashable, Sendable {
  public var code: Code
  public var message: String

  public enum Code: String, Sendable, CaseIterable {
    case invalidRequest = "invalid_request"
    case invalidClient = "invalid_client"
    case invalidGrant = "invalid_grant"
    case unauthorizedClient = "unauthorized_client"
    case unsupportedGrantType = "unsupported_grant_type"
    case invalidScope = "invalid_scope"
    /// Not of the RFC: too many wrong secrets, and a server that cannot check one.
    case slowDown = "slow_down"
    case temporarilyUnavailable = "temporarily_unavailable"
  }

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var status: Int {
    switch self.code {
    case .invalidClient: 401
    case .slowDown: 429
    case .temporarilyUnavailable: 503
    default: 400
    }
  }
}

extension OAuthError: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    let text = try json.string("error")
    self.init(
      Code(rawValue: text) ?? .invalidRequest, try json.stringIfPresent("error_description") ?? "")
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("error", self.code.rawValue)
      json.member("error_description", self.message)
    }
  }
}
