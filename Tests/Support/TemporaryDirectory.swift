private import CSystem
private import Glibc

/// A fresh folder that goes with its owner.
package final class TemporaryDirectory: Sendable {
  package let path: String

  package init(_ name: String = "test") {
    let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(base)/lake-\(name)-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      preconditionFailure("cannot make a folder in \(base): \(String(cString: strerror(errno)))")
    }
    self.path = template.withUnsafeBufferPointer {
      String(cString: $0.baseAddress.unsafelyUnwrapped)  // The template is not empty.
    }
  }

  deinit { removeTree(self.path) }

  package func file(_ name: String) -> String { "\(self.path)/\(name)" }
}

/// Removes a file or a folder with all it holds; links are removed, not followed.
package func removeTree(_ path: String) {
  if csystem_unlink(path) == 0 { return }
  final class Names { var names: [String] = [] }
  let found = Names()
  _ = csystem_list(
    path,
    { context, name, _ in
      Unmanaged<Names>.fromOpaque(context.unsafelyUnwrapped).takeUnretainedValue()
        .names.append(String(cString: name.unsafelyUnwrapped))
    }, Unmanaged.passUnretained(found).toOpaque())
  for name in found.names { removeTree("\(path)/\(name)") }
  _ = csystem_rmdir(path)
}
