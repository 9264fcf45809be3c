import Glibc
import Synchronization
import TestSupport
import Testing
import Values

@testable import Runtime

@Suite("Acceptors")
struct AcceptorTests {
  /// Descriptors that are opened between the end of an acceptor and the task that accepted last.
  private final class Opened: @unchecked Sendable {
    // Sendable: touched by one loop's thread.
    var descriptors: [Int32] = []
  }

  /// A client whose handshake is done when this returns: over loopback the kernel does it at once.
  private static func connectedClient(to address: SocketAddress) throws -> Int32 {
    let (bytes, family) = try address.encoded()
    let client = socket(family, Int32(SOCK_STREAM.rawValue), 0)
    let code = bytes.withUnsafeBytes { raw in
      Glibc.connect(
        client, raw.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(raw.count))
    }
    #expect(code == 0)
    return client
  }

  @Test("an acceptor that is closed while an answer is on its way closes once", arguments: backends)
  func closesOnce(backend: BackendChoice) async throws {
    try await withLoops(1, backend: backend) { group in
      let loop = group.loops[0]
      let acceptor = try SystemAcceptor(listeningAt: loopback, ListenOptions(), on: loop)
      let opened = Opened()
      try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask {
          while let connection = try? await acceptor.accept() { connection.close() }
        }
        // The accept reaches the kernel.
        try await loop.sleep(for: .milliseconds(2))
        // All in one turn: the answer is there at its end, the closing comes first in the next, the
        // accepting task after both.
        let client = try Self.connectedClient(to: acceptor.address)
        acceptor.close()
        loop.execute {
          opened.descriptors = (0..<64).map { _ in open("/dev/null", O_RDONLY) }
        }
        try await tasks.waitForAll()
        Glibc.close(client)
      }
      let isReleased = acceptor.isReleased.load(ordering: .acquiring)
      #expect(isReleased)
      // A descriptor that was closed twice would be one of these by then.
      for descriptor in opened.descriptors {
        #expect(fcntl(descriptor, F_GETFD) >= 0, "descriptor \(descriptor) is gone")
        Glibc.close(descriptor)
      }
    }
  }
}
