/// Why bytes were not compressed or taken apart.
public struct CompressionError: Error, Hashable, Sendable, CustomStringConvertible {
  public var code: Code
  public var message: String

  /// Stable identifiers: new ones may be added, none is renamed or reused.
  public struct Code: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    /// The bytes are not of that format, or cut off.
    public static let malformed = Code(rawValue: "compression.malformed")
    /// There is more inside than the caller wants to hold.
    public static let tooLarge = Code(rawValue: "compression.too_large")
    public static let outOfMemory = Code(rawValue: "compression.out_of_memory")
  }

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { self.message }
}
