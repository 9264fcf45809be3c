/// Entry point; the work is outside so that nothing of it belongs to the main actor.
await BenchBlobs.run(Array(CommandLine.arguments.dropFirst()))
