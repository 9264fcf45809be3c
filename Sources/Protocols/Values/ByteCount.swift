/// A size in bytes as people write it: `64MiB 10GB 4096`. `KiB MiB GiB …` are powers of 1024,
/// `kB MB GB …` powers of 1000; the two differ, and neither is guessed.
public struct ByteCount: Hashable, Comparable, Sendable, CustomStringConvertible {
  public var bytes: Int64

  public init(_ bytes: Int64) { self.bytes = bytes }

  private static let binary: [String] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
  private static let decimal: [String] = ["kB", "MB", "GB", "TB", "PB", "EB"]

  public static let largest = ByteCount(.max)

  /// A fraction is fine as long as a whole number of bytes comes out: `1.5GiB`.
  ///
  /// - Throws: when the text is no size, or the size is outside `range`, which the error names.
  public init(
    parsing text: String, in range: ClosedRange<ByteCount> = ByteCount(0)...largest
  ) throws(ValueError) {
    guard let (significand, decimals, unit) = splitDecimal(text) else {
      throw Self.malformed(text)
    }
    let factor = try Self.factor(of: unit, in: text)
    let (product, overflow) = significand.multipliedReportingOverflow(by: Int128(factor))
    var divisor: Int128 = 1
    for _ in 0..<decimals { divisor *= 10 }
    guard overflow || product % divisor == 0 else {
      throw ValueError(.malformed, "\(quoted(text)) is not a whole number of bytes")
    }
    guard !overflow, let bytes = Int64(exactly: product / divisor),
      range.contains(ByteCount(bytes))
    else {
      throw ValueError(
        .outOfRange,
        "\(quoted(text)) is not in the range \(range.lowerBound) to \(range.upperBound)")
    }
    self.bytes = bytes
  }

  private static func factor(of unit: Substring, in text: String) throws(ValueError) -> Int64 {
    if unit.isEmpty || unit == "B" { return 1 }
    if let power = self.binary.firstIndex(where: { $0 == unit }) {
      return 1 << Int64(10 * (power + 1))
    }
    let spelt = unit == "KB" ? "kB" : unit
    guard let power = self.decimal.firstIndex(where: { $0 == spelt }) else {
      throw self.malformed(text)
    }
    return (0...power).reduce(1) { factor, _ in factor * 1000 }
  }

  private static func malformed(_ text: String) -> ValueError {
    .malformed(text, "a size such as 4096, 64MiB (1024 * 1024 bytes each) or 10GB (10^9 bytes)")
  }

  /// A whole number of the unit that makes it smallest, of 1024 before of 1000: it reads back as the
  /// same size.
  public var description: String {
    guard self.bytes != 0 else { return "0" }
    var best = (count: self.bytes, unit: "")
    for (units, base) in [(Self.binary, 1024), (Self.decimal, 1000)] as [([String], Int64)] {
      var count = self.bytes
      for unit in units {
        guard count % base == 0 else { break }
        count /= base
        if count.magnitude < best.count.magnitude { best = (count, unit) }
      }
    }
    return "\(best.count)\(best.unit)"
  }

  public static func < (left: Self, right: Self) -> Bool { left.bytes < right.bytes }
}

/// Bytes per second: a size with or without `/s` after it.
public struct ByteRate: Hashable, Comparable, Sendable, CustomStringConvertible {
  public var bytesPerSecond: Int64

  public init(bytesPerSecond: Int64) { self.bytesPerSecond = bytesPerSecond }

  public static let largest = ByteRate(bytesPerSecond: .max)

  public init(
    parsing text: String,
    in range: ClosedRange<ByteRate> = ByteRate(bytesPerSecond: 0)...largest
  ) throws(ValueError) {
    let size = text.hasSuffix("/s") ? String(text.dropLast(2)) : text
    do {
      self.bytesPerSecond = try ByteCount(parsing: size).bytes
    } catch {
      if error.code == .outOfRange { throw Self.outside(text, range) }
      throw .malformed(text, "a rate such as 64MiB/s or 10MB/s")
    }
    guard range.contains(self) else { throw Self.outside(text, range) }
  }

  private static func outside(_ text: String, _ range: ClosedRange<ByteRate>) -> ValueError {
    ValueError(
      .outOfRange,
      "\(quoted(text)) is not in the range \(range.lowerBound) to \(range.upperBound)")
  }

  public var description: String { "\(ByteCount(self.bytesPerSecond))/s" }

  public static func < (left: Self, right: Self) -> Bool {
    left.bytesPerSecond < right.bytesPerSecond
  }
}

/// `12.50MiB` as 1250, 2 and `MiB`; nil without digits, or with more than 30 of them.
func splitDecimal(_ text: String) -> (significand: Int128, decimals: Int, unit: Substring)? {
  let whole = text.prefix { $0.isASCII && $0.isNumber }
  var rest = text[whole.endIndex...]
  var fraction: Substring = ""
  if rest.first == "." {
    rest.removeFirst()
    fraction = rest.prefix { $0.isASCII && $0.isNumber }
    guard !fraction.isEmpty else { return nil }
    rest = rest[fraction.endIndex...]
  }
  guard !whole.isEmpty, whole.utf8.count <= 20, fraction.utf8.count <= 9,
    let significand = Int128(whole + fraction)
  else { return nil }
  return (significand, fraction.utf8.count, rest)
}
