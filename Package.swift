// swift-tools-version: 6.2
import Glibc
import PackageDescription

// The package is the table below: one line per target, in the order of DESIGN.md's layers. A line says
// what the target may import; Tests/Tidy reads these lines and the imports of every source file, and
// fails on an arrow that points up.
//
// LAKE_ONLY=Journal,JSON limits the package to those targets, what they need and their tests, so that
// an edit in one module is built and tested in seconds: LAKE_ONLY=Journal swift test.

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .enableExperimentalFeature("Lifetimes"),
  .treatAllWarnings(as: .error),
  // Measured: 4 to 6 % less CPU per request together with the static library; checks stay on in debug.
  .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
  // Objects that only an async function holds: 6.3.1 may put them on its frame, and then free what was never
  // allocated. None are put there.
  .unsafeFlags(
    ["-Xfrontend", "-stack-promotion-limit", "-Xfrontend", "0"], .when(configuration: .release)),
]

/// A C target: a module map over an installed library, or a few flat functions around it.
func native(
  _ name: String, links libraries: [String], uses dependencies: [String] = [],
  linker: [LinkerSetting] = [], cxx: [CXXSetting] = []
) -> Target {
  .target(
    name: name, dependencies: dependencies.map { .byName(name: $0) },
    path: "Sources/Native/\(name)",
    cSettings: [.unsafeFlags(["-O2", "-Wall", "-Wextra", "-Werror"])],
    cxxSettings: [.unsafeFlags(["-O2", "-Wall", "-Wextra", "-Werror"])] + cxx,
    linkerSettings: libraries.map { .linkedLibrary($0) } + linker)
}

func swift(_ name: String, at path: String, uses dependencies: [String]) -> Target {
  .target(
    name: name, dependencies: dependencies.map { .byName(name: $0) }, path: path,
    exclude: documents(in: path), swiftSettings: strict)
}

/// The pure half: bytes in, values out.
func protocols(_ name: String, uses dependencies: [String] = []) -> Target {
  swift(name, at: "Sources/Protocols/\(name)", uses: dependencies)
}

/// The half that touches the world and knows no service.
func platform(_ name: String, at folder: String? = nil, uses dependencies: [String]) -> Target {
  swift(name, at: "Sources/Platform/\(folder ?? name)", uses: dependencies)
}

/// A folder of Sources/Services: a service, or what services stand on.
func service(_ name: String, at folder: String? = nil, uses dependencies: [String]) -> Target {
  swift(name, at: "Sources/Services/\(folder ?? name)", uses: dependencies)
}

func tests(_ name: String, at path: String, uses dependencies: [String]) -> Target {
  .testTarget(
    name: name, dependencies: dependencies.map { .byName(name: $0) }, path: "Tests/\(path)",
    exclude: documents(in: "Tests/\(path)"), swiftSettings: strict)
}

func program(_ name: String, at path: String, uses dependencies: [String]) -> Target {
  .executableTarget(
    name: name, dependencies: dependencies.map { .byName(name: $0) }, path: path,
    exclude: documents(in: path), swiftSettings: strict)
}

/// Files that live beside the code and are not built. A path that is not there is left out.
func documents(in path: String) -> [String] {
  [
    "DESIGN.md", "README.md", "run", "run.py", "replay.py", "peer", "proto", "client", "clients",
    "cases", "corpus", "golden", "s3-tests",
  ].filter {
    access("\(Context.packageDirectory)/\(path)/\($0)", F_OK) == 0
  }
}

// Where the dynamic loader finds libduckdb.so: from bin/, from .build/TRIPLE/CONFIGURATION/ and its
// test bundle, and from an installed PREFIX/bin.
let duckDBLinker: LinkerSetting = .unsafeFlags(
  ["-L\(Context.packageDirectory)/.deps/lib"]
    + ["../.deps/lib", "../../../.deps/lib", "../lib/lakeworks"].flatMap {
      ["-Xlinker", "-rpath", "-Xlinker", "$ORIGIN/\($0)"]
    })

