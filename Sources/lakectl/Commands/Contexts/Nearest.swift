import Values

enum Nearest {
  static func names(to name: String, in names: [String]) -> [String] {
    Suggestions.nearest(to: name, in: names, limit: 2)
  }
}
