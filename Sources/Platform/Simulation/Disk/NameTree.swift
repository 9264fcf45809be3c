/// The folders of a simulated disk: the names everyone sees, the names that are durable, and the changes
/// between the two in the order they were made.
final class NameTree {
  final class Folder {
    let id: Int
    var seen: [String: Node] = [:]
    var durable: [String: Node] = [:]
    init(id: Int) { self.id = id }
  }

  enum Node {
    case file(FileContent)
    case folder(Folder)
  }

  /// One name set or taken away. A rename is two of them in one change.
  private struct Step {
    var folder: Folder
    var name: String
    var node: Node?
  }

  private struct Key: Hashable {
    var folder: Int
    var name: String
  }

  let root = Folder(id: 0)
  private var pending: [[Step]] = []
  private var nextID = 1

  func makeID() -> Int {
    defer { self.nextID += 1 }
    return self.nextID
  }

  /// The folder and last name of `path`; nil when a folder on the way is missing or is a file.
  func resolve(_ path: String) -> (folder: Folder, name: String)? {
    var parts = path.split(separator: "/").filter { $0 != "." }
    guard let last = parts.popLast() else { return (self.root, "") }
    var folder = self.root
    for part in parts {
      guard case .folder(let next) = folder.seen[String(part)] else { return nil }
      folder = next
    }
    return (folder, String(last))
  }

  func node(_ path: String) -> Node? {
    guard let (folder, name) = self.resolve(path) else { return nil }
    return name.isEmpty ? .folder(self.root) : folder.seen[name]
  }

  func set(_ name: String, in folder: Folder, to node: Node?) {
    self.record([Step(folder: folder, name: name, node: node)])
  }

  func move(
    _ node: Node, from source: (folder: Folder, name: String),
    to target: (folder: Folder, name: String)
  ) {
    self.record([
      Step(folder: source.folder, name: source.name, node: nil),
      Step(folder: target.folder, name: target.name, node: node),
    ])
  }

  /// Makes the names of `folder` durable, and of other folders only what those rest on.
  func sync(_ folder: Folder) {
    self.settle { steps in steps.contains { $0.folder === folder } }
  }

  /// The power went: a seeded part of the changes survives, each with the earlier ones it rests on.
  func cut(_ faults: DiskFaults, _ generator: inout SeededGenerator) {
    self.settle { _ in !generator.chance(faults.lostName) }
    self.pending = []
    self.visit(self.root) { folder in folder.seen = folder.durable }
  }

  /// Every file once, in an order that is the same in every run.
  func files() -> [(path: String, content: FileContent)] {
    var found: [(path: String, content: FileContent)] = []
    var met: Set<Int> = []
    func visit(_ folder: Folder, _ path: String) {
      for (name, node) in folder.seen.sorted(by: { $0.key < $1.key }) {
        switch node {
        case .file(let content):
          if met.insert(content.id).inserted { found.append((path + "/" + name, content)) }
        case .folder(let inner):
          visit(inner, path + "/" + name)
        }
      }
    }
    visit(self.root, "")
    return found
  }

  private func visit(_ folder: Folder, _ body: (Folder) -> Void) {
    body(folder)
    for node in folder.seen.values {
      if case .folder(let inner) = node { self.visit(inner, body) }
    }
  }

  private func record(_ steps: [Step]) {
    for step in steps { step.folder.seen[step.name] = step.node }
    self.pending.append(steps)
  }

  /// Applies the chosen changes to the durable names in their order, with every earlier change of the
  /// same names: a rename cannot survive the creation of what it renamed.
  private func settle(_ isChosen: ([Step]) -> Bool) {
    var keys: Set<Key> = []
    var chosen = [Bool](repeating: false, count: self.pending.count)
    for index in self.pending.indices.reversed() {
      let steps = self.pending[index]
      let touched = steps.map { Key(folder: $0.folder.id, name: $0.name) }
      guard isChosen(steps) || touched.contains(where: { keys.contains($0) }) else { continue }
      chosen[index] = true
      keys.formUnion(touched)
    }
    for (steps, isChosen) in zip(self.pending, chosen) where isChosen {
      for step in steps { step.folder.durable[step.name] = step.node }
    }
    self.pending = zip(self.pending, chosen).filter { !$0.1 }.map(\.0)
  }
}