let all: [Target] = [
  // Native
  native("CSystem", links: []),
  native("CUring", links: ["uring"]),
  native("COpenSSL", links: ["ssl", "crypto"]),
  native("CISAL", links: ["isal"]),
  native("CXXHash", links: ["xxhash"]),
  native("CExpat", links: ["expat"]),
  native("CYaml", links: ["yaml"]),
  native("CSnappy", links: ["snappy"]),
  native("CZlib", links: ["z"]),
  native("CZstd", links: ["zstd"]),
  native("CLZ4", links: ["lz4"]),
  native("CRoaring", links: ["roaring"]),
  native("CWslay", links: ["wslay"]),
  native("CNghttp2", links: ["nghttp2"]),
  native("CCurl", links: []),
  native("CRocksDB", links: ["rocksdb", "crypto", "stdc++"]),
  native("CPostgres", links: []),
  native("CDuckDB", links: ["duckdb"], linker: [duckDBLinker]),
  native("CNcurses", links: ["ncursesw", "tinfo"]),

  // Protocols
  protocols("Bytes"),
  protocols("Values", uses: ["Bytes"]),
  protocols("Crypto", uses: ["Bytes", "Values", "COpenSSL", "CISAL", "CXXHash"]),
  protocols("JSON", uses: ["Bytes"]),
  protocols("Compression", uses: ["Bytes", "CZlib", "CZstd", "CLZ4", "CSnappy"]),
  protocols("Avro", uses: ["Bytes", "Crypto", "JSON", "Compression"]),
  protocols("Roaring", uses: ["Bytes", "CRoaring"]),
  protocols(
    "Iceberg", uses: ["Bytes", "Values", "Crypto", "JSON", "Compression", "Avro", "Roaring"]),
  protocols("XML", uses: ["Bytes", "CExpat"]),
  protocols("YAML", uses: ["Bytes", "JSON", "CYaml"]),
  protocols("HTTP", uses: ["Bytes", "Values", "Crypto", "CWslay"]),
  protocols("S3", uses: ["Bytes", "Values", "Crypto", "JSON", "XML", "HTTP"]),
  protocols("Protobuf", uses: ["Bytes", "Values", "JSON"]),
  protocols("GRPC", uses: ["Bytes", "Values", "Protobuf", "CNghttp2"]),
  protocols("Link", uses: ["Bytes", "Values", "Crypto", "Protobuf", "CSnappy"]),
  protocols("Admin", uses: ["Bytes", "Values", "JSON", "HTTP"]),
  protocols("SeriesWire", uses: ["Protobuf"]),
  program(
    "lakeproto", at: "Sources/Protocols/ProtobufGenerator", uses: ["Bytes"]),

  // Platform
  platform("Observability", uses: ["Bytes", "Values", "JSON", "CSystem"]),
  platform("Configuration", uses: ["Bytes", "Values", "JSON", "YAML", "CSystem"]),
  platform("Runtime", uses: ["Bytes", "Values", "Observability", "CSystem", "CUring", "COpenSSL"]),
  platform("Simulation", uses: ["Bytes", "Values", "Runtime"]),
  platform("Security", uses: ["Bytes", "Values", "Crypto", "JSON", "Runtime", "CSystem"]),
  platform("Journal", uses: ["Bytes", "Values", "Crypto", "Observability", "Runtime"]),
  platform(
    "KeyValue", uses: ["Bytes", "Values", "Observability", "Runtime", "CSystem", "CRocksDB"]),
  platform(
    "Columnar", uses: ["Bytes", "Values", "Observability", "Runtime", "CSystem", "CDuckDB"]),
  platform("Postgres", uses: ["Bytes", "Values", "Observability", "CSystem", "CPostgres"]),
  platform(
    "HTTPClient", uses: ["Bytes", "Values", "HTTP", "Observability", "Runtime", "CSystem", "CCurl"]),
  platform(
    "S3Client", uses: ["Bytes", "Values", "Crypto", "XML", "HTTP", "S3", "HTTPClient"]),
  platform(
    "HTTPServing", at: "Serving/HTTP",
    uses: ["Bytes", "Values", "JSON", "HTTP", "Observability", "Runtime", "CSystem"]),
  platform(
    "AdminServing", at: "Serving/Admin",
    uses: [
      "Bytes", "Values", "Crypto", "JSON", "HTTP", "Admin", "Observability", "Runtime",
      "HTTPServing",
    ]),
  platform(
    "GRPCServing", at: "Serving/GRPC",
    uses: ["Bytes", "Values", "Protobuf", "GRPC", "Observability", "Runtime"]),
  platform(
    "LinkServing", at: "Serving/Link",
    uses: ["Bytes", "Values", "Crypto", "Protobuf", "Link", "Observability", "Runtime"]),

  // Services
  service(
    "Cluster",
    uses: [
      "Bytes", "Values", "JSON", "Protobuf", "GRPC", "Observability", "Runtime", "KeyValue",
      "GRPCServing",
    ]),
  service("ObjectModel", at: "ObjectStore/Model", uses: ["Bytes", "Values", "Crypto"]),
  service("ObjectExtents", at: "ObjectStore/Extents", uses: []),
  service(
    "ObjectNamespace", at: "ObjectStore/Namespace",
    uses: [
      "Bytes", "Values", "Crypto", "Runtime", "Journal", "KeyValue", "ObjectModel", "ObjectExtents",
    ]),
  service(
    "ObjectBlobs", at: "ObjectStore/Blobs",
    uses: [
      "Bytes", "Values", "Crypto", "Runtime", "Journal", "ObjectModel", "ObjectExtents",
    ]),
  service(
    "ObjectUpkeep", at: "ObjectStore/Upkeep",
    uses: ["Bytes", "Values", "Crypto", "Runtime", "ObjectModel"]),
  service(
    "ObjectGateway", at: "ObjectStore/Gateway",
    uses: [
      "Bytes", "Values", "Crypto", "JSON", "XML", "HTTP", "S3", "Observability", "Runtime",
      "Security", "HTTPServing", "ObjectModel",
    ]),
  service(
    "ObjectControl", at: "ObjectStore/Control",
    uses: [
      "Bytes", "Values", "JSON", "Observability", "Runtime", "Cluster", "ObjectModel",
    ]),
  service(
    "Identity",
    uses: [
      "Bytes", "Values", "Crypto", "JSON", "Observability", "Runtime", "Security", "Cluster",
    ]),

  service(
    "Hosting",
    uses: [
      "Bytes", "Values", "JSON", "Admin", "CSystem", "Configuration", "Observability", "Runtime",
      "Security", "AdminServing", "Cluster", "Identity", "Crypto", "Link", "LinkServing",
    ]),

  service(
    "ObjectRemote", at: "ObjectStore/Remote",
    uses: ["Bytes", "Values", "Crypto", "Link", "LinkServing", "Runtime", "ObjectModel"]),
  service(
    "ObjectService", at: "ObjectStore/Service",
    uses: [
      "Bytes", "Values", "Crypto", "JSON", "Admin", "Configuration", "Observability", "Runtime",
      "Security", "KeyValue", "HTTPServing", "AdminServing", "Cluster", "Identity", "Hosting",
      "ObjectModel", "ObjectNamespace", "ObjectBlobs", "ObjectUpkeep", "ObjectGateway",
      "ObjectControl", "ObjectAdmin", "ObjectRemote", "Link", "LinkServing",
    ]),

  service(
    "ObjectAdmin", at: "ObjectStore/Admin",
    uses: [
      "Bytes", "Values", "Crypto", "JSON", "XML", "HTTP", "S3", "Admin", "Observability", "Runtime",
      "AdminServing", "Cluster", "Hosting", "ObjectModel", "ObjectGateway",
    ]),

  service(
    "Catalog",
    uses: [
      "Bytes", "Values", "Crypto", "JSON", "XML", "Compression", "HTTP", "S3", "Iceberg", "Admin",
      "Configuration", "Observability", "Runtime", "Security", "KeyValue", "Postgres",
      "Columnar", "HTTPClient", "S3Client", "HTTPServing", "AdminServing", "Cluster", "Identity",
      "Hosting",
    ]),

  service("SeriesModel", at: "TimeSeries/Model", uses: ["Bytes", "Crypto"]),
  service(
    "SeriesSchema", at: "TimeSeries/Schema",
    uses: [
      "Bytes", "Values", "Crypto", "Protobuf", "SeriesWire", "Runtime", "Cluster", "SeriesModel",
    ]),

  service(
    "SeriesService", at: "TimeSeries/Service",
    uses: [
      "Values", "Protobuf", "SeriesWire", "Link", "Configuration", "Observability", "Runtime",
      "Admin", "HTTPServing", "GRPC", "GRPCServing", "LinkServing", "AdminServing", "Cluster",
      "Identity", "Hosting",
      "SeriesColumns", "SeriesModel", "SeriesEngine", "SeriesSchema", "SeriesStorage",
      "SeriesQuery", "SeriesIngest",
      "SeriesProperty", "SeriesServing", "SeriesDoors", "SeriesLocal", "SeriesRemote", "SeriesQL",
      "SeriesAdmin", "SeriesBackup", "HTTPClient", "JSON", "S3", "S3Client",
    ]),

  service(
    "SeriesColumns", at: "TimeSeries/Columns", uses: ["Bytes", "Crypto", "Compression"]),
  service(
    "SeriesStorage", at: "TimeSeries/Storage",
    uses: [
      "Bytes", "JSON", "Values", "SeriesWire", "Runtime", "SeriesColumns", "SeriesModel",
      "SeriesSchema",
    ]),
  service(
    "SeriesQuery", at: "TimeSeries/Query",
    uses: [
      "Bytes", "Values", "Crypto", "JSON", "Protobuf", "SeriesWire", "Runtime", "SeriesColumns",
      "SeriesModel", "SeriesSchema", "SeriesStorage",
    ]),
  service(
    "SeriesIngest", at: "TimeSeries/Ingest",
    uses: [
      "Bytes", "Values", "Protobuf", "SeriesWire", "Runtime", "SeriesColumns", "SeriesModel",
      "SeriesSchema", "SeriesStorage",
    ]),
  service(
    "SeriesProperty", at: "TimeSeries/Property",
    uses: [
      "Bytes", "Values", "Protobuf", "SeriesWire", "Runtime", "Cluster", "SeriesColumns",
      "SeriesModel", "SeriesSchema", "SeriesStorage", "SeriesQuery",
    ]),
  service(
    "SeriesServing", at: "TimeSeries/Serving",
    uses: [
      "Bytes", "Values", "JSON", "HTTP", "Crypto", "Protobuf", "GRPC", "SeriesWire", "Runtime",
      "Observability", "HTTPServing", "GRPCServing", "Identity", "SeriesColumns", "SeriesSchema",
      "SeriesStorage", "SeriesQuery", "SeriesIngest", "SeriesProperty", "SeriesQL",
    ]),
  service(
    "SeriesDoors", at: "TimeSeries/Doors",
    uses: [
      "Bytes", "Values", "JSON", "Compression", "HTTP", "Crypto", "Protobuf", "SeriesWire",
      "Observability", "Runtime", "HTTPServing", "SeriesColumns", "SeriesModel", "SeriesSchema",
      "SeriesStorage", "SeriesIngest", "SeriesServing",
    ]),
  service(
    "SeriesQL", at: "TimeSeries/BydbQL",
    uses: ["Values", "Protobuf", "SeriesWire", "Runtime", "SeriesModel", "SeriesSchema"]),
  service(
    "SeriesEngine", at: "TimeSeries/Engine",
    uses: [
      "Bytes", "Values", "Crypto", "Roaring", "Runtime", "Journal", "SeriesColumns",
    ]),
  service(
    "SeriesAdmin", at: "TimeSeries/Admin",
    uses: [
      "Bytes", "Values", "JSON", "Admin", "Protobuf", "SeriesWire", "Runtime", "AdminServing",
      "Cluster", "Hosting", "SeriesColumns", "SeriesModel", "SeriesSchema", "SeriesStorage",
      "SeriesQuery", "SeriesIngest", "SeriesProperty", "SeriesQL", "SeriesServing",
      "SeriesBackup",
    ]),
  service(
    "SeriesBackup", at: "TimeSeries/Backup",
    uses: [
      "Bytes", "Values", "Crypto", "JSON", "Runtime", "S3", "S3Client", "SeriesColumns",
      "SeriesStorage",
    ]),
  service(
    "SeriesLocal", at: "TimeSeries/Local",
    uses: [
      "Bytes", "Compression", "JSON", "Values", "Protobuf", "SeriesWire", "Runtime", "Cluster",
      "SeriesColumns", "SeriesModel", "SeriesEngine", "SeriesSchema", "SeriesStorage",
      "SeriesProperty",
    ]),

  service(
    "SeriesRemote", at: "TimeSeries/Remote",
    uses: [
      "Bytes", "Values", "Crypto", "Protobuf", "SeriesWire", "Link", "LinkServing",
      "Observability", "Runtime", "Journal", "Cluster", "SeriesColumns", "SeriesModel",
      "SeriesSchema", "SeriesStorage", "SeriesQuery",
    ]),

  service(
    "LakeDaemon", at: "laked/Daemon",
    uses: [
      "Bytes", "Values", "Crypto", "JSON", "HTTP", "Admin", "CSystem", "Configuration",
      "Observability", "Runtime", "Security", "KeyValue", "HTTPClient", "HTTPServing",
      "AdminServing", "Cluster", "Identity", "Hosting", "Link",
    ]),

  program(
    "laked", at: "Sources/Services/laked/Main",
    uses: ["Hosting", "LakeDaemon", "Catalog", "ObjectService", "SeriesService"]),

  // The operator's side: stands on Protocols and speaks the admin API
  swift("CommandTable", at: "Sources/lakectl/Table", uses: ["Bytes", "Values", "JSON"]),
  swift(
    "LakectlCommands", at: "Sources/lakectl/Commands",
    uses: [
      "Bytes", "Values", "Crypto", "JSON", "YAML", "HTTP", "S3", "Admin", "HTTPClient", "S3Client",
      "CSystem", "CommandTable", "TerminalIO",
    ]),
  program(
    "lakectl", at: "Sources/lakectl/Main",
    uses: ["Values", "CSystem", "CommandTable", "LakectlCommands"]),
  program(
    "lakedocs", at: "Sources/lakectl/Docs", uses: ["Values", "CommandTable", "LakectlCommands"]),

  // The screen: a toolkit, the dashboard as values, and the terminal
  swift("Screen", at: "Sources/TUI/Screen", uses: ["CommandTable"]),
  swift(
    "Dashboard", at: "Sources/TUI/Dashboard",
    uses: ["Bytes", "Values", "JSON", "CommandTable", "Screen"]),
  swift(
    "TerminalIO", at: "Sources/TUI/Terminal",
    uses: [
      "Bytes", "Values", "JSON", "CSystem", "CNcurses", "CommandTable", "Screen", "Dashboard",
    ]),

  // Tests: a tree that mirrors Sources, and the programs that drive it
  swift("TestSupport", at: "Tests/Support", uses: ["Bytes", "Values", "CSystem", "Runtime"]),
  swift("Fuzzing", at: "Tests/Fuzzing", uses: ["Bytes", "Values"]),
  tests("FuzzingTests", at: "FuzzingTests", uses: ["Bytes", "Fuzzing"]),
  swift(
    "Workloads", at: "Tests/Workloads",
    uses: [
      "Bytes", "Values", "Crypto", "Runtime", "Simulation", "Journal", "ObjectModel",
      "ObjectNamespace", "ObjectBlobs",
    ]),
  tests("TidyTests", at: "Tidy", uses: ["TestSupport"]),
  tests("BytesTests", at: "Protocols/Bytes", uses: ["Bytes"]),
  tests("ValuesTests", at: "Protocols/Values", uses: ["Bytes", "Values", "Fuzzing"]),
  tests("CryptoTests", at: "Protocols/Crypto", uses: ["Bytes", "Values", "Crypto", "Fuzzing"]),
  tests("JSONTests", at: "Protocols/JSON", uses: ["Bytes", "JSON", "Fuzzing"]),
  tests(
    "CompressionTests", at: "Protocols/Compression", uses: ["Bytes", "Compression", "Fuzzing"]),
  tests(
    "AvroTests", at: "Protocols/Avro", uses: ["Bytes", "JSON", "Compression", "Avro", "Fuzzing"]),
  tests(
    "IcebergTests", at: "Protocols/Iceberg",
    uses: [
      "Bytes", "Values", "JSON", "Compression", "Avro", "Iceberg", "Fuzzing", "TestSupport",
      "iceberg-peer",
    ]),
  program(
    "iceberg-peer", at: "Tests/Protocols/IcebergPeer",
    uses: ["Bytes", "Values", "JSON", "Compression", "Avro", "Iceberg"]),
  tests("XMLTests", at: "Protocols/XML", uses: ["Bytes", "XML", "Fuzzing"]),
  tests("YAMLTests", at: "Protocols/YAML", uses: ["Bytes", "JSON", "YAML", "Fuzzing"]),
  tests(
    "AdminTests", at: "Protocols/Admin", uses: ["Bytes", "Values", "JSON", "HTTP", "Admin"]),
  tests("HTTPTests", at: "Protocols/HTTP", uses: ["Bytes", "Values", "HTTP", "Fuzzing"]),
  swift("ProtobufMessages", at: "Tests/Protocols/ProtobufMessages", uses: ["Protobuf"]),
  tests(
    "ProtobufTests", at: "Protocols/Protobuf",
    uses: ["Bytes", "Values", "JSON", "Protobuf", "ProtobufMessages", "Fuzzing"]),
  program(
    "proto-peer", at: "Tests/Protocols/ProtobufPeer",
    uses: ["Bytes", "Protobuf", "ProtobufMessages"]),
  tests("ProtobufGeneratorTests", at: "Protocols/ProtobufGenerator", uses: ["Bytes", "lakeproto"]),
  tests(
    "GRPCTests", at: "Protocols/GRPC", uses: ["Bytes", "Values", "Protobuf", "GRPC", "Fuzzing"]),
  tests(
    "LinkTests", at: "Protocols/Link",
    uses: ["Bytes", "Values", "Crypto", "Protobuf", "Link", "Fuzzing"]),
  swift(
    "LakectlTesting", at: "Tests/lakectl/Support",
    uses: ["Bytes", "Values", "JSON", "CommandTable"]),
  tests(
    "CommandTableTests", at: "lakectl/Table",
    uses: ["Bytes", "Values", "JSON", "CommandTable", "LakectlTesting", "Fuzzing"]),
  tests(
    "LakectlCommandsTests", at: "lakectl/Commands",
    uses: [
      "Bytes", "Values", "JSON", "YAML", "HTTP", "Admin", "Observability", "Runtime", "HTTPServing",
      "CommandTable", "LakectlCommands", "LakectlTesting", "lakectl", "lakedocs", "TestSupport",
    ]),
  swift(
    "DashboardTesting", at: "Tests/TUI/Support",
    uses: ["Values", "JSON", "CommandTable", "LakectlTesting", "Screen", "Dashboard"]),
  tests("ScreenTests", at: "TUI/Screen", uses: ["CommandTable", "Screen"]),
  tests(
    "DashboardTests", at: "TUI/Dashboard",
    uses: [
      "Values", "JSON", "CommandTable", "Screen", "Dashboard", "DashboardTesting", "TestSupport",
    ]),
  tests(
    "TerminalIOTests", at: "TUI/Terminal",
    uses: [
      "Values", "JSON", "CommandTable", "Screen", "Dashboard", "TerminalIO", "DashboardTesting",
      "LakectlTesting", "TestSupport", "lake-top-replay",
    ]),
  program(
    "lake-top-replay", at: "Tests/TUI/ReplayProgram",
    uses: [
      "Values", "JSON", "CommandTable", "Screen", "Dashboard", "TerminalIO", "DashboardTesting",
    ]),
  tests(
    "ObservabilityTests", at: "Platform/Observability",
    uses: ["Bytes", "Values", "JSON", "CSystem", "Observability"]),
  tests(
    "ConfigurationTests", at: "Platform/Configuration",
    uses: ["Bytes", "Values", "YAML", "Configuration", "Fuzzing"]),
  tests(
    "RuntimeTests", at: "Platform/Runtime",
    uses: ["Bytes", "Values", "Observability", "Runtime", "CSystem", "CUring", "TestSupport"]),
  tests(
    "SimulationTests", at: "Platform/Simulation",
    uses: ["Bytes", "Values", "Runtime", "Simulation", "TestSupport"]),
  tests(
    "SecurityTests", at: "Platform/Security",
    uses: [
      "Bytes", "Values", "Crypto", "Runtime", "Simulation", "Security", "TestSupport", "Fuzzing",
    ]),
  tests(
    "JournalTests", at: "Platform/Journal",
    uses: [
      "Bytes", "Values", "Crypto", "Runtime", "Simulation", "Journal", "Workloads", "TestSupport",
      "Fuzzing",
    ]),
  tests(
    "KeyValueTests", at: "Platform/KeyValue",
    uses: [
      "Bytes", "Values", "Observability", "Runtime", "KeyValue", "CRocksDB", "TestSupport",
    ]),
  tests(
    "ColumnarTests", at: "Platform/Columnar",
    uses: ["Bytes", "Values", "Runtime", "Columnar", "CDuckDB", "TestSupport"]),
  tests(
    "PostgresTests", at: "Platform/Postgres",
    uses: ["Values", "Runtime", "Postgres", "TestSupport"]),
  tests(
    "HTTPClientTests", at: "Platform/HTTPClient",
    uses: [
      "Bytes", "Values", "HTTP", "Observability", "Runtime", "HTTPClient", "HTTPServing",
      "TestSupport",
    ]),
  tests(
    "S3ClientTests", at: "Platform/S3Client",
    uses: [
      "Values", "Observability", "Runtime", "S3", "HTTPClient", "S3Client", "HTTPServing",
      "ObjectGateway", "ObjectTesting", "TestSupport",
    ]),
  tests(
    "HTTPServingTests", at: "Platform/Serving/HTTP",
    uses: [
      "Bytes", "Values", "JSON", "HTTP", "Observability", "Runtime", "HTTPServing", "TestSupport",
    ]),
  tests(
    "AdminServingTests", at: "Platform/Serving/Admin",
    uses: [
      "Bytes", "Values", "JSON", "HTTP", "Admin", "Observability", "Runtime", "HTTPServing",
      "AdminServing", "HTTPClient", "TestSupport",
    ]),
  tests(
    "GRPCServingTests", at: "Platform/Serving/GRPC",
    uses: [
      "Bytes", "Values", "Protobuf", "GRPC", "Observability", "Runtime", "GRPCServing",
      "TestSupport",
    ]),
  tests(
    "LinkServingTests", at: "Platform/Serving/Link",
    uses: [
      "Bytes", "Values", "Crypto", "Protobuf", "Link", "Observability", "Runtime", "Simulation",
      "LinkServing", "TestSupport",
    ]),
  tests(
    "S3Tests", at: "Protocols/S3",
    uses: ["Bytes", "Values", "Crypto", "JSON", "XML", "HTTP", "S3", "Fuzzing"]),
  swift(
    "ObjectTesting", at: "Tests/Services/ObjectStore/Support",
    uses: ["Bytes", "Values", "Crypto", "Runtime", "ObjectModel"]),
  tests(
    "ObjectModelTests", at: "Services/ObjectStore/Model",
    uses: ["Bytes", "Values", "Crypto", "ObjectModel", "ObjectTesting", "TestSupport"]),
  tests("ObjectExtentsTests", at: "Services/ObjectStore/Extents", uses: ["ObjectExtents"]),
  tests(
    "ObjectNamespaceTests", at: "Services/ObjectStore/Namespace",
    uses: [
      "Bytes", "Values", "Crypto", "Runtime", "Simulation", "Journal", "KeyValue", "ObjectModel",
      "ObjectNamespace", "ObjectTesting", "Workloads", "TestSupport",
    ]),
  tests(
    "ObjectBlobsTests", at: "Services/ObjectStore/Blobs",
    uses: [
      "Bytes", "Values", "Crypto", "Runtime", "Journal", "ObjectModel", "ObjectBlobs", "Workloads",
      "TestSupport",
    ]),
  tests(
    "ObjectUpkeepTests", at: "Services/ObjectStore/Upkeep",
    uses: [
      "Bytes", "Values", "Crypto", "Runtime", "Simulation", "Journal", "ObjectModel",
      "ObjectNamespace", "ObjectBlobs", "ObjectUpkeep", "TestSupport",
    ]),
  tests(
    "ObjectRemoteTests", at: "Services/ObjectStore/Remote",
    uses: [
      "Bytes", "Values", "Crypto", "Link", "LinkServing", "Observability", "Runtime",
      "Simulation", "Journal", "ObjectModel", "ObjectNamespace", "ObjectBlobs", "ObjectRemote",
      "TestSupport",
    ]),
  tests(
    "ObjectGatewayTests", at: "Services/ObjectStore/Gateway",
    uses: [
      "Bytes", "Values", "Crypto", "HTTP", "S3", "Observability", "Runtime", "Security",
      "HTTPServing", "ObjectModel", "ObjectGateway", "ObjectTesting", "TestSupport",
    ]),
  tests(
    "ObjectAdminTests", at: "Services/ObjectStore/Admin",
    uses: [
      "Bytes", "Values", "Crypto", "JSON", "HTTP", "S3", "Admin", "Observability", "Runtime",
      "HTTPClient", "HTTPServing", "AdminServing", "Cluster", "ClusterTesting", "Hosting",
      "ObjectModel", "ObjectGateway", "ObjectAdmin", "ObjectTesting", "CommandTable",
      "LakectlCommands", "LakectlTesting", "TestSupport",
    ]),
  program(
    "object-model-gateway", at: "Tests/Services/ObjectStore/Program",
    uses: [
      "Bytes", "Values", "Crypto", "HTTP", "Observability", "Runtime", "HTTPServing",
      "ObjectModel", "ObjectGateway", "ObjectTesting",
    ]),
  swift(
    "ClusterTesting", at: "Tests/Services/ClusterSupport",
    uses: ["Values", "Runtime", "Cluster"]),
  tests(
    "ClusterTests", at: "Services/Cluster",
    uses: [
      "Bytes", "Values", "JSON", "Observability", "Runtime", "Simulation", "KeyValue", "Cluster",
      "ClusterTesting", "TestSupport",
    ]),
  tests(
    "IdentityTests", at: "Services/Identity",
    uses: [
      "Bytes", "Values", "Crypto", "JSON", "Observability", "Runtime", "Security", "Cluster",
      "ClusterTesting", "Simulation", "Identity", "TestSupport", "Fuzzing",
    ]),
  tests(
    "CatalogTests", at: "Services/Catalog",
    uses: [
      "Bytes", "Values", "Crypto", "JSON", "HTTP", "Iceberg", "Observability", "Runtime",
      "KeyValue", "Postgres", "HTTPClient", "HTTPServing", "Identity", "Catalog", "laked",
      "object-model-gateway", "TestSupport",
    ]),
  swift(
    "SeriesTesting", at: "Tests/Services/TimeSeries/Support",
    uses: [
      "Values", "Protobuf", "SeriesWire", "Runtime", "Simulation", "Cluster", "ClusterTesting",
      "SeriesColumns", "SeriesModel", "SeriesSchema", "SeriesStorage", "SeriesQuery",
      "SeriesIngest",
    ]),
  tests(
    "SeriesQLTests", at: "Services/TimeSeries/BydbQL",
    uses: [
      "Bytes", "Fuzzing",
      "Protobuf", "SeriesWire", "SeriesModel", "SeriesSchema", "SeriesQL", "SeriesTesting",
    ]),
  tests(
    "SeriesQueryTests", at: "Services/TimeSeries/Query",
    uses: [
      "Bytes", "Values", "Protobuf", "SeriesWire", "Runtime", "Simulation", "ClusterTesting",
      "SeriesColumns", "SeriesModel", "SeriesIngest",
      "SeriesSchema", "SeriesStorage", "SeriesQuery", "SeriesTesting",
    ]),
  tests(
    "SeriesIngestTests", at: "Services/TimeSeries/Ingest",
    uses: [
      "Values", "Protobuf", "SeriesWire", "Runtime", "ClusterTesting", "SeriesColumns",
      "SeriesModel",
      "SeriesSchema", "SeriesStorage", "SeriesIngest", "SeriesTesting",
    ]),
  tests(
    "SeriesBackupTests", at: "Services/TimeSeries/Backup",
    uses: [
      "Bytes", "Crypto", "JSON", "Runtime", "Simulation", "SeriesColumns", "SeriesStorage",
      "SeriesBackup",
    ]),
  tests(
    "SeriesPropertyTests", at: "Services/TimeSeries/Property",
    uses: [
      "Values", "Protobuf", "SeriesWire", "Cluster", "ClusterTesting", "SeriesModel",
      "SeriesSchema",
      "SeriesProperty", "SeriesTesting",
    ]),
  tests(
    "SeriesDoorsTests", at: "Services/TimeSeries/Doors",
    uses: [
      "Bytes", "Values", "JSON", "Compression", "HTTP", "Protobuf", "SeriesWire",
      "Observability", "Runtime", "HTTPClient", "HTTPServing", "SeriesModel", "SeriesSchema",
      "SeriesStorage", "SeriesQuery", "SeriesIngest", "SeriesServing", "SeriesDoors",
      "SeriesTesting", "TestSupport",
    ]),
  tests(
    "SeriesServingTests", at: "Services/TimeSeries/Serving",
    uses: [
      "Bytes", "Values", "JSON", "HTTP", "Protobuf", "GRPC", "SeriesWire", "Observability",
      "Runtime", "HTTPClient", "HTTPServing", "GRPCServing", "ClusterTesting", "SeriesModel",
      "SeriesSchema", "SeriesStorage", "SeriesQuery", "SeriesIngest", "SeriesProperty",
      "SeriesColumns", "SeriesServing", "SeriesTesting", "TestSupport", "Identity", "Security",
      "Simulation", "SeriesQL",
    ]),
  tests(
    "SeriesServiceTests", at: "Services/TimeSeries/Service",
    uses: [
      "Values", "Protobuf", "Admin", "Observability", "Runtime", "SeriesWire", "ClusterTesting",
      "SeriesModel", "SeriesSchema", "SeriesStorage", "SeriesQuery", "SeriesIngest",
      "SeriesService", "SeriesTesting", "SeriesEngine", "SeriesServing", "SeriesLocal", "Bytes",
      "Simulation", "Cluster", "JSON", "SeriesAdmin", "SeriesBackup",
    ]),
  program(
    "series-model-front", at: "Tests/Services/TimeSeries/Program",
    uses: [
      "Values", "Protobuf", "SeriesWire", "Observability", "Runtime", "HTTPServing",
      "GRPCServing", "KeyValue", "Cluster", "SeriesEngine", "SeriesSchema", "SeriesStorage",
      "SeriesQuery", "SeriesIngest", "SeriesProperty", "SeriesServing", "SeriesLocal",
    ]),
  tests(
    "SeriesRemoteTests", at: "Services/TimeSeries/Remote",
    uses: [
      "Bytes", "Values", "Protobuf", "SeriesWire", "Link", "LinkServing", "Observability",
      "Runtime", "Simulation", "Cluster", "ClusterTesting", "SeriesColumns", "SeriesModel",
      "SeriesSchema", "SeriesStorage", "SeriesQuery", "SeriesRemote", "SeriesTesting",
      "SeriesEngine", "SeriesLocal", "SeriesProperty", "SeriesBackup", "Compression", "JSON",
    ]),
  tests(
    "SeriesModelTests", at: "Services/TimeSeries/Model", uses: ["Bytes", "SeriesModel"]),
  tests(
    "SeriesWireTests", at: "Protocols/SeriesWire",
    uses: ["Bytes", "JSON", "Protobuf", "SeriesWire"]),
  tests(
    "SeriesSchemaTests", at: "Services/TimeSeries/Schema",
    uses: [
      "Bytes", "Values", "Protobuf", "SeriesWire", "Runtime", "Cluster", "ClusterTesting",
      "SeriesModel", "SeriesSchema", "SeriesTesting", "TestSupport",
    ]),
  tests(
    "SeriesColumnsTests", at: "Services/TimeSeries/Columns",
    uses: ["Bytes", "SeriesColumns"]),
  tests(
    "SeriesEngineTests", at: "Services/TimeSeries/Engine",
    uses: [
      "Bytes", "Crypto", "Values", "Runtime", "Simulation", "Journal", "SeriesColumns",
      "SeriesEngine", "SeriesWorkloads", "TestSupport",
    ]),
  swift(
    "SeriesWorkloads", at: "Tests/Services/TimeSeries/Workloads",
    uses: ["Values", "Runtime", "Simulation", "Journal", "SeriesColumns", "SeriesEngine"]),
  program(
    "series-crash", at: "Tests/Services/TimeSeries/Crash",
    uses: ["Values", "Runtime", "SeriesColumns", "SeriesEngine", "SeriesWorkloads"]),
  tests(
    "HostingTests", at: "Services/Hosting",
    uses: [
      "Bytes", "Values", "Observability", "Runtime", "Simulation", "Hosting", "TestSupport",
    ]),
  tests(
    "LakeDaemonTests", at: "Services/laked/Daemon",
    uses: [
      "Bytes", "Values", "JSON", "Admin", "Configuration", "Observability", "Runtime", "Hosting",
      "LakeDaemon", "TestSupport",
    ]),
  tests(
    "SystemTests", at: "System",
    uses: ["Bytes", "JSON", "HTTP", "HTTPClient", "Runtime", "TestSupport"]),
  program("lakesim", at: "Tests/Simulation", uses: ["Workloads", "SeriesWorkloads"]),

  program(
    "lakefuzz", at: "Tests/Fuzz",
    uses: [
      "Bytes", "Values", "Crypto", "JSON", "YAML", "XML", "HTTP", "Link", "Protobuf",
      "ProtobufMessages", "GRPC", "Compression", "Avro", "Iceberg", "Workloads", "Fuzzing", "S3",
      "SeriesColumns", "SeriesModel", "SeriesQL",
    ]),

  // Benchmarks: each prints a ratio against a peer run beside it
  program(
    "bench-http", at: "bench/http",
    uses: ["Bytes", "Values", "HTTP", "Observability", "Runtime", "HTTPServing", "CSystem"]),
  program(
    "bench-journal", at: "bench/journal",
    uses: ["Bytes", "Values", "Runtime", "Journal", "CSystem", "CUring"]),
  program("bench-crypto", at: "bench/crypto", uses: ["Bytes", "Crypto", "CSystem"]),
  program("bench-iceberg", at: "bench/iceberg", uses: ["Bytes", "Values", "JSON", "Iceberg"]),
  program("bench-json", at: "bench/json", uses: ["Bytes", "JSON"]),
  program(
    "bench-link", at: "bench/link",
    uses: ["Bytes", "Values", "Link", "LinkServing", "Observability", "Runtime"]),
  program(
    "bench-kv", at: "bench/kv", uses: ["Bytes", "Values", "Runtime", "KeyValue", "CRocksDB"]),
  program(
    "bench-observability", at: "bench/observability", uses: ["Values", "Observability", "CSystem"]),
  program(
    "bench-identity", at: "bench/identity",
    uses: [
      "Values", "Runtime", "Security", "Cluster", "ClusterTesting", "Simulation", "Identity",
    ]),
  program(
    "bench-grpc", at: "bench/grpc",
    uses: [
      "Bytes", "Values", "Protobuf", "GRPC", "Observability", "Runtime", "GRPCServing", "CSystem",
    ]),
  program(
    "bench-protobuf", at: "bench/protobuf", uses: ["Bytes", "Protobuf", "ProtobufMessages"]),
  program(
    "bench-namespace", at: "bench/namespace",
    uses: ["Bytes", "Values", "Runtime", "KeyValue", "ObjectModel", "ObjectNamespace"]),
  program(
    "bench-blobs", at: "bench/blobs",
    uses: [
      "Bytes", "Values", "Crypto", "Runtime", "Journal", "CSystem", "CUring", "ObjectModel",
      "ObjectBlobs", "ObjectNamespace",
    ]),
  program(
    "bench-series-front", at: "bench/series-front",
    uses: [
      "Bytes", "Values", "Protobuf", "SeriesWire", "Runtime", "ClusterTesting",
      "SeriesColumns", "SeriesModel", "SeriesSchema", "SeriesStorage", "SeriesQuery",
      "SeriesIngest",
    ]),
  program(
    "bench-tui", at: "bench/tui",
    uses: [
      "Values", "JSON", "CommandTable", "Screen", "Dashboard", "DashboardTesting",
    ]),
  program(
    "bench-series-engine", at: "bench/series-engine",
    uses: ["Bytes", "Values", "Runtime", "SeriesColumns", "SeriesEngine"]),
  program("bench-parquet", at: "bench/parquet", uses: ["Bytes", "Values", "Runtime", "Columnar"]),
]

/// The targets named by LAKE_ONLY with their tests, and everything those need.
func selected(from targets: [Target]) -> [Target] {
  guard let only = Context.environment["LAKE_ONLY"], !only.isEmpty else { return targets }
  let byName = Dictionary(uniqueKeysWithValues: targets.map { ($0.name, $0) })
  var wanted = only.split(separator: ",").map(String.init)
  wanted += wanted.map { $0 + "Tests" }
  var chosen: Set<String> = []
  while let name = wanted.popLast() {
    guard let target = byName[name], chosen.insert(name).inserted else { continue }
    for case .byNameItem(let dependency, _) in target.dependencies { wanted.append(dependency) }
  }
  return targets.filter { chosen.contains($0.name) }
}

let package = Package(name: "Lakeworks", targets: selected(from: all), cxxLanguageStandard: .cxx17)
