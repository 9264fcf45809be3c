/// A node of a document and where it starts. Aliases are replaced by what they stand for.
public struct YAMLNode: Hashable, Sendable {
  public var content: Content
  public var position: YAMLPosition

  public indirect enum Content: Hashable, Sendable {
    case scalar(YAMLScalar)
    case sequence([YAMLNode])
    case mapping([Pair])
  }

  /// A key and its value. Keys are scalars and stand once in a mapping.
  public struct Pair: Hashable, Sendable {
    public var key: String
    public var keyPosition: YAMLPosition
    public var value: YAMLNode
  }

  public var scalar: YAMLScalar? {
    guard case .scalar(let scalar) = self.content else { return nil }
    return scalar
  }

  public var sequence: [YAMLNode]? {
    guard case .sequence(let nodes) = self.content else { return nil }
    return nodes
  }

  public var mapping: [Pair]? {
    guard case .mapping(let pairs) = self.content else { return nil }
    return pairs
  }

  public var isNull: Bool { self.scalar?.value == .null }

  public subscript(key: String) -> YAMLNode? {
    self.mapping?.first { $0.key == key }?.value
  }

  /// The kind of the node in words, for messages.
  public var kindText: String {
    switch self.content {
    case .sequence: "a list"
    case .mapping: "a mapping"
    case .scalar(let scalar):
      switch scalar.value {
      case .null: "nothing"
      case .boolean: "a boolean"
      case .integer, .real, .notFinite: "a number"
      case .string: "a text"
      }
    }
  }
}
