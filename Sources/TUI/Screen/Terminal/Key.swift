/// A key of the keyboard. There is no Alt, no function key and no mouse: they break in
/// multiplexers.
package enum Key: Hashable, Sendable {
  case character(Unicode.Scalar)
  /// Ctrl and a letter, in lower case.
  case control(Unicode.Scalar)
  case enter, escape, tab, backTab, backspace, delete
  case up, down, left, right, home, end, pageUp, pageDown

  /// How help writes it.
  package var words: String {
    switch self {
    case .character(" "): "Space"
    case .character(let scalar): String(scalar)
    case .control(let scalar): "Ctrl-\(String(scalar).uppercased())"
    case .enter: "Enter"
    case .escape: "Esc"
    case .tab: "Tab"
    case .backTab: "Shift-Tab"
    case .backspace: "Backspace"
    case .delete: "Delete"
    case .up: "Up"
    case .down: "Down"
    case .left: "Left"
    case .right: "Right"
    case .home: "Home"
    case .end: "End"
    case .pageUp: "PgUp"
    case .pageDown: "PgDn"
    }
  }

  /// What a terminal sends for one character: control characters are keys.
  package init?(received scalar: Unicode.Scalar) {
    switch scalar.value {
    case 0x0D, 0x0A: self = .enter
    case 0x09: self = .tab
    case 0x1B: self = .escape
    case 0x7F, 0x08: self = .backspace
    case 0x01...0x1A: self = .control(Unicode.Scalar(UInt8(scalar.value + 0x60)))
    case 0x00...0x1F: return nil
    default: self = .character(scalar)
    }
  }

  package static let named: [Key] = [
    .enter, .escape, .tab, .backTab, .backspace, .delete, .up, .down, .left, .right, .home, .end,
    .pageUp, .pageDown,
  ]
}
