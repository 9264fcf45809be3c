import CommandTable
import LakectlCommands
import LakectlTesting
import TestSupport
import Testing

@Suite("Generated documents")
struct DocumentTests {
  @Test("the manual is current: make docs")
  func manual() async throws {
    let folder = repositoryRoot + "/man"
    let pages = ManPages(root: Lakectl.root).files
    #expect(try await Files.names(in: folder) == pages.map(\.name).sorted())
    for page in pages {
      let stored = try #require(Files.read("\(folder)/\(page.name)"))
      let date = try #require(ManDate.of(stored))
      #expect(stored == page.source(date: date), "\(page.name)")
    }
  }

  @Test("the completions are current: make docs", arguments: Shell.allCases)
  func completions(shell: Shell) {
    let path = "\(repositoryRoot)/completions/\(CompletionScripts.fileName(for: shell))"
    #expect(Files.read(path) == CompletionScripts.script(for: shell))
  }

  @Test("mandoc has nothing to say but that pages are not installed")
  func mandoc() async throws {
    for page in ManPages(root: Lakectl.root).files + ManPages(root: SampleTable.root).files {
      let program = try Program(
        ["mandoc", "-Tlint"], input: page.source(date: "November 20, 2026"))
      _ = try await program.wait()
      let lines = (program.output + program.errors).split(separator: "\n")
        .filter { !$0.contains("referenced manual not found") }
      #expect(lines.isEmpty, "\(page.name): \(lines.joined(separator: "\n"))")
    }
  }

  @Test("pages have their sections in the order of mdoc")
  func sections() {
    let order = [
      "NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "ENVIRONMENT", "FILES", "EXIT STATUS",
      "EXAMPLES", "SEE ALSO",
    ]
    for page in ManPages(root: Lakectl.root).files {
      let found = page.body.split(separator: "\n").filter { $0.hasPrefix(".Sh ") }
        .map { String($0.dropFirst(4)) }
      #expect(found == order.filter(found.contains), "\(page.name)")
    }
  }

  @Test("each shell accepts its script", arguments: Shell.allCases)
  func syntax(shell: Shell) async throws {
    let path = "\(repositoryRoot)/completions/\(CompletionScripts.fileName(for: shell))"
    let program = try Program([shell.rawValue, "-n", path])
    #expect(try await program.wait() == 0)
    #expect(program.errors == "")
  }
}
