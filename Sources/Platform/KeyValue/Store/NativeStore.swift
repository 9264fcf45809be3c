import CRocksDB
private import Synchronization

/// The open library handle, and who uses it.
///
/// An operation enters before it touches a native pointer and leaves after. What lives longer (a
/// snapshot, a scan, a pinned value) holds. `close` refuses while something is held, then waits for the
/// operations under way; whoever comes later is told that the store is closed.
final class NativeStore: @unchecked Sendable {
  // Sendable: `users` and `held` are atomic, `state` is locked, the library locks inside.
  let pointer: OpaquePointer
  let path: String
  private let users = Atomic<Int>(0)
  private let held = Atomic<Int>(0)
  private let isClosing = Atomic<Bool>(false)
  private let drained = Signal()
  private let state: Mutex<State>

  private struct State: @unchecked Sendable {
    // Sendable: the pointers are names of handles here.
    var isOpen = true
    var families: Set<OpaquePointer>
  }

  init(_ pointer: OpaquePointer, path: String, families: [OpaquePointer]) {
    self.pointer = pointer
    self.path = path
    self.state = Mutex(State(families: Set(families)))
  }

  func enter() throws(StoreError) {
    self.users.add(1, ordering: .sequentiallyConsistent)
    if _slowPath(self.isClosing.load(ordering: .sequentiallyConsistent)) {
      self.leave()
      throw .closed(self.path)
    }
  }

  func leave() {
    let left = self.users.subtract(1, ordering: .sequentiallyConsistent).newValue
    if _slowPath(left == 0 && self.isClosing.load(ordering: .sequentiallyConsistent)) {
      self.drained.signal()
    }
  }

  /// Runs one short operation between `enter` and `leave`.
  func use<R: ~Copyable>(_ body: () throws(StoreError) -> R) throws(StoreError) -> R {
    try self.enter()
    defer { self.leave() }
    return try body()
  }

  func hold() throws(StoreError) {
    try self.enter()
    self.held.add(1, ordering: .sequentiallyConsistent)
    self.leave()
  }

  func release() { self.held.subtract(1, ordering: .sequentiallyConsistent) }

  func adopt(family: OpaquePointer) {
    self.state.withLock { _ = $0.families.insert(family) }
  }

  /// Gives a family's handle back, unless closing has done that already.
  func release(family: OpaquePointer) {
    self.state.withLock { state in
      guard state.isOpen, state.families.remove(family) != nil else { return }
      crocks_family_release(self.pointer, family)
    }
  }

  /// No operation enters from now on. Throws `busy`, and changes nothing, while something is held.
  func beginClosing() throws(StoreError) {
    self.isClosing.store(true, ordering: .sequentiallyConsistent)
    let held = self.held.load(ordering: .sequentiallyConsistent)
    guard held == 0 else {
      self.isClosing.store(false, ordering: .sequentiallyConsistent)
      throw StoreError(
        .busy, "cannot close \(self.path): \(held) snapshots, scans or values are held")
    }
  }

  /// Waits for operations under way and closes. Called once, after `beginClosing`.
  func finishClosing() throws(StoreError) {
    self.drained.wait { self.users.load(ordering: .sequentiallyConsistent) == 0 }
    let families = self.state.withLock { state -> Set<OpaquePointer> in
      guard state.isOpen else { return [] }
      state.isOpen = false
      return state.families
    }
    for family in families { crocks_family_release(self.pointer, family) }
    try checked("close", self.path) { crocks_close(self.pointer, $0) }
  }
}
