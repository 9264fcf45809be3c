/// Where a reader of logs is, on every node: `n1:4711,n2:88`. Opaque to clients.
struct LogCursor: Hashable, Sendable {
  private var places: [String: UInt64] = [:]
  static let nodeMax = 1000

  /// What cannot be read is passed over: the reader then begins with the oldest line.
  init(_ text: String?) {
    for part in (text ?? "").split(separator: ",").prefix(Self.nodeMax) {
      guard let colon = part.lastIndex(of: ":"),
        let place = UInt64(part[part.index(after: colon)...])
      else { continue }
      self.places[String(part[..<colon])] = place
    }
  }

  subscript(node: String) -> UInt64? {
    get { self.places[node] }
    set { self.places[node] = newValue }
  }

  mutating func take(_ other: LogCursor) {
    self.places.merge(other.places) { $1 }
  }

  var text: String {
    self.places.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }.joined(separator: ",")
  }
}
