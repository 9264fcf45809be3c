private import Glibc
package import Values

/// An extended regular expression of POSIX, compiled once.
package final class Pattern: @unchecked Sendable {
  // Sendable: regexec does not change what regcomp made, and glibc locks what it caches in it.
  private var compiled = regex_t()

  package static let byteCountMax = 1024

  package init(_ text: String) throws(ValueError) {
    guard text.utf8.count <= Self.byteCountMax, !text.utf8.contains(0) else {
      throw ValueError(.outOfRange, "an expression has at most \(Self.byteCountMax) bytes")
    }
    // Repeats of repeats such as (a{255}){255} would take all memory.
    guard text.utf8.count(where: { $0 == UInt8(ascii: "{") }) <= 1 else {
      throw ValueError(.outOfRange, "an expression has at most one {count}")
    }
    let code = regcomp(&self.compiled, text, REG_EXTENDED | REG_NOSUB)
    guard code == 0 else {
      var reason = [CChar](repeating: 0, count: 128)
      _ = regerror(code, &self.compiled, &reason, reason.count)
      let bytes = reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
      throw ValueError(.malformed, String(decoding: bytes, as: UTF8.self).lowercased())
    }
  }

  deinit { regfree(&self.compiled) }

  package func isFound(in text: String) -> Bool { regexec(&self.compiled, text, 0, nil, 0) == 0 }
}
