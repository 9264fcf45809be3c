import TestSupport
import Testing

/// Rules of the house that a formatter does not know.
@Suite("Sources")
struct SourceTests {
  @Test("lines of C fit 100 columns")
  func lineLength() async throws {
    for file in try await Checkout.shared.value().files
    where !file.path.hasSuffix(".swift") && !file.isGenerated {
      for (number, line) in file.lines.enumerated() {
        #expect(line.count <= 100, "\(file.path):\(number + 1) has \(line.count) columns")
      }
    }
  }

  @Test("functions fit a screen of 70 lines")
  func functionLength() async throws {
    for file in try await Checkout.shared.value().under("Sources", "bench")
    where file.path.hasSuffix(".swift") && !file.isGenerated {
      for (start, line) in file.lines.enumerated() {
        let indent = line.prefix { $0 == " " }
        let words = line.split(separator: " ").prefix(5)
        guard words.contains(where: { $0 == "func" || $0.hasPrefix("init(") }), !line.hasSuffix("}")
        else {
          continue
        }
        guard !words[0].hasPrefix("//") else { continue }
        let closing = indent + "}"
        let end = file.lines[start...].firstIndex { $0 == closing } ?? start
        #expect(end - start < 70, "\(file.path):\(start + 1) is \(end - start + 1) lines long")
      }
    }
  }

  @Test("a file past 500 lines says at its top why it is one")
  func fileLength() async throws {
    for file in try await Checkout.shared.value().under("Sources", "Tests", "bench")
    where !file.isGenerated && file.lines.count > 500 {
      let top = file.lines.prefix(20).joined(separator: " ").lowercased()
      #expect(top.contains("one file"), "\(file.path) has \(file.lines.count) lines")
    }
  }

  @Test("names of files and folders are nouns of the domain")
  func names() async throws {
    let banned = ["Util", "Helper", "Common", "Manager", "Misc"]
    for file in try await Checkout.shared.value().under("Sources", "Tests", "bench") {
      for word in banned { #expect(!file.path.contains(word), "\(file.path)") }
    }
  }

  @Test("no line says that it is unfinished, and none knows a machine's paths")
  func words() async throws {
    // Put together here, so that this file does not find itself.
    let banned = ["TO" + "DO", "FIX" + "ME", "/ro" + "ot/", "/wo" + "rk/"]
    for file in try await Checkout.shared.value().under("Sources", "Tests", "bench") {
      let found = banned.filter(file.contains)
      for (number, line) in file.lines.enumerated() where !found.isEmpty {
        for word in found {
          #expect(!line.contains(word), "\(file.path):\(number + 1) has \(word)")
        }
      }
    }
  }

  /// `async let` is left out as well: when it ends on a loop, optimized code of Swift 6.3.1 can destroy a
  /// task that still runs. A task group does the same safely.
  @Test("tasks are started by the loop and by task groups only")
  func structuredConcurrency() async throws {
    let allowed = [
      "Sources/Platform/Runtime/Loop/EventLoop.swift",
      "Sources/Platform/Simulation/SeededExecutor.swift",
    ]
    let escapes = [" Ta" + "sk {", "Task.deta" + "ched", " Task(exec" + "utor", "async l" + "et "]
    for file in try await Checkout.shared.value().under("Sources")
    where file.path.hasSuffix(".swift") && !allowed.contains(file.path) {
      let found = escapes.filter(file.contains)
      for (number, line) in file.lines.enumerated() where !found.isEmpty {
        guard !line.contains("//") else { continue }
        for escape in found {
          #expect(!line.contains(escape), "\(file.path):\(number + 1) starts a task of its own")
        }
      }
    }
  }

  @Test("every escape from the compiler's checks says what makes it true")
  func escapesAreExplained() async throws {
    for file in try await Checkout.shared.value().under("Sources")
    where file.path.hasSuffix(".swift") {
      for (number, line) in file.lines.enumerated()
      where line.contains("@unchecked Sendable") && !line.drop(while: { $0 == " " }).hasPrefix("//")
      {
        let near = file.lines[max(0, number - 8)..<min(file.lines.count, number + 8)]
        #expect(
          near.contains { $0.contains("//") },
          "\(file.path):\(number + 1) is unchecked without a reason")
      }
    }
  }
}
