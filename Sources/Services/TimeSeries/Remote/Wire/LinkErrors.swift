import Link
import SeriesColumns
import SeriesQuery
import SeriesSchema

// The errors of rows and of queries go over the wire as they are: what they are in the detail.

extension LinkError.Code {
  /// A `SeriesError`; the detail is its code.
  static let series = LinkError.Code(rawValue: 1200)
  /// A `SeriesFault`; the detail is the number of its kind.
  static let fault = LinkError.Code(rawValue: 1201)
}

extension LinkError {
  init(_ error: SeriesError) {
    self.init(
      .series, error.message, hint: error.hint, detail: Array(error.code.rawValue.utf8))
  }

  init(_ fault: SeriesFault) {
    self.init(.fault, fault.message, detail: [UInt8(clamping: fault.kind.rawValue)])
  }

  init(_ error: ColumnError, _ command: UInt32) {
    self.init(
      .badRequest, "the body of command \(command) cannot be read: \(error.message)",
      hint: "the node may be of another version")
  }
}

extension SeriesError {
  init(_ error: LinkError, _ node: String) {
    switch error.code {
    case .series:
      self.init(
        Code(rawValue: String(decoding: error.detail, as: UTF8.self)), error.message,
        hint: error.hint)
    case .badRequest, .malformed, .unknownCommand:
      self.init(.malformed, "node \(node): \(error.message)", hint: error.hint)
    case .slowDown: self.init(.overloaded, "node \(node): \(error.message)", hint: error.hint)
    default: self.init(.unavailable, "node \(node): \(error.message)", hint: error.hint)
    }
  }
}

extension SeriesFault {
  init(_ error: LinkError, _ node: String) {
    switch error.code {
    case .fault:
      let kind = error.detail.first.flatMap { Kind(rawValue: Int($0)) } ?? .internalError
      self.init(kind, error.message)
    case .series: self.init(SeriesError(error, node))
    case .badRequest, .malformed, .unknownCommand:
      self.init(.internalError, "node \(node): \(error.message)")
    case .slowDown: self.init(.resourceExhausted, "node \(node): \(error.message)")
    default: self.init(.unavailable, "node \(node): \(error.message)")
    }
  }
}
