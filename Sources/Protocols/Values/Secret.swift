/// A value that is never printed: descriptions, dumps and logs of it and of what holds it say `•••`.
/// Reading it is a word that stands out in review.
public struct Secret<Value: Sendable>: Sendable, CustomStringConvertible,
  CustomDebugStringConvertible,
  CustomReflectable
{
  private let value: Value

  /// What is printed in a secret's place.
  public static var mark: String { "•••" }

  public init(_ value: Value) { self.value = value }

  /// The value itself: hand it on, never print it.
  public var exposed: Value { self.value }

  public var description: String { Self.mark }
  public var debugDescription: String { Self.mark }
  public var customMirror: Mirror { Mirror(self, children: []) }
}

extension Secret: Equatable where Value: Equatable {}
extension Secret: Hashable where Value: Hashable {}
