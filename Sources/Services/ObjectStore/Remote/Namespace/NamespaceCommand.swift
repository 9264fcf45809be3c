internal import Bytes
internal import ObjectModel
internal import Values

/// The commands of a namespace: those of the specification behind 256, for one door serves the blobs of a
/// node as well.
enum NamespaceCommand: UInt32, Sendable, CaseIterable {
  case put = 272
  case get = 273
  case list = 274
  case delete = 275
  case createRoot = 276
  case dropRoot = 277
  case renameObject = 278
  case replace = 279
  case closeRoot = 282
  case reopenRoot = 283
  case renameFolder = 284
  case listVersions = 290
  case createUpload = 296
  case putPart = 297
  case completeUpload = 298
  case abortUpload = 299
  case listUploads = 300
  case parts = 301
  case upload = 302
  case usage = 306
  case takeGarbage = 309
  case acknowledgeGarbage = 310
  case references = 312

  /// What a token makes safe to send twice; the rest is so by itself.
  var wantsToken: Bool {
    switch self {
    case .put, .delete, .renameObject, .replace, .renameFolder, .createUpload, .putPart,
      .completeUpload, .abortUpload:
      true
    case .get, .list, .createRoot, .dropRoot, .closeRoot, .reopenRoot, .listVersions, .listUploads,
      .parts, .upload, .usage, .takeGarbage, .acknowledgeGarbage, .references:
      false
    }
  }
}

// Before the arguments of every command: root u64, milliseconds that the caller waits u32 (0: for ever),
// token (flag, u64, u64). Trace and term are in the header of the frame.

/// What a call carries besides its arguments.
struct NamespaceHead: WireValue {
  var root: RootID
  var waitMilliseconds: UInt32
  var token: RequestToken?

  init(_ call: NamespaceCall, at now: MonotonicTime) {
    self.root = call.root
    self.token = call.token
    let left = (call.deadline - now) / .milliseconds(1)
    self.waitMilliseconds = left > Double(UInt32.max) ? 0 : UInt32(max(1, left))
  }

  init(from reader: inout ByteReader) throws(WireError) {
    self.root = RootID(rawValue: try reader.number())
    self.waitMilliseconds = try reader.number()
    self.token =
      try reader.flag() ? RequestToken(high: try reader.number(), low: try reader.number()) : nil
  }

  func write(to target: inout ByteWriter) {
    target.append(littleEndian: self.root.rawValue)
    target.append(littleEndian: self.waitMilliseconds)
    target.append(flag: self.token != nil)
    if let token = self.token {
      target.append(littleEndian: token.high)
      target.append(littleEndian: token.low)
    }
  }

  func call(epoch: UInt64, trace: UInt64, at now: MonotonicTime) -> NamespaceCall {
    NamespaceCall(
      root: self.root, epoch: epoch, trace: trace, token: self.token,
      deadline: self.waitMilliseconds == 0
        ? .distantFuture : now + .milliseconds(Int64(self.waitMilliseconds)))
  }
}
