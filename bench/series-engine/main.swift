private import Glibc

await BenchSeries.run(Array(CommandLine.arguments.dropFirst()))
