internal import Link
internal import ObjectModel

// The codes of namespaces and blob stores are those of Link and of the services behind it, so an error goes
// over the wire as it is: the condition that failed as its detail, the present term in the header.

extension LinkError {
  init(_ error: NamespaceError) {
    self.init(
      Code(rawValue: error.code.rawValue), error.message,
      detail: Array((error.condition ?? "").utf8), epoch: error.epoch)
  }

  init(_ error: BlobError) {
    self.init(Code(rawValue: error.code.rawValue), error.message)
  }

  init(_ error: WireError, _ command: UInt32) {
    self.init(
      .badRequest, "the body of command \(command) cannot be read: \(error.what) is missing",
      hint: "the node may be of another version")
  }

  /// Errors of the way to a node, not of the node: whether it was done is not known, or it was not.
  fileprivate var isOfTheWay: Bool {
    switch self.code {
    case .unreachable, .circuitOpen, .refused, .cancelled: true
    default: false
    }
  }
}

extension NamespaceError {
  init(_ error: LinkError) {
    if error.isOfTheWay {
      self.init(.unreachable, error.description)
      return
    }
    self.init(
      Code(rawValue: error.code.rawValue), error.message, epoch: error.epoch,
      condition: error.detail.isEmpty ? nil : String(decoding: error.detail, as: UTF8.self))
  }
}

extension BlobError {
  init(_ error: LinkError) {
    if error.isOfTheWay {
      self.init(.unreachable, error.description)
      return
    }
    self.init(Code(rawValue: error.code.rawValue), error.message)
  }
}
