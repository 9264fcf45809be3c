package import Bytes

/// Until when a version may not be removed.
package struct Retention: Hashable, Sendable {
  package enum Mode: UInt8, Sendable {
    /// Removed before only by who may bypass it and says so.
    case governance = 1
    /// Removed before by nobody, and never shortened.
    case compliance = 2
  }

  package var mode: Mode
  /// Since 1970.
  package var untilMilliseconds: UInt64

  package init(_ mode: Mode, untilMilliseconds: UInt64) {
    self.mode = mode
    self.untilMilliseconds = untilMilliseconds
  }

  package init?(decoding bytes: RawSpan) {
    var reader = ByteReader(bytes)
    guard let raw = reader.byte(), let mode = Mode(rawValue: raw),
      let until = reader.littleEndian(UInt64.self)
    else { return nil }
    self.mode = mode
    self.untilMilliseconds = until
  }

  package func append(to target: inout ByteWriter) {
    target.append(self.mode.rawValue)
    target.append(littleEndian: self.untilMilliseconds)
  }
}
