/// Swift text being written, line by line.
struct SourceText {
  private(set) var text = ""
  private var depth = 0

  mutating func line(_ line: String = "") {
    if !line.isEmpty { self.text += String(repeating: "  ", count: self.depth) + line }
    self.text += "\n"
  }

  /// A line that opens a brace, what is inside, and the closing brace.
  mutating func block(_ head: String, _ body: (inout SourceText) -> Void) {
    self.line(head + " {")
    self.depth += 1
    body(&self)
    self.depth -= 1
    self.line("}")
  }

  mutating func indented(_ body: (inout SourceText) -> Void) {
    self.depth += 1
    body(&self)
    self.depth -= 1
  }

  mutating func comment(_ lines: [String]) {
    for line in lines { self.line(line.isEmpty ? "///" : "/// \(line)") }
  }
}
