import Glibc

await CrashProgram.run(Array(CommandLine.arguments.dropFirst()))
