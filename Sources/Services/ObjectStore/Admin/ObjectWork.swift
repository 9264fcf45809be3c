import Admin
import Cluster
import Hosting
import ObjectModel
import Runtime
import S3
import Values

/// Runs a piece of the object store and gives its errors the form of the admin API; see `clusterWork`.
func objectWork<R>(_ body: () async throws -> R) async throws(AdminError) -> R {
  do {
    return try await body()
  } catch let error as AdminError {
    throw error
  } catch let error as ControlError {
    throw AdminError(error)
  } catch let error as NamespaceError {
    throw AdminError(error)
  } catch let error as S3Error {
    throw AdminError(error)
  } catch let error as ClusterError {
    throw AdminError(error)
  } catch {
    throw AdminError(.failed, "request.failed", "the request failed: \(error)", changed: nil)
  }
}

extension AdminError {
  init(_ error: ControlError) {
    let kind: Kind =
      switch error.code {
      case .noSuchBucket: .notFound
      case .exists, .notEmpty, .invalidState: .conflict
      case .tooMany: .overLimit
      case .busy, .heldByAnother, .unavailable: .unavailable
      default: .failed
      }
    self.init(
      kind, error.code.rawValue, error.message,
      try: error.code == .noSuchBucket ? ["lakectl bucket list"] : [])
  }

  init(_ error: NamespaceError) {
    let kind: Kind =
      switch error.code {
      case .noSuchRoot, .noSuchKey, .noSuchVersion, .noSuchUpload: .notFound
      case .closed, .notEmpty, .preconditionFailed, .conflict, .destinationExists, .locked:
        .conflict
      case .keyTooLong, .invalidRename, .badRequest, .tokenMismatch: .badRequest
      case .slowDown, .shuttingDown, .staleEpoch, .deadlineExceeded, .unreachable: .unavailable
      case .quotaExceeded, .noSpace: .overLimit
      case .unsupported: .notSupported
      default: .failed
      }
    self.init(
      kind, error.code.description, error.message,
      changed: error.code == .unreachable ? nil : false)
  }

  /// A document or a name that S3 refuses.
  init(_ error: S3Error) {
    self.init(
      error.code.status >= 500 ? .failed : .badRequest, "object.refused",
      "the object store refuses it as \(error.code.text)", why: error.message)
  }

  static func noSuchBucket(_ name: String) -> AdminError {
    AdminError(
      .notFound, ControlError.Code.noSuchBucket.rawValue,
      "there is no bucket \(name.prefix(80).debugDescription)", try: ["lakectl bucket list"])
  }

  static func noSuchObject(_ bucket: String, _ key: String) -> AdminError {
    AdminError(
      .notFound, NamespaceError.Code.noSuchKey.description,
      "there is no object \("\(bucket)/\(key)".prefix(200).debugDescription)",
      try: ["lakectl object list \(bucket)"])
  }

  static func badValue(_ message: String, why: String, try tries: [String] = []) -> AdminError {
    AdminError(.badRequest, "request.bad_value", message, why: why, try: tries)
  }
}

extension ObjectAdminSources {
  /// Throws `notFound`.
  func bucket(_ name: String) async throws(AdminError) -> BucketRecord {
    let found: BucketRecord?
    do throws(ControlError) {
      found = try await self.control.bucket(name)
    } catch {
      throw AdminError(error)
    }
    guard let found else { throw .noSuchBucket(name) }
    return found
  }

  func call(_ bucket: BucketRecord) -> NamespaceCall {
    NamespaceCall(root: bucket.root, deadline: self.time.now + .seconds(30))
  }
}

extension Timestamp {
  init(milliseconds: UInt64) {
    let most = UInt64(Int64.max / 1_000_000)
    self.init(WallTime(nanoseconds: Int64(min(milliseconds, most)) * 1_000_000))
  }
}

extension BucketRecord {
  /// Of a record that may be changed by anybody in between.
  var etag: String { "\(self.revision)" }
}
