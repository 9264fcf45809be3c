import Cluster
import GRPCServing
import Glibc
import HTTPServing
import KeyValue
import Observability
import Runtime
import SeriesEngine
import SeriesIngest
import SeriesLocal
import SeriesProperty
import SeriesQuery
import SeriesSchema
import SeriesServing
import SeriesWire
import Protobuf
import Values

// The front over the engine and embedded facts, for clients and suites that are driven against it:
//
//   series-model-front --data DIR [--port N] [--http-port N]

func fail(_ message: String) -> Never {
  print("series-model-front: \(message)")
  exit(2)
}

struct Arguments {
  var data = ""
  var port: UInt16 = 0
  var httpPort: UInt16 = 0

  init(_ words: [String]) {
    var rest = words[...]
    while let word = rest.popFirst() {
      guard let value = rest.popFirst() else { fail("\(word) needs a value") }
      switch word {
      case "--data": self.data = value
      case "--port": self.port = UInt16(value) ?? 0
      case "--http-port": self.httpPort = UInt16(value) ?? 0
      default: fail("\(word) is not known")
      }
    }
    if self.data.isEmpty { fail("--data is needed") }
  }
}

@main
struct ModelFront {
  static func main() async throws {
    let arguments = Arguments(Array(CommandLine.arguments.dropFirst()))
    signal(SIGPIPE, SIG_IGN)
    let group = try EventLoopGroup(loops: 1)
    try await group.run {
      let clock = group.loops[0]
      let store = try Store(
        StoreOptions(path: arguments.data + "/facts"),
        pool: BlockingPool(name: "facts", threads: 2))
      let facts = try await EmbeddedFacts.open(store, time: clock)
      let engine = try await SeriesEngine.open(
        arguments.data + "/rows", on: group.disk, clock: clock)
      try await engine.running { try await self.serve(arguments, group, engine, facts) }
    }
  }

  static func serve(
    _ arguments: Arguments, _ group: EventLoopGroup, _ engine: SeriesEngine, _ facts: any Facts
  ) async throws {
    let clock = group.loops[0]
    let registry = SchemaRegistry(facts, time: clock)
    let properties = PropertyService(facts, registry, time: clock)
    let node = DatabaseWire.Node {
      $0.metadata = CommonWire.Metadata { $0.name = "model" }
      $0.roles = [.data, .liaison, .meta]
    }
    let groups = EngineGroups(engine, registry, properties: properties, node: node)
    let store = EngineRowStore(engine, groups)
    let deletions = GroupDeletions(registry, data: groups, node: "model")
    var front = SeriesFront(
      queries: QueryEnvironment(registry, store, time: clock),
      writes: WriteEnvironment(registry, store, time: clock, random: SystemRandom.shared),
      properties: properties, deletions: deletions, data: groups,
      barrier: SchemaBarrier(registry) { [LocalSchemaPeer("model", registry)] }, node: node)
    let snapshots = EngineSnapshots(engine, registry, time: clock, random: SystemRandom.shared)
    front.snapshots = { request throws(SeriesFault) in try await snapshots.snapshot(request) }
    let doors = front
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { try? await registry.run() }
      tasks.addTask { try? await groups.run() }
      tasks.addTask { try? await deletions.run() }
      try await registry.ready()
      groups.apply()
      try await doors.prepare()
      try await self.listen(arguments, group, doors)
      tasks.cancelAll()
    }
  }

  static func listen(
    _ arguments: Arguments, _ group: EventLoopGroup, _ front: SeriesFront
  ) async throws {
    let services = front.services
    let server = try await GRPCServer.start(
      group, at: .ip("127.0.0.1", port: arguments.port), services.map(\.definition))
    let gateway = SeriesGateway(services, passwords: nil) { true }
    let http = HTTPServer(try gateway.routes(), loops: group.loops, metrics: MetricRegistry())
    let listener = try await http.start(group, at: .ip("127.0.0.1", port: arguments.httpPort))
    print("ready \(server.address) \(listener.address)")
    fflush(nil)
    while true { try await group.loops[0].sleep(for: .seconds(3600)) }
  }
}
