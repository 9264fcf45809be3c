internal import CYaml

/// Turns libyaml's events into nodes.
struct YAMLReader: ~Copyable {
  private let parser: OpaquePointer
  private let bytes: UnsafeRawBufferPointer
  private var event = cyaml_event()
  private let limits: YAMLLimits
  private var nodeCount = 0
  private var anchors: [String: Anchored] = [:]

  /// What an alias stands for, and what it costs to use it.
  private struct Anchored {
    var node: YAMLNode?
    var nodeCount = 0
    var height = 0
  }

  init(_ bytes: UnsafeRawBufferPointer, limits: YAMLLimits) throws(YAMLError) {
    let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    // libyaml wants a pointer also for no bytes.
    let empty: StaticString = ""
    guard let parser = cyaml_open(start ?? empty.utf8Start, UInt64(bytes.count)) else {
      throw YAMLError(.tooLarge, "no memory for a parser", at: YAMLPosition(line: 1, column: 1))
    }
    self.parser = parser
    self.bytes = bytes
    self.limits = limits
  }

  deinit { cyaml_close(self.parser) }

  private var position: YAMLPosition {
    YAMLPosition(
      line: Int(clamping: self.event.line) + 1, column: Int(clamping: self.event.column) + 1)
  }

  private mutating func next() throws(YAMLError) -> Int32 {
    let kind = cyaml_next(self.parser, &self.event)
    if kind == CYAML_ERROR {
      let offset = Int(clamping: self.event.offset)
      throw YAMLError(
        .malformed, self.text,
        at: offset < 0 ? self.position : YAMLPosition(offset: offset, in: self.bytes))
    }
    return kind
  }

  private var text: String {
    String(
      decoding: UnsafeBufferPointer(start: self.event.text, count: Int(self.event.text_length)),
      as: UTF8.self)
  }

  mutating func documents() throws(YAMLError) -> [YAMLNode] {
    var documents: [YAMLNode] = []
    while try self.next() == CYAML_DOCUMENT_START {
      self.anchors.removeAll()
      let kind = try self.next()
      documents.append(try self.node(kind, depth: 1).node)
      _ = try self.next()
    }
    return documents
  }

  /// The node whose first event is the current one, and how many levels it has.
  private mutating func node(
    _ kind: Int32, depth: Int
  ) throws(YAMLError) -> (node: YAMLNode, height: Int) {
    let position = self.position
    if kind == CYAML_ALIAS { return try self.alias(at: position, depth: depth) }
    try self.count(1, at: position)
    let before = self.nodeCount
    let anchor = self.event.anchor.map { String(cString: $0) }
    // Open until the node is whole: an alias inside would make a circle.
    if let anchor { self.anchors[anchor] = Anchored() }
    let content: YAMLNode.Content
    var height = 1
    switch Int(kind) {
    case CYAML_SCALAR:
      content = .scalar(try self.scalar(at: position))
    case CYAML_SEQUENCE_START:
      try self.checkTag("seq", at: position)
      try self.checkDepth(depth, at: position)
      var nodes: [YAMLNode] = []
      while case let kind = try self.next(), kind != CYAML_SEQUENCE_END {
        let (node, inner) = try self.node(kind, depth: depth + 1)
        nodes.append(node)
        height = max(height, inner + 1)
      }
      content = .sequence(nodes)
    default:
      try self.checkTag("map", at: position)
      try self.checkDepth(depth, at: position)
      let (pairs, inner) = try self.pairs(depth: depth)
      content = .mapping(pairs)
      height = inner + 1
    }
    let node = YAMLNode(content: content, position: position)
    if let anchor {
      self.anchors[anchor] = Anchored(
        node: node, nodeCount: self.nodeCount - before + 1, height: height)
    }
    return (node, height)
  }

