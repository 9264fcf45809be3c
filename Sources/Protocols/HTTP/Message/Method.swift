/// The methods that are known here. A token that is none of them is answered 501.
public enum Method: UInt8, CaseIterable, Sendable {
  case get, head, post, put, delete, patch, options, trace, connect

  public static let count = 9

  public var text: StaticString {
    switch self {
    case .get: "GET"
    case .head: "HEAD"
    case .post: "POST"
    case .put: "PUT"
    case .delete: "DELETE"
    case .patch: "PATCH"
    case .options: "OPTIONS"
    case .trace: "TRACE"
    case .connect: "CONNECT"
    }
  }

  /// A repeat has the effect of one.
  public var isIdempotent: Bool {
    switch self {
    case .get, .head, .put, .delete, .options, .trace: true
    case .post, .patch, .connect: false
    }
  }

  /// Asks for nothing to change.
  public var isSafe: Bool {
    switch self {
    case .get, .head, .options, .trace: true
    case .post, .put, .delete, .patch, .connect: false
    }
  }

  /// The method spelled by the bytes of `range`: methods are case-sensitive.
  init?(_ window: Window, _ range: Range<Int>) {
    switch range.count {
    case 3:
      if window.spells("GET", range) {
        self = .get
      } else if window.spells("PUT", range) {
        self = .put
      } else {
        return nil
      }
    case 4:
      if window.spells("POST", range) {
        self = .post
      } else if window.spells("HEAD", range) {
        self = .head
      } else {
        return nil
      }
    case 5...7:
      for method in [Method.delete, .patch, .options, .trace, .connect]
      where window.spells(method.text, range) {
        self = method
        return
      }
      return nil
    default: return nil
    }
  }
}

/// A set of methods, as an `Allow` field lists it.
public struct MethodSet: OptionSet, Sendable {
  public let rawValue: UInt16
  public init(rawValue: UInt16) { self.rawValue = rawValue }
  public init(_ method: Method) { self.rawValue = 1 << UInt16(method.rawValue) }

  public func contains(_ method: Method) -> Bool { self.contains(MethodSet(method)) }

  /// `GET, HEAD`, in the order of `Method`.
  public var text: String {
    Method.allCases.filter { self.contains($0) }.map { "\($0.text)" }.joined(separator: ", ")
  }
}

extension Window {
  @inline(__always) func spells(_ text: StaticString, _ range: Range<Int>) -> Bool {
    guard range.count == text.utf8CodeUnitCount else { return false }
    for index in 0..<range.count where self[range.lowerBound &+ index] != text.utf8Start[index] {
      return false
    }
    return true
  }
}
