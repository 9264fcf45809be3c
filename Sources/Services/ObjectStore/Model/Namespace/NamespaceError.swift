/// Why a namespace did not do what it was asked.
package struct NamespaceError: Error, Sendable, Hashable, CustomStringConvertible {
  package var code: Code
  package var message: String
  /// With `staleEpoch`: the present one.
  package var epoch: UInt64
  /// With `preconditionFailed`: the condition, as its header is called.
  package var condition: String?

  package init(_ code: Code, _ message: String, epoch: UInt64 = 0, condition: String? = nil) {
    self.code = code
    self.message = message
    self.epoch = epoch
    self.condition = condition
  }

  package var description: String { "\(self.code): \(self.message)" }

  /// Stable numbers, those of Link messages. New ones may be added, none is renamed or reused.
  package struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let `internal` = Code(rawValue: 1)
    package static let corrupted = Code(rawValue: 3)
    package static let slowDown = Code(rawValue: 4)
    package static let shuttingDown = Code(rawValue: 5)
    package static let noSpace = Code(rawValue: 9)
    package static let staleEpoch = Code(rawValue: 10)
    package static let deadlineExceeded = Code(rawValue: 11)
    package static let badRequest = Code(rawValue: 14)
    /// Nobody knows whether it was done.
    package static let unreachable = Code(rawValue: 17)

    package static let noSuchRoot = Code(rawValue: 1000)
    /// The bucket is being deleted.
    package static let closed = Code(rawValue: 1001)
    package static let notEmpty = Code(rawValue: 1002)
    package static let noSuchKey = Code(rawValue: 1003)
    package static let noSuchVersion = Code(rawValue: 1004)
    package static let noSuchUpload = Code(rawValue: 1005)
    package static let preconditionFailed = Code(rawValue: 1006)
    /// What was read before is not any more what is there.
    package static let conflict = Code(rawValue: 1007)
    package static let destinationExists = Code(rawValue: 1008)
    /// A retention or a legal hold.
    package static let locked = Code(rawValue: 1009)
    package static let quotaExceeded = Code(rawValue: 1010)
    package static let keyTooLong = Code(rawValue: 1011)
    package static let invalidRename = Code(rawValue: 1012)
    /// A client's token came again with other arguments.
    package static let tokenMismatch = Code(rawValue: 1013)
    /// The engine cannot do this, or not for so many keys.
    package static let unsupported = Code(rawValue: 1014)
    /// A record or part names a blob that was begun so long ago that the orphan scan may take it.
    package static let blobTooOld = Code(rawValue: 1015)

    private static let names: [UInt32: String] = [
      1: "internal", 3: "corrupted", 4: "slow_down", 5: "shutting_down", 9: "no_space",
      10: "stale_epoch", 11: "deadline_exceeded", 14: "bad_request", 17: "unreachable",
      1000: "no_such_root", 1001: "closed", 1002: "not_empty", 1003: "no_such_key",
      1004: "no_such_version", 1005: "no_such_upload", 1006: "precondition_failed",
      1007: "conflict", 1008: "destination_exists", 1009: "locked", 1010: "quota_exceeded",
      1011: "key_too_long", 1012: "invalid_rename", 1013: "token_mismatch", 1014: "unsupported",
      1015: "blob_too_old",
    ]
    package var description: String {
      "namespace." + (Self.names[self.rawValue] ?? "\(self.rawValue)")
    }
  }
}
