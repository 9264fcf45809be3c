import Iceberg
import Identity
import Values

/// Who asks, for one request.
struct Caller: Sendable {
  /// Nil where authentication is off.
  var principal: Principal?
  var context: AccessContext
  /// Of the idempotency key, when the request has one.
  var claim: RequestClaim?
  /// Of somebody whom the admin API has let in: acts with the rights of the catalog itself.
  var operatorName: String?
  /// When the request must be answered.
  var deadline: MonotonicTime

  init(principal: Principal?, context: AccessContext, deadline: MonotonicTime) {
    self.principal = principal
    self.context = context
    self.deadline = deadline
  }

  /// For events and the audit.
  var name: String { self.principal?.name ?? self.operatorName ?? "anybody" }
}

/// An idempotency key with what the request is.
struct RequestClaim: Sendable {
  var key: RequestKey
  var fingerprint: String

  func record(
    _ status: Int, _ answer: RequestRecord.Answer, atMS now: Int64
  ) -> RequestRecord {
    RequestRecord(
      self.key, fingerprint: self.fingerprint, createdAtMS: now, status: status, answer: answer)
  }
}

/// What rights are on: `catalog/WAREHOUSE/LEVEL/…/NAME`. A right holds for everything below.
enum CatalogResource {
  case warehouse
  case namespace(Namespace)
  case object(TableIdentifier)

  func text(in warehouse: String) -> String {
    var parts = [warehouse]
    switch self {
    case .warehouse: break
    case .namespace(let namespace): parts += namespace.levels
    case .object(let identifier): parts += identifier.namespace.levels + [identifier.name]
    }
    return "catalog/" + parts.map(Self.part).joined(separator: "/")
  }

  /// A name as one part: what would end it, or stand for others, is escaped.
  private static func part(_ name: String) -> String {
    guard name.utf8.contains(where: { self.specials.contains($0) }) else { return name }
    var part = ""
    for scalar in name.unicodeScalars {
      if scalar.value < 0x80, self.specials.contains(UInt8(scalar.value)) {
        part += "%" + String(scalar.value, radix: 16, uppercase: true)
      } else {
        part.unicodeScalars.append(scalar)
      }
    }
    return part
  }

  private static let specials = Set("/*?%$".utf8)
}

/// What the rights of the catalog are.
enum CatalogRight: Sendable {
  case read, write, manage

  var action: Action {
    switch self {
    case .read: "catalog:read"
    case .write: "catalog:write"
    case .manage: "catalog:manage"
    }
  }
}

/// Asks Identity. Without it, or with authentication off, everybody may do everything.
struct CatalogAccess: Sendable {
  let identity: IdentityService?

  init(_ identity: IdentityService?) { self.identity = identity }

  func allows(
    _ caller: Caller, _ right: CatalogRight, on resource: CatalogResource, in warehouse: String
  ) -> Bool {
    if caller.operatorName != nil { return true }
    guard let identity, let principal = caller.principal else { return self.identity == nil }
    return identity.evaluate(
      principal, right.action, on: resource.text(in: warehouse), caller.context
    ).isAllowed
  }

  /// Throws `missing` when the caller may not even see the thing, so that nobody learns from an answer
  /// what is there.
  func require(
    _ caller: Caller, _ right: CatalogRight, on resource: CatalogResource, in warehouse: String,
    orElse missing: ErrorResponse
  ) throws {
    guard !self.allows(caller, right, on: resource, in: warehouse) else { return }
    guard right != .read, self.allows(caller, .read, on: resource, in: warehouse) else {
      throw missing
    }
    throw ErrorResponse.forbidden
  }
}
