import Bytes
import HTTP
import HTTPServing
import Iceberg
import Identity
import JSON
import Runtime
import Values

/// Who sends a request, and tokens for those who prove it.
extension CatalogServer {
  /// Throws 401 when the request proves nobody and somebody is asked for.
  func caller(_ exchange: HTTPExchange) throws -> Caller {
    let time = self.catalog.time
    let source = exchange.peer.host
    var context = AccessContext(time: time.wallNow)
    context.isSecure = exchange.tls != nil
    context.userAgent = exchange.fieldText(.userAgent)
    var caller = Caller(
      principal: nil, context: context, deadline: time.now + self.catalog.options.requestLimit)
    guard let identity = self.catalog.access.identity else { return caller }
    guard try exchange.count(of: .authorization) < 2 else {
      throw ErrorResponse(.notAuthorized, "The request has two Authorization headers")
    }
    let token: String
    switch exchange.authorization {
    case .bearer(let bearer): token = bearer
    case .other(scheme: "x-api-key", let key): token = key
    case .basic, .other:
      throw ErrorResponse(.notAuthorized, "The credentials are no bearer token")
    case nil:
      guard exchange.field(.authorization) == nil, let key = exchange.fieldText(.xApiKey) else {
        throw ErrorResponse(.notAuthorized, "The request has no credentials")
      }
      token = key
    }
    caller.principal = try identity.authenticate(bearer: token, source: source)
    return caller
  }

  // MARK: The token endpoint

  /// Its errors have the form of OAuth, not of the catalog.
  func token(_ exchange: HTTPExchange) async throws {
    do {
      let fields = try await self.tokenFields(exchange)
      let session = try await self.issue(fields, exchange)
      exchange.begin(.ok)
      exchange.field(.cacheControl, "no-store" as StaticString)
      exchange.field(.contentType, "application/json" as StaticString)
      exchange.end(OAuthTokenResponse(session).jsonBytes.rawBytes)
    } catch let error as OAuthError {
      exchange.begin(Status(UInt16(error.status)))
      exchange.field(.cacheControl, "no-store" as StaticString)
      if error.status == 401 { exchange.field(.wwwAuthenticate, "Basic" as StaticString) }
      if error.status == 429 || error.status == 503 {
        exchange.field(.retryAfter, "10" as StaticString)
      }
      exchange.field(.contentType, "application/json" as StaticString)
      exchange.end(error.jsonBytes.rawBytes)
    }
  }

  private func tokenFields(_ exchange: HTTPExchange) async throws -> [String: String] {
    let type = (exchange.fieldText(.contentType) ?? "").prefix { $0 != ";" }.trimmingBlanks
    guard type.lowercased() == "application/x-www-form-urlencoded" else {
      throw OAuthError(.invalidRequest, "the body is a form")
    }
    let body = try await exchange.collectBody(limit: 1 << 20)
    var fields: [String: String] = [:]
    do throws(HTTPError) {
      for pair in try QueryString.pairs(body.rawBytes) {
        guard fields.updateValue(pair.value, forKey: pair.name) == nil else {
          throw HTTPError(.badRequest, .badParameter, "\(pair.name.prefix(40)) is given twice")
        }
      }
    } catch {
      throw OAuthError(.invalidRequest, error.message)
    }
    if case .basic(let user, let password) = exchange.authorization {
      // Id and secret are form-encoded inside; who does not encode sends a plus sign for itself.
      fields["client_id"] = PercentCoding.text(Array(user.utf8).rawBytes) ?? user
      fields["client_secret"] = PercentCoding.text(Array(password.utf8).rawBytes) ?? password
    }
    return fields
  }

  private func issue(
    _ fields: [String: String], _ exchange: HTTPExchange
  ) async throws -> IssuedSession? {
    // Without authentication every token is as good as another one.
    let identity = self.catalog.access.identity
    let source = exchange.peer.host
    let scope = fields["scope"] ?? ""
    do {
      switch fields["grant_type"] {
      case "client_credentials":
        guard let id = fields["client_id"], let secret = fields["client_secret"] else {
          throw OAuthError(.invalidRequest, "client_id and client_secret are due")
        }
        return try await identity?.clientCredentials(
          id: id, secret: secret, scope: scope, source: source)
      case "urn:ietf:params:oauth:grant-type:token-exchange":
        return try self.exchange(fields, identity, scope, source)
      case nil: throw OAuthError(.invalidRequest, "grant_type is missing")
      default:
        throw OAuthError(
          .unsupportedGrantType,
          "the grants are client_credentials and token-exchange")
      }
    } catch let error as IdentityError {
      throw OAuthError(error, isExchange: fields["subject_token"] != nil)
    }
  }

  private func exchange(
    _ fields: [String: String], _ identity: IdentityService?, _ scope: String, _ source: String
  ) throws -> IssuedSession? {
    let prefix = "urn:ietf:params:oauth:token-type:"
    guard let token = fields["subject_token"], let type = fields["subject_token_type"] else {
      throw OAuthError(.invalidRequest, "subject_token and subject_token_type are due")
    }
    guard type.hasPrefix(prefix),
      ["access_token", "jwt", "id_token"].contains(type.dropFirst(prefix.count))
    else { throw OAuthError(.invalidRequest, "the type of the subject token is not known") }
    guard let identity else { return nil }
    let principal = try identity.authenticate(bearer: token, source: source)
    return try identity.issueSession(for: principal, scope: scope)
  }
}

extension HTTPExchange {
  /// How often a field is there.
  func count(of name: FieldName) throws -> Int {
    var count = 0
    for index in 0..<self.fieldCount {
      self.withField(at: index) { found, _, _ in if found == name { count += 1 } }
    }
    return count
  }
}

extension SocketAddress {
  /// Without the port: the same for every connection of a host.
  var host: String {
    switch self {
    case .ip(let host, _): host
    case .unix: "local"
    }
  }
}

extension ErrorResponse {
  init(_ error: IdentityError) {
    switch error.code {
    case .expired: self.init(.notAuthorized, "The credentials expired")
    case .tooManyAttempts: self.init(.tooManyRequests, "Too many wrong credentials")
    case .denied: self = .forbidden
    case .storeUnavailable, .busy, .keysUnavailable, .storeFull:
      self.init(.serviceUnavailable, "The credentials cannot be checked now")
    default: self.init(.notAuthorized, "The credentials are not known")
    }
  }
}

extension OAuthTokenResponse {
  /// Without authentication there is no session, and any token will do.
  init(_ session: IssuedSession?) {
    guard let session else {
      self.init(accessToken: "open", expiresInSeconds: 3600, scope: "catalog")
      return
    }
    self.init(
      accessToken: session.token.exposed,
      expiresInSeconds: max(1, session.lifetime.components.seconds), scope: "catalog")
  }
}

extension OAuthError {
  init(_ error: IdentityError, isExchange: Bool) {
    switch error.code {
    case .tooManyAttempts: self.init(.slowDown, "too many wrong secrets")
    case .storeUnavailable, .busy, .keysUnavailable, .storeFull:
      self.init(.temporarilyUnavailable, "the credentials cannot be checked now")
    case .denied: self.init(.unauthorizedClient, "the client cannot get a token")
    default:
      self.init(
        isExchange ? .invalidGrant : .invalidClient,
        isExchange ? "the subject token is not good" : "the client or its secret is not known")
    }
  }
}
