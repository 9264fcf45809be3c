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
    let generated = try await Files.names(in: folder).filter { $0.hasPrefix("lakectl") }
    #expect(generated == pages.map(\.name).sorted())
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
    let generated = ManPages(root: Lakectl.root).files + ManPages(root: SampleTable.root).files
    var sources = generated.map { ($0.name, $0.source(date: "November 20, 2026")) }
    let daemon = try #require(Files.read("\(repositoryRoot)/man/laked.8"))
    sources.append(("laked.8", daemon))
    for (name, source) in sources {
      let program = try Program(["mandoc", "-Tlint"], input: source)
      _ = try await program.wait()
      let lines = (program.output + program.errors).split(separator: "\n")
        .filter {
          !$0.contains("referenced manual not found") && !$0.contains("outdated mandoc.db")
        }
      #expect(lines.isEmpty, "\(name): \(lines.joined(separator: "\n"))")
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
