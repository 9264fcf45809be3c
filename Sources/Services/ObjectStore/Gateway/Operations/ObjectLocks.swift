private import Runtime
private import Values
import Bytes
import HTTP
import HTTPServing
import ObjectModel
import S3

extension ObjectGateway {
  private func requireLock(_ request: S3Request) throws(S3Error) {
    guard request.bucket.hasObjectLock else {
      throw S3Error(.invalidRequest, "Bucket is missing Object Lock Configuration")
    }
  }

  func getRetention(_ request: S3Request) async throws {
    try self.requireLock(request)
    let found = try await self.find(request, action: "s3:GetObjectRetention", .read)
    guard let retention = found.record.retention else {
      throw S3Error(
        .noSuchObjectLockConfiguration,
        "The specified object does not have a ObjectLock configuration")
    }
    request.respond(
      xml: RetentionDocument(
        mode: retention.mode == .compliance ? .compliance : .governance,
        untilMilliseconds: retention.untilMilliseconds
      ).text)
  }

  func putRetention(_ request: S3Request) async throws {
    try self.requireLock(request)
    let found = try await self.find(request, action: "s3:PutObjectRetention", .write)
    let body = try await self.smallBody(request)
    let document = try RetentionDocument.read(body)
    let bypasses = try await self.bypassesGovernance(request)
    let now = UInt64(clamping: self.time.wallNow.nanoseconds / 1_000_000)
    if let document, document.untilMilliseconds <= now {
      throw S3Error(.invalidArgument, "The retain until date must be in the future!")
    }
    try await self.change(request, found.record) { record throws(S3Error) in
      let wanted = document.map {
        Retention(
          $0.mode == .compliance ? .compliance : .governance,
          untilMilliseconds: $0.untilMilliseconds)
      }
      guard Self.mayChange(record.retention, to: wanted, now: now, bypasses: bypasses) else {
        throw S3Error(.accessDenied, "Access Denied because object protected by object lock.")
      }
      record.retention = wanted
    }
    request.respond(200)
  }

  /// A retention that still holds is only ever made stronger; a governance also by who may bypass it.
  static func mayChange(
    _ old: Retention?, to new: Retention?, now: UInt64, bypasses: Bool
  ) -> Bool {
    guard let old, old.untilMilliseconds > now else { return true }
    if old.mode == .governance, bypasses { return true }
    guard let new, new.untilMilliseconds >= old.untilMilliseconds else { return false }
    return old.mode == .compliance ? new.mode == .compliance : new.mode == .governance
  }

  func getLegalHold(_ request: S3Request) async throws {
    try self.requireLock(request)
    let found = try await self.find(request, action: "s3:GetObjectLegalHold", .read)
    request.respond(xml: LegalHoldDocument.text(isOn: found.record.hasLegalHold))
  }

  func putLegalHold(_ request: S3Request) async throws {
    try self.requireLock(request)
    let found = try await self.find(request, action: "s3:PutObjectLegalHold", .write)
    let isOn = try LegalHoldDocument.isOn(try await self.smallBody(request))
    try await self.change(request, found.record) { record throws(S3Error) in
      if isOn { record.flags.insert(.legalHold) } else { record.flags.remove(.legalHold) }
    }
    request.respond(200)
  }
}
