import Bytes
import Crypto
import HTTP
import HTTPServing
import Iceberg
import Identity
import JSON
import Observability
import Runtime
import Synchronization
import Values

/// Requests with idempotency keys: what came of one is told again to its repeats.
///
/// The outcome is written with the effect, in one transaction of the store. Here is what stands before
/// and after: a repeat that comes while the first one is under way waits for it.
final class RequestReplays: Sendable {
  private let underWay = Mutex<[RequestKey: [CheckedContinuation<Void, Never>]]>([:])
  private let catalog: IcebergCatalog

  init(_ catalog: IcebergCatalog) { self.catalog = catalog }

  /// The claim of a request; nil when it has no key.
  static func claim(
    of request: CatalogRequest, body: [UInt8]
  ) throws(IcebergError) -> RequestClaim? {
    guard let text = request.exchange.fieldText(.idempotencyKey) else { return nil }
    guard let key = try? ObjectID(parsing: text), key.version == 7, key.isStandard else {
      throw IcebergError(
        .badRequest, "the Idempotency-Key is a UUID of version 7, 36 characters long")
    }
    var hash = SHA256()
    hash.update(Array("\(request.exchange.method.text) ".utf8).rawBytes)
    hash.update(request.exchange.target)
    hash.update([0].rawBytes)
    hash.update(body.rawBytes)
    let digest = hash.finish()
    return RequestClaim(
      key: RequestKey(
        warehouse: request.warehouse.name, principal: request.caller.owner, key: key),
      fingerprint: Hexadecimal.text(of: digest.bytes))
  }

  /// Runs `body` unless the request has come to something before.
  func once(
    _ request: CatalogRequest, _ claim: RequestClaim,
    _ body: (CatalogRequest) async throws -> CatalogAnswer
  ) async throws -> CatalogAnswer {
    await self.enter(claim.key)
    defer { self.leave(claim.key) }
    if let done = try await self.catalog.store.request(claim.key) {
      return try await self.replay(done, claim, request)
    }
    // It may have waited for the first one all its time.
    try self.catalog.checkTime(request.caller)
    var request = request
    request.caller.claim = claim
    do {
      let answer = try await body(request)
      return answer
    } catch {
      // A request of another process was first.
      if let done = try await self.catalog.store.request(claim.key) {
        return try await self.replay(done, claim, request)
      }
      let response = CatalogServer.response(to: error)
      if Self.isFinal(response.status) { await self.remember(response, claim) }
      throw error
    }
  }

  /// Whether a repeat would end alike: not what another caller, another moment or a working store would
  /// change.
  private static func isFinal(_ status: Int) -> Bool {
    (400..<500).contains(status) && ![401, 403, 408, 413, 415, 429].contains(status)
  }

  private func remember(_ response: ErrorResponse, _ claim: RequestClaim) async {
    let record = claim.record(
      response.status, .body(response.text()), atMS: self.catalog.nowMS)
    _ = try? await self.catalog.store.apply(
      CatalogChange(in: claim.key.warehouse, [], request: record))
  }

  private func replay(
    _ record: RequestRecord, _ claim: RequestClaim, _ request: CatalogRequest
  ) async throws -> CatalogAnswer {
    guard record.fingerprint == claim.fingerprint else {
      throw ErrorResponse(
        .unprocessableEntity, "The idempotency key was used for another request")
    }
    self.catalog.metrics.replays.add()
    let status = Status(UInt16(clamping: record.status))
    switch record.answer {
    case .nothing: return CatalogAnswer(status: status)
    case .body(let text): return CatalogAnswer(status: status, body: .json(Array(text.utf8)))
    case .object(let id): return try await self.replay(object: id, request)
    }
  }

  // Not inlined: with all ways out in one coroutine the optimiser (6.3.1) fails to split it.
  @inline(never)
  private func replay(
    object id: ObjectID, _ request: CatalogRequest
  ) async throws -> CatalogAnswer {
    let object = try await self.catalog.store.object(id)
    guard let object, object.dropped == nil else { throw Self.gone }
    let document = try await self.catalog.store.document(id)
    guard let document else { throw Self.gone }
    guard object.kind == .table else {
      return CatalogAnswer(
        LoadedObject(metadataLocation: document.metadataLocation, document: document))
    }
    return CatalogAnswer(
      try await self.catalog.loaded(
        document, object.identifier, in: request.warehouse, LoadMode(), by: request.caller))
  }

  private static var gone: ErrorResponse {
    ErrorResponse(.notFound, "The request was done; what it made has been dropped since")
  }

  // MARK: Requests under way

  private func enter(_ key: RequestKey) async {
    while true {
      let isOurs = self.underWay.withLock { state in
        guard state[key] == nil else { return false }
        state[key] = []
        return true
      }
      if isOurs { return }
      await withCheckedContinuation { continuation in
        let isOver = self.underWay.withLock { state in
          guard state[key] != nil else { return true }
          state[key, default: []].append(continuation)
          return false
        }
        if isOver { continuation.resume() }
      }
    }
  }

  private func leave(_ key: RequestKey) {
    let waiting = self.underWay.withLock { $0.removeValue(forKey: key) } ?? []
    for continuation in waiting { continuation.resume() }
  }
}

extension Caller {
  /// Whose keys of idempotency these are: the same for every token of one client.
  var owner: String { self.principal.map { "\($0.who)" } ?? "anybody" }
}
