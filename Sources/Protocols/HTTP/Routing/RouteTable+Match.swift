private import Bytes
private import Glibc

extension RouteTable {
  /// Finds the route of a path that is still percent-encoded. Literals match after decoding, so
  /// `/%61` is `/a`; a slash that is encoded is part of its segment.
  public func match(_ method: Method, path: RawSpan, into match: inout RouteMatch) -> RouteOutcome {
    match.route = -1
    match.count = 0
    var allowed: MethodSet = []
    let isFound = path.withUnsafeBytes { buffer in
      let window = Window(buffer)
      // An absolute target may have no path: it means the root.
      let start = window.count > 0 ? 1 : 0
      return self.descend(0, window, start, Int(method.rawValue), &match, &allowed)
    }
    guard isFound else { return allowed.isEmpty ? .notFound : .methodNotAllowed(allowed) }
    guard self.mode == .text else { return .found }
    for index in 0..<match.count {
      let raw = match.extents[index].bytes(in: path)
      guard raw.firstOffset(of: UInt8(ascii: "%")) != nil else { continue }
      guard PercentCoding.text(raw) != nil else { return .badParameter }
    }
    return .found
  }

  /// Matches the segments from `start` on below `node`. The depth is that of the table, not of the path.
  private func descend(
    _ index: Int, _ window: Window, _ start: Int, _ method: Int, _ match: inout RouteMatch,
    _ allowed: inout MethodSet
  ) -> Bool {
    let node = self.nodes[index]
    let end = window.first(UInt8(ascii: "/"), in: start..<window.count) ?? window.count
    let isLast = end == window.count
    let depth = match.count
    if let child = self.literal(of: node, window, start..<end),
      self.enter(child, window, end, isLast, method, &match, &allowed)
    {
      return true
    }
    if node.parameter >= 0, end > start {
      match.extents[depth] = Extent(start..<end)
      match.count = depth + 1
      if self.enter(Int(node.parameter), window, end, isLast, method, &match, &allowed) {
        return true
      }
    }
    if node.rest >= 0, start < window.count {
      match.extents[depth] = Extent(start..<window.count)
      match.count = depth + 1
      if self.finish(Int(node.rest), method, &match, &allowed) { return true }
    }
    match.count = depth
    return false
  }

  @inline(__always)
  private func enter(
    _ child: Int, _ window: Window, _ end: Int, _ isLast: Bool, _ method: Int,
    _ match: inout RouteMatch, _ allowed: inout MethodSet
  ) -> Bool {
    isLast
      ? self.finish(child, method, &match, &allowed)
      : self.descend(child, window, end + 1, method, &match, &allowed)
  }

  private func finish(
    _ index: Int, _ method: Int, _ match: inout RouteMatch, _ allowed: inout MethodSet
  ) -> Bool {
    let node = self.nodes[index]
    guard node.routes >= 0 else { return false }
    let route = self.routes[Int(node.routes) + method]
    guard route >= 0 else {
      allowed.formUnion(node.allowed)
      return false
    }
    match.route = Int(route)
    return true
  }

  /// The node behind the literal that the segment spells, or nil.
  private func literal(of node: Node, _ window: Window, _ segment: Range<Int>) -> Int? {
    guard node.edgeCount > 0 else { return nil }
    if window.first(UInt8(ascii: "%"), in: segment) != nil {
      return self.escapedLiteral(of: node, window, segment)
    }
    return self.text.withUnsafeBytes { text in
      var low = Int(node.firstEdge)
      var high = low + Int(node.edgeCount)
      while low < high {
        let middle = (low + high) / 2
        let edge = self.edges[middle]
        var order = segment.count - Int(edge.textCount)
        if order == 0, edge.textCount > 0 {
          order = Int(
            memcmp(
              window.base + segment.lowerBound,
              // There is text when an edge has some.
              text.baseAddress.unsafelyUnwrapped + Int(edge.textStart), segment.count))
        }
        if order == 0 { return Int(edge.node) }
        if order < 0 { high = middle } else { low = middle + 1 }
      }
      return nil
    }
  }

  private func escapedLiteral(of node: Node, _ window: Window, _ segment: Range<Int>) -> Int? {
    var decoded = ByteWriter(capacity: segment.count)
    let bytes = UnsafeRawBufferPointer(
      start: window.base + segment.lowerBound, count: segment.count)
    guard PercentCoding.decode(bytes.bytes, to: &decoded) else { return nil }
    for index in Int(node.firstEdge)..<Int(node.firstEdge + node.edgeCount) {
      let edge = self.edges[index]
      let text = self.text[Int(edge.textStart)..<Int(edge.textStart + edge.textCount)]
      if decoded.bytes.isEqual(to: text.span.bytes) { return Int(edge.node) }
    }
    return nil
  }
}
