private import Values

/// What a token is narrowed to: words with blanks between, each an action, a pattern of actions, or an
/// area such as `catalog`, which is `catalog:*`. Without a word: everything its owner may do.
package struct TokenScope: Hashable, Sendable {
  package static let byteCountMax = 1024

  package let text: String
  let actions: ActionSet

  package static let everything = TokenScope(lenient: "")
  package var isEverything: Bool { self.text.isEmpty }

  /// For tokens that an operator makes: an unknown word is an error.
  package init(parsing text: String) throws(IdentityError) {
    guard text.utf8.count <= Self.byteCountMax else {
      throw IdentityError(
        .valueMalformed, "the scope is too long",
        why: "it has \(text.utf8.count) bytes; the limit is \(Self.byteCountMax)")
    }
    for word in text.split(separator: " ") where Self.actions(of: word) == nil {
      let areas = Set(Action.all.map { String($0.area) })
      throw IdentityError(
        .valueMalformed, "\(IdentityError.quoted(word)) is no scope",
        why: "a scope is an area or an action",
        tries: Suggestions.nearest(to: String(word), in: areas.sorted()))
    }
    self.init(lenient: text)
  }

  /// For OAuth2 clients, which send scopes of other products: those words do not count, and a scope of
  /// nothing else is none.
  package init(lenient text: String) {
    var set = ActionSet()
    var words: [Substring] = []
    for word in text.prefix(Self.byteCountMax).split(separator: " ") {
      guard let actions = Self.actions(of: word) else { continue }
      set.formUnion(actions)
      words.append(word)
    }
    self.text = words.joined(separator: " ")
    self.actions = set
  }

  private static func actions(of word: Substring) -> ActionSet? {
    let text = String(word)
    if !text.contains(":"), text != "*" { return ActionSet(pattern: text + ":*") }
    return ActionSet(pattern: text)
  }

  /// Nil when the token is not narrowed.
  var rules: RuleSet? {
    self.isEverything ? nil : RuleSet(actions: self.actions, source: "scope of the token")
  }
}
