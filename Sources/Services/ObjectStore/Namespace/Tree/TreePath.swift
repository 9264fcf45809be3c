/// The nodes from the root to where an operation stands, in memory of its own: a path may be as long as a
/// key.
final class TreePath {
  struct Step {
    var frame: UInt32
    /// Where in the frame the node is linked.
    var link: UInt32
    var node: UInt32
    /// How many bytes of the key lead to the node.
    var depth: UInt32
  }

  private let steps: UnsafeMutablePointer<Step>
  private let capacity: Int
  private(set) var count = 0

  init(capacity: Int) {
    self.capacity = capacity
    self.steps = .allocate(capacity: capacity)
  }

  deinit { self.steps.deallocate() }

  func removeAll() { self.count = 0 }

  func push(_ frame: UInt32, link: Int, node: Int, depth: Int) {
    precondition(self.count < self.capacity, "a path of more than \(self.capacity) nodes")
    self.steps[self.count] = Step(
      frame: frame, link: UInt32(link), node: UInt32(node), depth: UInt32(depth))
    self.count += 1
  }

  subscript(_ index: Int) -> Step {
    precondition(index >= 0 && index < self.count, "step \(index) of \(self.count)")
    return self.steps[index]
  }

  var last: Step { self[self.count - 1] }

  func cut(to count: Int) {
    precondition(count <= self.count, "a path of \(self.count) nodes cut to \(count)")
    self.count = count
  }
}
