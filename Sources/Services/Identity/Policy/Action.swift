/// Something a principal may do: `s3:GetObject`, `catalog:read`. Actions are numbered by the catalogue,
/// so that a compiled rule is a set of bits. Keep one in a `static let`: looking a name up hashes it.
package struct Action: Hashable, Sendable, CustomStringConvertible {
  let number: UInt8

  init(number: UInt8) { self.number = number }

  /// Nil when there is no such action. Case does not matter.
  package init?(named name: String) {
    guard let number = ActionCatalogue.numbers[name.lowercased()] else { return nil }
    self.number = number
  }

  /// As the catalogue writes it.
  package var description: String { ActionCatalogue.names[Int(self.number)] }

  /// The part before the colon.
  package var area: Substring {
    let name = ActionCatalogue.names[Int(self.number)]
    return name.prefix { $0 != ":" }
  }

  /// Every action that a policy may name, in the catalogue's order.
  package static var all: [Action] {
    ActionCatalogue.names.indices.map { Action(number: UInt8($0)) }
  }
}

extension Action: ExpressibleByStringLiteral {
  /// For our own code, which knows the catalogue: a name that is not there traps.
  package init(stringLiteral name: String) {
    guard let action = Action(named: name) else {
      preconditionFailure("there is no action \(name)")
    }
    self = action
  }
}

/// A set of actions, as bits.
package struct ActionSet: Hashable, Sendable {
  private var low: UInt128 = 0
  private var high: UInt128 = 0

  package init() {}

  package init(_ actions: some Sequence<Action>) {
    for action in actions { self.insert(action) }
  }

  /// Every action there is and every one that later versions add.
  package static let all: ActionSet = {
    var set = ActionSet()
    set.low = .max
    set.high = .max
    return set
  }()

  package var isEmpty: Bool { self.low == 0 && self.high == 0 }

  package mutating func insert(_ action: Action) {
    if action.number < 128 {
      self.low |= 1 << UInt128(action.number)
    } else {
      self.high |= 1 << UInt128(action.number - 128)
    }
  }

  @inline(__always) package func contains(_ action: Action) -> Bool {
    let half = action.number < 128 ? self.low : self.high
    return half >> UInt128(action.number & 127) & 1 == 1
  }

  package mutating func formUnion(_ other: ActionSet) {
    self.low |= other.low
    self.high |= other.high
  }

  package var inverted: ActionSet {
    var set = self
    set.low = ~self.low
    set.high = ~self.high
    return set
  }

  /// What `pattern` names: an action, a pattern with `*` and `?`, or a privilege such as `s3:write`.
  /// Nil when that is nothing.
  package init?(pattern: String) {
    if pattern == "*" || pattern == "*:*" {
      self = .all
      return
    }
    let lower = pattern.lowercased()
    if let action = Action(named: lower) {
      // A privilege of that name holds what an action of that name means, and more.
      self.init(CollectionOfOne(action))
      if let privilege = Privileges.sets[lower] { self.formUnion(privilege) }
      return
    }
    if let privilege = Privileges.sets[lower] {
      self = privilege
      return
    }
    guard lower.utf8.contains(where: { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") }) else {
      return nil
    }
    let wildcard = WildcardPattern(lower)
    self.init(Action.all.filter { wildcard.matches($0.description.lowercased()) })
    if self.isEmpty { return nil }
  }
}
