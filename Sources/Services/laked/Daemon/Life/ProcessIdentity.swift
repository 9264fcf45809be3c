private import CSystem
private import Glibc

/// What does not change while the process lives.
package enum ProcessIdentity {
  static let pid: Int32 = getpid()

  /// The words behind the program's name. Read from the kernel: the standard library looks for them below
  /// the environment, and finds none when a preloaded library has moved that.
  package static var arguments: [String] {
    let descriptor = csystem_open("/proc/self/cmdline", CSYSTEM_OPEN_READ, 0)
    guard descriptor >= 0 else { return Array(CommandLine.arguments.dropFirst()) }
    defer { csystem_close(descriptor) }
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(descriptor, &part, part.count)
      guard count > 0 else { break }
      bytes += part[..<count]
    }
    return bytes.split(separator: 0, omittingEmptySubsequences: false).dropFirst().dropLast()
      .map { String(decoding: $0, as: UTF8.self) }
  }
}
