import Bytes
import CommandTable
import JSON
import Values
import YAML

/// One document of `apply`: what a thing of the cluster shall be.
///
///     kind: user
///     name: ann
///     roles: [reader]
struct ApplyDocument: Sendable {
  /// In the order in which they are made: what is named by others comes first.
  enum Kind: String, WordValue {
    case role, group, user, policy, grant, setting
    static let placeholder = "KIND"

    /// What names it.
    var key: String { self == .setting ? "key" : "name" }

    var required: [String] {
      switch self {
      case .role, .group, .user: ["name"]
      case .policy: ["name", "document"]
      case .grant: ["who", "privilege", "resource"]
      case .setting: ["key", "value"]
      }
    }

    var optional: [String] {
      switch self {
      case .role: ["inherits", "description"]
      case .group: ["roles", "users"]
      case .user: ["roles", "groups"]
      case .policy: ["description", "attached_to"]
      case .grant: ["effect"]
      case .setting: []
      }
    }

    /// Members that are sets of names.
    static let lists: Set<String> = ["inherits", "roles", "users", "groups", "attached_to"]
  }

  var kind: Kind
  var members: JSONObject
  /// `roles.yaml:12`
  var place: String

  var name: String {
    guard self.kind == .grant else { return self.text(self.kind.key) }
    return
      "\(self.effect) \(self.text("privilege")) on \(self.text("resource")) to \(self.text("who"))"
  }

  var effect: String { self.members["effect"]?.string ?? "allow" }
  func text(_ member: String) -> String { self.members[member]?.string ?? "" }

  /// The names of a member that is a set; nil when the document does not speak of it.
  func names(_ member: String) -> [String]? {
    self.members[member]?.array.map { $0.compactMap(\.string).sorted() }
  }

  // MARK: Reading

  static let countMax = 10_000

  /// The documents of a file: YAML, several with `---` between, or JSON; a list stands for its elements.
  static func read(_ bytes: [UInt8], from path: String) throws(CommandError) -> [ApplyDocument] {
    let nodes: [YAMLNode]
    do {
      nodes = try YAML.documents(parsing: bytes.rawBytes)
    } catch {
      throw Self.bad("\(path):\(error.position.line)", error.message)
    }
    var documents: [ApplyDocument] = []
    for node in nodes where !node.isNull {
      for element in node.sequence ?? [node] {
        documents.append(try Self.document(element, "\(path):\(element.position.line)"))
      }
    }
    return documents
  }

  private static func document(
    _ node: YAMLNode, _ place: String
  ) throws(CommandError) -> ApplyDocument {
    let members: JSONObject
    do {
      guard let object = try node.json().object else {
        throw Self.bad(place, "a document is a mapping with a kind")
      }
      members = object
    } catch let error as YAMLError {
      throw Self.bad("\(place)", error.message)
    } catch let error as CommandError {
      throw error
    } catch {
      preconditionFailure("BUG: \(error)")
    }
    guard let word = members["kind"]?.string else {
      throw Self.bad(place, "it has no kind, which is one of \(Kind.words.joined(separator: ", "))")
    }
    let kind: Kind
    do {
      kind = try Kind(argument: word)
    } catch {
      throw Self.bad(place, "the kind: \(error.message)")
    }
    let document = ApplyDocument(kind: kind, members: members, place: place)
    try document.check()
    return document
  }

  private func check() throws(CommandError) {
    let known = ["kind"] + self.kind.required + self.kind.optional
    for name in self.members.names where !known.contains(name) {
      let near = Suggestions.nearest(to: name, in: known)
      throw Self.bad(
        self.place,
        "a \(self.kind.rawValue) has no member \(name.visible.shortened.quoted); "
          + (near.isEmpty
            ? "it has \(known.joined(separator: ", "))" : "did you mean \(near[0])?"))
    }
    for name in self.kind.required where self.members[name] == nil {
      throw Self.bad(self.place, "a \(self.kind.rawValue) has a member \(name.quoted)")
    }
    for member in self.members.members {
      let isGood: Bool
      if Kind.lists.contains(member.name) {
        isGood = member.value.array?.allSatisfy { $0.string != nil } ?? false
      } else if member.name == "document" {
        isGood = member.value.object != nil
      } else if member.name == "value" {
        isGood = member.value.object == nil && member.value.array == nil && !member.value.isNull
      } else {
        isGood = !(member.value.string ?? "").isEmpty || member.name == "description"
      }
      guard isGood else {
        throw Self.bad(
          self.place,
          "member \(member.name.quoted) is \(Kind.lists.contains(member.name) ? "a list of names" : "not that")"
        )
      }
    }
    guard ["allow", "deny"].contains(self.effect) else {
      throw Self.bad(self.place, "the effect of a grant is allow or deny")
    }
  }

  private static func bad(_ place: String, _ why: String) -> CommandError {
    CommandError(
      .badInput, "cannot understand the document at \(place.visible)", why: why,
      try: ["lakectl export"])
  }
}
