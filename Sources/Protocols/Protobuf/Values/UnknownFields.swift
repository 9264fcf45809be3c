/// Fields that the schema does not know, as they came: tags and values in the order of arrival.
public struct UnknownFields: Equatable, Sendable {
  public private(set) var bytes: [UInt8] = []

  @inlinable public init() {}

  @inlinable public var isEmpty: Bool { self.bytes.isEmpty }

  public mutating func append(_ field: RawSpan) {
    field.withUnsafeBytes { self.bytes.append(contentsOf: $0) }
  }

  public mutating func removeAll() { self.bytes = [] }
}
