import CRocksDB

/// Runs one native call and throws what it reports. `attempt` and `path` say in the message what was
/// tried on what.
func checked<R>(
  _ attempt: @autoclosure () -> String, _ path: String,
  _ call: (UnsafeMutablePointer<crocks_status>) -> R
) throws(StoreError) -> R {
  var status = crocks_status()
  let result = call(&status)
  guard status.code == CROCKS_OK else { throw StoreError(taking: &status, attempt(), path) }
  return result
}

extension StoreError {
  /// Takes the message out of `status`.
  init(taking status: inout crocks_status, _ attempt: String, _ path: String) {
    let text = status.message.map { String(cString: $0) } ?? "status \(status.code)"
    crocks_free(status.message)
    status.message = nil
    let code = Code(status, text)
    self.init(code, "\(attempt) \(path): \(text)", hint: Self.hint(for: code))
  }

  private static func hint(for code: Code) -> String? {
    switch code {
    case .fullDisk: "writes go on by themselves once the disk has room"
    case .locked: "another process has the store open"
    default: nil
    }
  }
}

extension StoreError.Code {
  /// The one place where the library's status becomes ours.
  fileprivate init(_ status: crocks_status, _ text: String) {
    if status.subcode == CROCKS_SUB_NO_SPACE || status.subcode == CROCKS_SUB_SPACE_LIMIT {
      self = .fullDisk
      return
    }
    switch status.code {
    case CROCKS_NOT_FOUND: self = .notFound
    case CROCKS_CORRUPTION: self = .corruption
    case CROCKS_NOT_SUPPORTED: self = .unsupported
    case CROCKS_INVALID_ARGUMENT:
      // Opening without creating says so in its text only.
      self = text.contains("does not exist") ? .notFound : .invalid
    case CROCKS_IO_ERROR:
      // The lock file has no code of its own.
      if text.contains("lock hold by") || text.contains("While lock file") {
        self = .locked
      } else {
        self = status.subcode == CROCKS_SUB_PATH_NOT_FOUND ? .notFound : .io
      }
    case CROCKS_INCOMPLETE: self = .stalled
    case CROCKS_SHUTDOWN, CROCKS_ABORTED: self = .closed
    case CROCKS_TIMED_OUT: self = .timedOut
    case CROCKS_BUSY, CROCKS_TRY_AGAIN: self = .busy
    case CROCKS_FAMILY_DROPPED: self = .notFound
    default: self = .io
    }
  }
}

/// Compares a status with the enumerators of the header.
func == (code: Int32, name: crocks_code) -> Bool { code == Int32(bitPattern: name.rawValue) }
func == (code: Int32, name: crocks_subcode) -> Bool { code == Int32(bitPattern: name.rawValue) }
func ~= (name: crocks_code, code: Int32) -> Bool { code == name }

/// Lends `bytes` to a native call.
func withSlice<R>(_ bytes: [UInt8]?, _ body: (crocks_slice) -> R) -> R {
  guard let bytes else { return body(crocks_slice(bytes: nil, count: 0)) }
  return bytes.withUnsafeBufferPointer { buffer in
    // An empty array may have no address, and no address means "no bound".
    let start = buffer.baseAddress ?? UnsafePointer(emptyByte)
    return body(crocks_slice(bytes: start, count: UInt64(buffer.count)))
  }
}

/// An address for empty bytes. Never read or written.
nonisolated(unsafe) private let emptyByte = UnsafeMutablePointer<UInt8>.allocate(capacity: 1)
