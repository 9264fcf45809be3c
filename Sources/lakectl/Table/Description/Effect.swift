/// What a command may do to the world. Each command has one, fixed in the table.
package enum Effect: Int, Comparable, CaseIterable, Sendable {
  /// R: reads.
  case reads
  /// W: writes, and is easy to take back.
  case writes
  /// H: hard to undo, or touches availability. Asks; scripts say `--yes`.
  case hardToUndo
  /// X: destroys data, or has the whole cluster in reach. Asks for the name; scripts say `--confirm`.
  case destroys

  package var letter: String {
    switch self {
    case .reads: "R"
    case .writes: "W"
    case .hardToUndo: "H"
    case .destroys: "X"
    }
  }

  package var words: String {
    switch self {
    case .reads: "reads"
    case .writes: "writes, easy to take back"
    case .hardToUndo: "hard to undo: asks, or needs --yes"
    case .destroys: "destroys: asks for the name, or needs --confirm NAME"
    }
  }

  /// The effect `steps` more dangerous. What only reads stays so.
  package func raised(by steps: Int) -> Effect {
    guard self != .reads else { return .reads }
    return Effect(rawValue: min(self.rawValue + steps, Effect.destroys.rawValue)) ?? .destroys
  }

  package static func < (left: Effect, right: Effect) -> Bool { left.rawValue < right.rawValue }
}
