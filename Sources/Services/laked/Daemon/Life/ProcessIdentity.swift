private import Glibc

/// What does not change while the process lives.
enum ProcessIdentity {
  static let pid: Int32 = getpid()
}
