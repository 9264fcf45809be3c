import Bytes
import Fuzzing
import GRPC
import Protobuf
import Values

extension FuzzTarget {
  /// A server's side of a connection: nothing traps, and answers stay in proportion to what was asked.
  static let grpc = FuzzTarget(
    "grpc", seeds: [Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + settings + request + message]
  ) { input in
    let server = GRPCSession(isServer: true)
    do { try server.receive(input, now: MonotonicTime(nanoseconds: 1)) } catch { return }
    while let event = server.nextEvent() {
      guard case .readable(let stream) = event else { continue }
      do throws(GRPCStatus) {
        while let taken = try stream.takeMessage(ProtoBytesValue.self) { stream.send(taken) }
        server.finish(stream, nil)
      } catch {
        server.finish(stream, error)
      }
    }
    var output = ByteWriter()
    _ = try? server.produce(into: &output, limit: 1 << 20)
    try Fuzzer.require(output.count < input.byteCount * 20 + 4096, "\(output.count) bytes out")
  }

  private static let settings: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]

  /// Headers of a call, each a literal without indexing.
  private static let request: [UInt8] = {
    var block = ByteWriter()
    for (name, value) in [
      (":method", "POST"), (":scheme", "http"), (":path", "/s/m"), (":authority", "a"),
      ("content-type", "application/grpc"), ("grpc-timeout", "1S"), ("x-bin", "AAE="),
    ] {
      block.append(0)
      block.append(UInt8(name.utf8.count))
      block.append(name)
      block.append(UInt8(value.utf8.count))
      block.append(value)
    }
    return [0, 0, UInt8(block.count), 1, 4, 0, 0, 0, 1] + block.bytes.array
  }()

  private static let message: [UInt8] = [0, 0, 8, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 3, 10, 1, 7]
}
