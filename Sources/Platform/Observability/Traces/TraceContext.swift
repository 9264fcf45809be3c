public import Bytes

// W3C Trace Context, level 1:
//
//    traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
//                 version  trace id (16 bytes)         span id (8)      flags (01: sampled)
//    tracestate:  vendor=value,other=value             at most 32 members, passed on as they came

/// Where a piece of work belongs: the trace it is part of and the span that asked for it.
public struct TraceContext: Hashable, Sendable, CustomStringConvertible {
  public static let parentByteCount = 55

  /// Never 0.
  public var traceID: UInt128
  /// Never 0.
  public var spanID: UInt64
  public var isSampled: Bool

  /// - Precondition: neither id is 0.
  public init(traceID: UInt128, spanID: UInt64, isSampled: Bool) {
    precondition(traceID != 0, "trace id 0")
    precondition(spanID != 0, "span id 0")
    self.traceID = traceID
    self.spanID = spanID
    self.isSampled = isSampled
  }

  /// The first of a trace, made from random bits that are handed in.
  public init(random: (UInt64, UInt64, UInt64), sampler: TraceSampler) {
    let traceID = UInt128(random.0) << 64 | UInt128(random.1)
    self.init(
      traceID: traceID == 0 ? 1 : traceID, spanID: random.2 == 0 ? 1 : random.2,
      isSampled: sampler.samples(traceID))
  }

  /// The context of work that this span asks for.
  public func child(random: UInt64) -> TraceContext {
    TraceContext(
      traceID: self.traceID, spanID: random == 0 ? 1 : random, isSampled: self.isSampled)
  }

  /// Reads a `traceparent`; nil for what the standard says to ignore: then a new trace begins.
  ///
  /// A version above ours is read by the form of ours, as the standard asks.
  public init?(parent text: RawSpan) {
    guard text.byteCount >= Self.parentByteCount, text[byteAt: 2] == UInt8(ascii: "-"),
      text[byteAt: 35] == UInt8(ascii: "-"), text[byteAt: 52] == UInt8(ascii: "-"),
      let version = Self.number(text, 0, 2), version != 0xFF,
      let high = Self.number(text, 3, 16), let low = Self.number(text, 19, 16),
      let spanID = Self.number(text, 36, 16), let flags = Self.number(text, 53, 2)
    else { return nil }
    let traceID = UInt128(high) << 64 | UInt128(low)
    guard traceID != 0, spanID != 0 else { return nil }
    if text.byteCount > Self.parentByteCount {
      guard version > 0, text[byteAt: Self.parentByteCount] == UInt8(ascii: "-") else { return nil }
    }
    self.init(traceID: traceID, spanID: spanID, isSampled: flags & 1 != 0)
  }

  /// Lower-case digits only, as the standard says.
  private static func number(_ text: RawSpan, _ start: Int, _ count: Int) -> UInt64? {
    var value: UInt64 = 0
    for index in start..<start + count {
      let byte = text[byteAt: index]
      guard let digit = Hexadecimal.value(ofDigit: byte), !(0x41...0x46 ~= byte) else {
        return nil
      }
      value = value << 4 | UInt64(digit)
    }
    return value
  }

  /// Appends the `traceparent`.
  public func append(to target: inout ByteWriter) {
    target.append("00-" as StaticString)
    Self.append(UInt64(truncatingIfNeeded: self.traceID >> 64), to: &target)
    Self.append(UInt64(truncatingIfNeeded: self.traceID), to: &target)
    target.append(UInt8(ascii: "-"))
    Self.append(self.spanID, to: &target)
    target.append(self.isSampled ? "-01" : "-00" as StaticString)
  }

  private static func append(_ value: UInt64, to target: inout ByteWriter) {
    for shift in stride(from: UInt64(60), through: 0, by: -4) {
      let nibble = UInt8(value >> shift & 15)
      target.append(nibble < 10 ? 0x30 + nibble : 0x57 + nibble)
    }
  }

  public var description: String {
    var writer = ByteWriter(capacity: 64)
    self.append(to: &writer)
    return writer.bytes.lossyText
  }

  /// The trace id as 32 digits: what a log line says.
  public var traceText: String { String(self.description.dropFirst(3).prefix(32)) }
}
