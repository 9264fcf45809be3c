private import Bytes
import Hosting
private import JSON
import Runtime

// DIR/endpoints.json, while the daemon is ready:
//
//   {"admin":"http://127.0.0.1:7300","s3":"http://127.0.0.1:9000","sql":"127.0.0.1:5432",
//    "region":"us-east-1","warehouse":"lake","pid":4711}

/// Where everything listens, for scripts and tests.
enum EndpointsFile {
  static let name = "endpoints.json"
  static let warehouse = "lake"

  static func text(_ opened: [Doors.Opened], region: String, pid: Int32) -> [UInt8] {
    var writer = ByteWriter()
    writer.appendJSON(layout: .pretty) { json in
      json.object { json in
        for door in opened {
          json.name(door.name)
          json.value(door.text)
        }
        json.member("region", region)
        json.member("warehouse", Self.warehouse)
        json.member("pid", Int(pid))
      }
    }
    writer.append("\n")
    return writer.bytes.array
  }

  static func write(
    _ opened: [Doors.Opened], region: String, pid: Int32, in data: DataDirectory, on disk: any Disk
  ) async throws(IOFailure) {
    try await disk.replace(
      "\(data.path)/\(Self.name)", with: Self.text(opened, region: region, pid: pid),
      permissions: 0o644)
  }

  /// A daemon that is not ready has none.
  static func remove(in data: DataDirectory, on disk: any Disk) async {
    try? await disk.removeFile("\(data.path)/\(Self.name)")
  }
}
