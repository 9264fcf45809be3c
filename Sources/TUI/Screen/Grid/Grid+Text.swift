/// Pictures as text: for `--once`, stored pictures and reports.
extension Grid {
  /// The line without the blanks at its end.
  package func text(line: Int) -> String {
    var text = ""
    text.unicodeScalars.reserveCapacity(self.size.width)
    for column in 0..<self.size.width {
      let cell = self[line, column]
      guard !cell.isSecond, let scalar = Unicode.Scalar(cell.character) else { continue }
      text.unicodeScalars.append(scalar)
    }
    while text.unicodeScalars.last == " " { text.unicodeScalars.removeLast() }
    return text
  }

  package var text: String {
    (0..<self.size.height).map { self.text(line: $0) + "\n" }.joined()
  }

  /// The letter of each cell's meaning, line by line; plain cells at the end of a line are left
  /// out.
  package var meanings: String {
    (0..<self.size.height).map { line in
      var text = ""
      for column in 0..<self.size.width {
        text.unicodeScalars.append(self[line, column].meaning.letter)
      }
      while text.last == "." { text.removeLast() }
      return text + "\n"
    }.joined()
  }
}
