import Glibc
import TestSupport

extension TmuxSession {
  /// Beside the test bundle.
  static let program: String = {
    var path = [CChar](repeating: 0, count: 4096)
    let count = max(0, readlink("/proc/self/exe", &path, path.count - 1))
    let text = String(decoding: path[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return text.split(separator: "/").dropLast().reduce(into: "") { $0 += "/" + $1 }
      + "/lake-top-replay"
  }()

  /// Starts the dashboard on a recorded or made cluster.
  func replay(_ arguments: String, environment: String = "") async throws {
    try await self.start("\(Self.program) \(arguments)", environment: environment)
  }
}
