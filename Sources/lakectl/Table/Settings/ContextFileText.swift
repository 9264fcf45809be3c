// The file of contexts. Lines of four kinds:
//
//   # a comment, also after blanks
//   current = prod
//   [context prod]
//   endpoint = "https://lake.example:7300"
//
// A value goes to the end of the line, or stands in quotes with \" \\ \n \t in them. Sections are
// [defaults] and [context NAME]. Editing changes the lines it must and leaves all others as they are.
package struct ContextFileText: Sendable, Equatable {
  package enum Section: Hashable, Sendable {
    case top
    case defaults
    case context(String)
    case unknown(String)

    package var header: String {
      switch self {
      case .top: ""
      case .defaults: "[defaults]"
      case .context(let name): "[context \(ContextFileText.written(name))]"
      case .unknown(let text): "[\(text)]"
      }
    }
  }

  struct Line: Sendable, Equatable {
    enum Content: Sendable, Equatable {
      case other
      case header(Section)
      case entry(key: String, value: String)
    }
    var text: String
    var content: Content
  }

  package static let byteCountMax = 1 << 20

  private var lines: [Line] = []

  package init() {}

  package struct Problem: Error, Hashable, Sendable {
    package var line: Int
    package var message: String
  }

  package init(parsing text: String) throws(Problem) {
    guard text.utf8.count <= Self.byteCountMax else {
      throw Problem(line: 0, message: "the file has more than \(Self.byteCountMax) bytes")
    }
    var rest = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
    if rest.last?.isEmpty == true { rest.removeLast() }
    for (index, line) in rest.enumerated() {
      let text = String(String.UnicodeScalarView(line))
      do {
        self.lines.append(Line(text: text, content: try Self.content(of: text)))
      } catch {
        throw Problem(line: index + 1, message: error.message)
      }
    }
  }

  package var text: String { self.lines.map { $0.text + "\n" }.joined() }

  private static func content(of line: String) throws(Problem) -> Line.Content {
    let trimmed = line.trimmed
    if trimmed.isEmpty || trimmed.hasPrefix("#") { return .other }
    if trimmed.hasPrefix("[") {
      guard trimmed.hasSuffix("]") else {
        throw Problem(line: 0, message: "a section ends with \"]\"")
      }
      return .header(try Self.section(String(trimmed.dropFirst().dropLast()).trimmed))
    }
    guard let equals = trimmed.firstIndex(of: "=") else {
      throw Problem(line: 0, message: "there is no \"=\" in \(trimmed.visible.shortened.quoted)")
    }
    let key = String(trimmed[..<equals]).trimmed
    guard !key.isEmpty else { throw Problem(line: 0, message: "there is no key before \"=\"") }
    let value = try Self.read(String(trimmed[trimmed.index(after: equals)...]).trimmed)
    return .entry(key: key, value: value)
  }

  private static func section(_ text: String) throws(Problem) -> Section {
    if text == "defaults" { return .defaults }
    if text == "context" { throw Problem(line: 0, message: "a context has a name") }
    guard text.hasPrefix("context ") else { return .unknown(text) }
    let name = try Self.read(String(text.dropFirst(8)).trimmed)
    guard !name.isEmpty else { throw Problem(line: 0, message: "a context has a name") }
    return .context(name)
  }

  private static func read(_ text: String) throws(Problem) -> String {
    guard text.hasPrefix("\"") else { return text }
    var value = ""
    var isEscaped = false
    var scalars = text.unicodeScalars.dropFirst()[...]
    while let scalar = scalars.popFirst() {
      if isEscaped {
        switch scalar {
        case "n": value += "\n"
        case "t": value += "\t"
        case "\"", "\\": value.unicodeScalars.append(scalar)
        default: throw Problem(line: 0, message: "only \\\" \\\\ \\n \\t stand in quotes")
        }
        isEscaped = false
      } else if scalar == "\\" {
        isEscaped = true
      } else if scalar == "\"" {
        guard scalars.isEmpty else {
          throw Problem(line: 0, message: "there is text after the closing quote")
        }
        return value
      } else {
        value.unicodeScalars.append(scalar)
      }
    }
    throw Problem(line: 0, message: "the closing quote is missing")
  }

  /// In quotes where it would not read back otherwise.
  static func written(_ value: String) -> String {
    let isPlain =
      !value.isEmpty && value.trimmed == value && !value.hasPrefix("\"")
      && !value.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F || $0 == "]" }
    if isPlain { return value }
    var text = "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\t": text += "\\t"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }

  // MARK: Reading

  package struct Entry: Sendable, Equatable {
    package var section: Section
    package var key: String
    package var value: String
    package var line: Int
  }

  package var entries: [Entry] {
    var section = Section.top
    var found: [Entry] = []
    for (index, line) in self.lines.enumerated() {
      switch line.content {
      case .header(let next): section = next
      case .entry(let key, let value):
        found.append(Entry(section: section, key: key, value: value, line: index + 1))
      case .other: break
      }
    }
    return found
  }

  package var sections: [(section: Section, line: Int)] {
    self.lines.enumerated().compactMap { index, line in
      if case .header(let section) = line.content { (section, index + 1) } else { nil }
    }
  }

  /// In the order of the file.
  package var contextNames: [String] {
    var names: [String] = []
    for (section, _) in self.sections {
      if case .context(let name) = section, !names.contains(name) { names.append(name) }
    }
    return names
  }

  /// The last one, when the key is there twice.
  package func value(_ key: String, in section: Section) -> String? {
    self.entries.last { $0.section == section && $0.key == key }?.value
  }

  // MARK: Editing

  /// Sets the key where it is, or after the last line of its section; a section that is not there is
  /// put at the end.
  package mutating func set(_ key: String, to value: String, in section: Section) {
    let line = Line(
      text: "\(key) = \(Self.written(value))", content: .entry(key: key, value: value))
    if let index = self.entries.last(where: { $0.section == section && $0.key == key })?.line {
      self.lines[index - 1] = line
      return
    }
    if section != .top, !self.sections.contains(where: { $0.section == section }) {
      self.add(section)
    }
    let end = self.end(of: section)
    self.lines.insert(line, at: end)
    if section == .top, end + 1 < self.lines.count, !self.lines[end + 1].text.trimmed.isEmpty {
      self.lines.insert(Line(text: "", content: .other), at: end + 1)
    }
  }

  /// Adds an empty section.
  package mutating func add(_ section: Section) {
    if self.lines.last.map({ !$0.text.trimmed.isEmpty }) ?? false {
      self.lines.append(Line(text: "", content: .other))
    }
    self.lines.append(Line(text: section.header, content: .header(section)))
  }

  /// Behind the last entry of the section, or its header. What belongs before all sections and is the
  /// first there goes behind the comment that opens the file, if a blank line ends it.
  private func end(of section: Section) -> Int {
    if let last = self.entries.last(where: { $0.section == section })?.line { return last }
    if section != .top {
      return self.sections.last { $0.section == section }?.line ?? self.lines.count
    }
    let comment = self.lines.prefix { $0.text.trimmed.hasPrefix("#") }.count
    let isClosed = comment == self.lines.count || self.lines[comment].text.trimmed.isEmpty
    return isClosed ? comment : 0
  }

  /// Returns whether the key was there.
  @discardableResult
  package mutating func remove(_ key: String, in section: Section) -> Bool {
    let doomed = self.entries.filter { $0.section == section && $0.key == key }.map(\.line)
    for line in doomed.reversed() { self.lines.remove(at: line - 1) }
    return !doomed.isEmpty
  }

  /// Takes the section and everything in it out.
  package mutating func remove(_ section: Section) {
    while let start = self.sections.first(where: { $0.section == section })?.line {
      let end = self.sections.first { $0.line > start }?.line ?? self.lines.count + 1
      self.lines.removeSubrange(start - 1..<end - 1)
    }
    while self.lines.last.map({ $0.text.trimmed.isEmpty }) ?? false { self.lines.removeLast() }
  }

  package mutating func rename(_ section: Section, to new: Section) {
    for index in self.lines.indices where self.lines[index].content == .header(section) {
      self.lines[index] = Line(text: new.header, content: .header(new))
    }
  }
}

extension String {
  /// Without blanks and tabs at its ends.
  var trimmed: String {
    let isBlank: (Unicode.Scalar) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r" }
    var scalars = self.unicodeScalars[...]
    while let first = scalars.first, isBlank(first) { scalars.removeFirst() }
    while let last = scalars.last, isBlank(last) { scalars.removeLast() }
    return String(String.UnicodeScalarView(scalars))
  }
}
