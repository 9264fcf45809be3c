/// The invariants of a frame, for tests and for `verify`. Each is about one frame and the entries of those
/// right below, so that a tree larger than memory can be checked frame by frame.
extension Tree {
  struct FrameCheck {
    var problem: String?
    /// Frames right below.
    var children: [UInt32] = []
  }

  func check(_ id: UInt32) throws(TreeInterruption) -> FrameCheck {
    let frame = try self.frame(id)
    var check = FrameCheck()
    if frame.id != id { check.problem = "frame \(id) says that it is \(frame.id)" }
    let root = frame.node(FrameFormat.rootLink)
    guard root != 0 else {
      if id != TreeMemory.rootID { check.problem = "frame \(id) is empty" }
      return check
    }
    self.checkNode(root, in: frame, &check)
    if check.problem != nil { return check }
    let measure = self.measure(root, in: frame)
    let entry = self.table.entry(id)
    if measure.byteCount != frame.live {
      check.problem = "frame \(id) has \(measure.byteCount) bytes of nodes, not \(frame.live)"
    }
    if measure.objects != entry.pointee.objects || measure.weight != entry.pointee.weight {
      check.problem =
        "frame \(id) holds \(measure.objects) keys of \(measure.weight), "
        + "not \(entry.pointee.objects) of \(entry.pointee.weight)"
    }
    if measure.longest > Int(entry.pointee.longest), self.isTight(check.children) {
      check.problem = "frame \(id) has a key of \(measure.longest), over \(entry.pointee.longest)"
    }
    return check
  }

  /// Bounds of children may lie above that of the parent once the parent's was corrected.
  private func isTight(_ children: [UInt32]) -> Bool { children.isEmpty }

  private func checkNode(_ node: Int, in frame: FrameMemory, _ check: inout FrameCheck) {
    guard node >= FrameFormat.headerBytes, node < frame.used else {
      check.problem = "frame \(frame.id) has a link to \(node) of \(frame.used)"
      return
    }
    switch frame.u8(node) {
    case NodeKind.leaf: break
    case NodeKind.prefix:
      if frame.prefixCount(node) == 0 { check.problem = "an empty prefix in frame \(frame.id)" }
      self.checkNode(frame.node(node + 4), in: frame, &check)
    case NodeKind.ref:
      let child = frame.refID(node)
      if self.table.memory.entry(child)?.pointee.state != .used {
        check.problem = "frame \(frame.id) refers to \(child), which is not there"
      }
      check.children.append(child)
    case NodeKind.n4, NodeKind.n16, NodeKind.n48, NodeKind.n256:
      self.checkInner(node, in: frame, &check)
    case let kind:
      check.problem = "frame \(frame.id) has a node of kind \(kind)"
    }
  }

  private func checkInner(_ node: Int, in frame: FrameMemory, _ check: inout FrameCheck) {
    let ends = frame.node(node + 2)
    if ends != 0 {
      self.checkNode(ends, in: frame, &check)
      if frame.u8(ends) != NodeKind.leaf || frame.suffixCount(ends) != 0 {
        check.problem = "a key that ends in frame \(frame.id) does not"
      }
    }
    var next = 0
    var count = 0
    while check.problem == nil, let child = frame.nextChild(node, from: next) {
      if frame.childLink(node, child.byte) != child.link {
        check.problem = "a child of frame \(frame.id) is not found by its byte"
      }
      self.checkNode(frame.node(child.link), in: frame, &check)
      next = Int(child.byte) + 1
      count += 1
    }
    if check.problem == nil, count != frame.childCount(node) || (count == 0 && ends == 0) {
      check.problem = "a node of frame \(frame.id) counts \(frame.childCount(node)), not \(count)"
    }
  }
}
