/// The members of an object in their order.
///
/// Two objects are equal when they have the same members, in any order.
public struct JSONObject: Sendable {
  public private(set) var members: [Member] = []
  /// Where each name is, once there are many; the last one when a name is there twice.
  private var positions: [String: Int]?

  public struct Member: Hashable, Sendable {
    public let name: String
    public var value: JSONValue
  }

  /// Above this many members a table is faster than comparing names.
  private static let indexedFrom = 16

  public init() {}

  public var count: Int { self.members.count }
  public var isEmpty: Bool { self.members.isEmpty }
  public var names: [String] { self.members.map(\.name) }

  public mutating func reserveCapacity(_ count: Int) { self.members.reserveCapacity(count) }

  /// Adds a member at the end, even when there is one of that name: for copying what was read.
  public mutating func append(_ value: JSONValue, named name: String) {
    self.members.append(Member(name: name, value: value))
    if self.positions != nil {
      self.positions?[name] = self.members.count - 1
    } else if self.members.count == Self.indexedFrom {
      self.rebuildPositions()
    }
  }

  /// Reading finds the last member of that name. Writing replaces it in its place or adds one at the
  /// end; writing nil removes all of that name.
  public subscript(name: String) -> JSONValue? {
    get { self.position(of: name).map { self.members[$0].value } }
    set {
      guard let newValue else {
        self.members.removeAll { $0.name == name }
        self.rebuildPositions()
        return
      }
      if let position = self.position(of: name) {
        self.members[position].value = newValue
      } else {
        self.append(newValue, named: name)
      }
    }
  }

  private func position(of name: String) -> Int? {
    if let positions = self.positions { return positions[name] }
    return self.members.lastIndex { $0.name == name }
  }

  private mutating func rebuildPositions() {
    guard self.members.count >= Self.indexedFrom else {
      self.positions = nil
      return
    }
    var positions: [String: Int] = [:]
    positions.reserveCapacity(self.members.count)
    for (position, member) in self.members.enumerated() { positions[member.name] = position }
    self.positions = positions
  }
}

extension JSONObject: Hashable {
  public static func == (left: JSONObject, right: JSONObject) -> Bool {
    guard left.count == right.count else { return false }
    if left.members == right.members { return true }
    var counts: [Member: Int] = [:]
    for member in left.members { counts[member, default: 0] += 1 }
    for member in right.members {
      guard let count = counts[member], count > 0 else { return false }
      counts[member] = count - 1
    }
    return true
  }

  public func hash(into hasher: inout Hasher) {
    // A sum does not depend on the order.
    var sum = 0
    for member in self.members { sum &+= member.hashValue }
    hasher.combine(sum)
  }
}
