private import Bytes
private import Values

/// Times of documents: `2026-01-31T09:08:07.000Z`.
public enum S3Time {
  public static func text(milliseconds: UInt64) -> String {
    // Any 63 bits of milliseconds that a clock gives are in the years 1970 to 9999.
    guard
      let time = try? Timestamp(
        seconds: Int64(clamping: milliseconds / 1000),
        nanosecond: Int32(milliseconds % 1000) * 1_000_000)
    else { return "9999-12-31T23:59:59.999Z" }
    return time.text(fraction: .digits(3))
  }

  /// Milliseconds of a time as documents and headers have it: with or without fraction and offset, or a
  /// day alone. Nil when it is none, or before 1970.
  public static func milliseconds(_ text: String) -> UInt64? {
    var full = text
    if text.utf8.count == 10 { full += "T00:00:00Z" }
    guard let time = try? Timestamp(parsing: full), time.seconds >= 0 else { return nil }
    return UInt64(time.seconds) * 1000 + UInt64(time.nanosecond / 1_000_000)
  }

  /// Seconds of an HTTP date; nil when it is none.
  public static func httpSeconds(_ text: String) -> Int64? {
    let bytes = Array(text.utf8)
    // Years of two digits are of this century.
    guard let pivot = try? Timestamp(seconds: 1_800_000_000),
      let time = try? HTTPDate.time(parsing: bytes.rawBytes, now: pivot)
    else { return nil }
    return time.seconds
  }
}
