public import Bytes

/// Content whose length is known only when it is written, behind a Content-Length field that is filled in
/// afterwards: blanks before a value mean nothing.
extension ByteWriter {
  /// Appends the Content-Length field and the end of the head.
  public mutating func beginCountedContent() -> CountedMark {
    let start = self.count
    self.append(literal: "Content-Length:           \r\n\r\n")
    return CountedMark(head: start, content: self.count)
  }

  /// Fills in how much was appended since, and returns it.
  public mutating func endCountedContent(_ mark: CountedMark) -> Int {
    let count = self.count - mark.content
    precondition(count >= 0 && count < 10_000_000_000, "content of \(count) bytes")
    var rest = count
    var at = mark.content - 5
    repeat {
      self.overwrite(at: at, littleEndian: UInt8(rest % 10) + 0x30)
      rest /= 10
      at -= 1
    } while rest > 0
    return count
  }
}

/// Where counted content was begun.
public struct CountedMark: Sendable {
  /// Where its Content-Length field begins.
  public let head: Int
  /// Where its content begins.
  public let content: Int
}
