private import Bytes

/// A part of a window of bytes. Parsers say where things are and copy nothing: an extent is good as
/// long as the window keeps its bytes, also after the window was moved or has grown at its end.
public struct Extent: Hashable, Sendable {
  public var offset: UInt32
  public var count: UInt32

  @inlinable public init(offset: UInt32, count: UInt32) {
    self.offset = offset
    self.count = count
  }

  @inlinable public init(_ range: Range<Int>) {
    self.offset = UInt32(range.lowerBound)
    self.count = UInt32(range.count)
  }

  public static let empty = Extent(offset: 0, count: 0)

  @inlinable public var isEmpty: Bool { self.count == 0 }
  @inlinable public var range: Range<Int> {
    Int(self.offset)..<(Int(self.offset) &+ Int(self.count))
  }

  /// The bytes, in the window that the extent was found in. Traps when the window is shorter.
  @inlinable @_lifetime(copy window)
  public func bytes(in window: RawSpan) -> RawSpan { window.extracting(self.range) }
}
