/// How much a record matters.
public enum LogLevel: UInt8, Comparable, Sendable, CaseIterable, CustomStringConvertible {
  /// Every step: for one component and a short time.
  case trace = 0
  case debug
  case info
  /// Something is not as it should be, and work goes on.
  case warning
  /// Something could not be done.
  case error

  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

  /// `trace`, `debug`, `info`, `warning`, `error`.
  public var description: String {
    switch self {
    case .trace: "trace"
    case .debug: "debug"
    case .info: "info"
    case .warning: "warning"
    case .error: "error"
    }
  }

  /// Reads a name, `warn` too; nil for anything else.
  public init?(_ text: String) {
    let text = text.lowercased()
    guard let level = Self.allCases.first(where: { $0.description == text }) else {
      guard text == "warn" else { return nil }
      self = .warning
      return
    }
    self = level
  }
}
