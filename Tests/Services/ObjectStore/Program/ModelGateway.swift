import Glibc
import HTTPServing
import ObjectGateway
import ObjectModel
import ObjectTesting
import Observability
import Runtime
import Values

// A gateway over stores in memory, for clients and suites that are driven against it:
//
//   object-model-gateway [--port N] [--ownership OWNERSHIP] [--domain NAME] [--region NAME]
//     [--open-public] [--day-seconds N]
//
// Its accounts are those of the sample configuration of Ceph's s3-tests.

func fail(_ message: String) -> Never {
  print("object-model-gateway: \(message)")
  exit(2)
}

struct Arguments {
  var port: UInt16 = 0
  var options = GatewayOptions()

  init(_ words: [String]) {
    var rest = words[...]
    while let word = rest.popFirst() {
      switch word {
      case "--open-public": self.options.blocksPublicByDefault = false
      case "--port":
        guard let port = rest.popFirst().flatMap(UInt16.init) else { fail("--port needs a number") }
        self.port = port
      case "--day-seconds":
        guard let seconds = rest.popFirst().flatMap(Int64.init), seconds > 0 else {
          fail("--day-seconds needs a number")
        }
        self.options.lifecycleDaySeconds = seconds
      case "--region":
        guard let name = rest.popFirst() else { fail("--region needs a name") }
        self.options.region = name
      case "--domain":
        guard let name = rest.popFirst() else { fail("--domain needs a name") }
        self.options.domains.append(name)
      case "--ownership":
        switch rest.popFirst() {
        case "ObjectWriter": self.options.defaultOwnership = .objectWriter
        case "BucketOwnerPreferred": self.options.defaultOwnership = .bucketOwnerPreferred
        case "BucketOwnerEnforced": self.options.defaultOwnership = .bucketOwnerEnforced
        default: fail("--ownership needs ObjectWriter, BucketOwnerPreferred or BucketOwnerEnforced")
        }
      default: fail("\(word) is not known")
      }
    }
  }
}

let keys = [
  ModelIdentity.root(
    id: "0555b35654ad1656d804",
    secret: "h7GhxuBLTrlhVUyxSPUKUV8r/2EI4ngqJxD7iBdBYLhwluN30JaT3Q==", account: "testid",
    name: "M. Tester", email: "tester@ceph.com"),
  ModelIdentity.root(
    id: "NOPQRSTUVWXYZABCDEFG", secret: "nopqrstuvwxyzabcdefghijklmnabcdefghijklm",
    account: "56789abcdef0123456789abcdef0123456789abcdef0123456789abcdef01234",
    name: "john.doe", email: "john.doe@example.com"),
  ModelIdentity.root(
    id: "HIJKLMNOPQRSTUVWXYZA", secret: "opqrstuvwxyzabcdefghijklmnopqrstuvwxyzab",
    account: "testx$9876543210abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    name: "testx$tenanteduser", email: "tenanteduser@example.com"),
]

@main
struct ModelGateway {
  static func main() async throws {
    let arguments = Arguments(Array(CommandLine.arguments.dropFirst()))
    signal(SIGPIPE, SIG_IGN)
    let group = try EventLoopGroup(loops: 1)
    let clock = group.loops[0]
    let milliseconds: @Sendable () -> UInt64 = {
      UInt64(clamping: clock.wallNow.nanoseconds / 1_000_000)
    }
    let registry = MetricRegistry()
    let namespace = ModelNamespace(milliseconds: milliseconds)
    let control = ModelControl(namespace: namespace, milliseconds: milliseconds)
    let gateway = ObjectGateway(
      arguments.options, namespace: namespace, blobs: ModelBlobs(), control: control,
      identity: ModelIdentity(keys), time: clock, metrics: registry)
    let server = gateway.server(loops: group.loops, metrics: registry) { options in
      options.failureLog = { failure in
        print("failed: \(failure.method) \(failure.target): \(failure.error)")
        fflush(nil)
      }
    }
    try await group.run {
      let listener = try await server.start(group, at: .ip("127.0.0.1", port: arguments.port))
      print("ready \(listener.address)")
      fflush(nil)
      // What is due ends within a second, as suites with short days expect.
      while true {
        try await clock.sleep(until: clock.now + .seconds(1))
        for bucket in control.allBuckets {
          let sweep = LifecycleSweep(
            bucket, namespace: namespace, milliseconds: milliseconds(),
            daySeconds: arguments.options.lifecycleDaySeconds)
          _ = try? await sweep?.run()
        }
      }
    }
  }
}
