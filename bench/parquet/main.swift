/// Entry point; the work is outside so that nothing of it belongs to the main actor.
await BenchParquet.run(Array(CommandLine.arguments.dropFirst()))
