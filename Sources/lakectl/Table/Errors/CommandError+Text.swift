extension CommandError {
  /// The form for people. Names in it may come from the cluster: control characters are made visible.
  package func text(style: Style) -> String {
    var lines = [style.bad("lakectl:") + " " + self.message.visible]
    if let why = self.why {
      lines += Self.labelled("why", why.visible.wrapped(to: 74))
    } else if self.code.exit == .ourBug || self.code.exit == .failed {
      lines += Self.labelled("why", ["not known"])
    }
    let tries = self.tries.map(\.visible)
    if let usage {
      lines += Self.labelled("try", tries)
      lines += Self.labelled(
        "use", usage.wrapped(to: 74, indent: 2) + (self.helpLine.map { [$0] } ?? []))
    } else {
      lines += Self.labelled("try", tries + (self.helpLine.map { [$0] } ?? []))
    }
    var last = "  code  \(self.code.rawValue.visible)"
    if let requestID { last += "   request \(requestID.visible)" }
    if let context { last += "   context \(context.visible)" }
    lines.append(style.dim(last))
    return lines.joined(separator: "\n") + "\n"
  }

  private static func labelled(_ label: String, _ lines: [String]) -> [String] {
    lines.enumerated().map {
      $0.offset == 0 ? "  \(label)   \($0.element)" : "        \($0.element)"
    }
  }
}

/// Something to know that is no error.
package struct Warning: Hashable, Sendable {
  package var code: String
  package var message: String

  package init(_ code: String, _ message: String) {
    self.code = code
    self.message = message
  }

  package func text(style: Style) -> String {
    style.warn("lakectl: warning:") + " " + self.message.visible + "\n"
  }

  package var line: String {
    var object = JSONObjectText()
    object.add("type", "warning")
    object.add("code", self.code)
    object.add("message", self.message)
    return object.line
  }
}