  private mutating func pairs(
    depth: Int
  ) throws(YAMLError) -> (pairs: [YAMLNode.Pair], height: Int) {
    var pairs: [YAMLNode.Pair] = []
    var seen: [String: YAMLPosition] = [:]
    var height = 0
    while case let kind = try self.next(), kind != CYAML_MAPPING_END {
      let position = self.position
      let isPlain = self.event.plain == 1
      guard let scalar = try self.node(kind, depth: depth + 1).node.scalar else {
        throw YAMLError(.notSupported, "a key must be a plain word or a text", at: position)
      }
      let key = scalar.text
      if isPlain, key == "<<" {
        throw YAMLError(
          .notSupported, "merge keys are not supported: write the members out", at: position)
      }
      if let first = seen.updateValue(position, forKey: key) {
        throw YAMLError(
          .duplicateKey,
          "key \(String(key.prefix(60)).debugDescription) stands here a second time, first on line"
            + " \(first.line)", at: position)
      }
      let (value, inner) = try self.node(try self.next(), depth: depth + 1)
      pairs.append(YAMLNode.Pair(key: key, keyPosition: position, value: value))
      height = max(height, inner)
    }
    return (pairs, height)
  }

  private mutating func alias(
    at position: YAMLPosition, depth: Int
  ) throws(YAMLError) -> (node: YAMLNode, height: Int) {
    let name = self.event.anchor.map { String(cString: $0) } ?? ""
    guard let anchored = self.anchors[name] else {
      throw YAMLError(.badAlias, "no anchor \"&\(name)\" stands before this alias", at: position)
    }
    guard let node = anchored.node else {
      throw YAMLError(.badAlias, "alias \"*\(name)\" stands inside its own anchor", at: position)
    }
    try self.count(anchored.nodeCount, at: position)
    try self.checkDepth(depth + anchored.height - 1, at: position)
    return (node, anchored.height)
  }

  private mutating func count(_ nodes: Int, at position: YAMLPosition) throws(YAMLError) {
    self.nodeCount += nodes
    guard self.nodeCount <= self.limits.nodeCountMax else {
      throw YAMLError(
        .tooLarge, "more than \(self.limits.nodeCountMax) nodes, those behind aliases included",
        at: position)
    }
  }

  private func checkDepth(_ depth: Int, at position: YAMLPosition) throws(YAMLError) {
    guard depth <= self.limits.depthMax else {
      throw YAMLError(
        .tooDeep, "more than \(self.limits.depthMax) levels of nesting", at: position)
    }
  }

  // MARK: Tags

  private static let standardTags = "tag:yaml.org,2002:"

  private func checkTag(_ expected: String, at position: YAMLPosition) throws(YAMLError) {
    guard let tag = self.event.tag.map({ String(cString: $0) }), tag != "!",
      tag != Self.standardTags + expected
    else { return }
    throw YAMLError(.notSupported, "tag \(String(tag.prefix(60)).debugDescription)", at: position)
  }

  private func scalar(at position: YAMLPosition) throws(YAMLError) -> YAMLScalar {
    let text = self.text
    guard let tag = self.event.tag.map({ String(cString: $0) }) else {
      return self.event.plain == 1 ? YAMLScalar(plain: text) : YAMLScalar(string: text)
    }
    let plain = YAMLScalar(plain: text)
    let fits: Bool
    switch (
      tag.hasPrefix(Self.standardTags) ? String(tag.dropFirst(Self.standardTags.count)) : tag,
      plain.value
    ) {
    case ("!", _), ("str", _): return YAMLScalar(string: text)
    case ("null", .null), ("bool", .boolean), ("int", .integer), ("float", .integer),
      ("float", .real), ("float", .notFinite):
      fits = true
    case ("null", _), ("bool", _), ("int", _), ("float", _):
      fits = false
    default:
      throw YAMLError(.notSupported, "tag \(String(tag.prefix(60)).debugDescription)", at: position)
    }
    guard fits else {
      throw YAMLError(
        .badValue,
        "\(String(text.prefix(60)).debugDescription) is not of the type its tag names", at: position
      )
    }
    return plain
  }
}
