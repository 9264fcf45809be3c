import CommandTable
import Glibc
import LakectlCommands

@main
enum Program {
  static func main() async {
    // A reader that goes away is an ordinary end, told by the write that fails.
    signal(SIGPIPE, SIG_IGN)
    let runner = Runner(root: Lakectl.root, surroundings: .process())
    let code = await runner.run(Array(Swift.CommandLine.arguments.dropFirst()))
    exit(code.rawValue)
  }
}
