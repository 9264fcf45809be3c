/// Encoded bytes that are not what an encoder writes.
///
/// Pages carry a checksum, so this is met after a checksum that held only when the bytes were made by
/// somebody else; nothing of the page is used.
public struct ColumnError: Error, Sendable, CustomStringConvertible {
  public var message: String

  public init(_ message: String) { self.message = message }

  public var description: String { self.message }
}
