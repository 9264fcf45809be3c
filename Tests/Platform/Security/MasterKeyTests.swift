import Bytes
import Crypto
import Glibc
import Runtime
import Simulation
import Testing

@testable import Security

private func master(_ text: String) throws -> MasterKey {
  try MasterKey(text: Array(text.utf8), origin: "test")
}

private func code(_ body: () throws -> Void) -> SecurityError.Code? {
  do {
    try body()
    return nil
  } catch { return (error as? SecurityError)?.code }
}

@Suite("Master key")
struct MasterKeyTests {
  private static let digits = String(repeating: "0123456789abcdef", count: 4)

  @Test("the forms of one key are one key")
  func forms() throws {
    let bytes = Hexadecimal.bytes(of: Self.digits) ?? []
    let id = try master(Self.digits).id
    let upper = try master(Self.digits.uppercased() + "\n").id
    let base64 = try master(Base64.text(of: bytes.rawBytes) + "\r\n").id
    let raw = try MasterKey(text: bytes, origin: "test").id
    #expect(upper == id && base64 == id && raw == id)
    let words = try master("correct horse battery staple, and then some").id
    let again = try master("correct horse battery staple, and then some\n").id
    #expect(words == again)
    #expect(words != id)
  }

  @Test("a short key is refused, blanks do not make it longer", arguments: ["", "short", "x \n"])
  func short(text: String) {
    let padded = text + String(repeating: "\n", count: 40)
    #expect(code { _ = try master(padded) } == .masterKeyShort)
  }

  @Test("a key that others may read is refused with the command that mends it")
  func permissions() throws {
    let digits = Self.digits
    try Simulation.run(seed: 1) { world in
      let content = Array(digits.utf8)
      for (mode, isFine) in [(0o600, true), (0o400, true), (0o640, false), (0o604, false)] {
        let path = "/master-\(mode)"
        var bytes = content
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        memory.copyBytes(from: bytes)
        try await world.disk.replace(
          path, with: UnsafeRawBufferPointer(memory), permissions: UInt16(mode))
        memory.deallocate()
        SecretBytes.clear(&bytes)
        do {
          let key = try await MasterKey.file(path, on: world.disk)
          let id = key.id
          #expect(isFine)
          let same = try master(digits).id
          #expect(id == same)
        } catch let error as SecurityError {
          #expect(!isFine)
          #expect(error.code == .masterKeyExposed)
          #expect(error.hint == "run: chmod 600 \(path)")
          #expect(!error.description.contains(digits))
        }
      }
      do {
        _ = try await MasterKey.file("/nowhere", on: world.disk)
        Issue.record("a key from nowhere")
      } catch let error as SecurityError { #expect(error.code == .masterKeyMissing) }
    }
  }

  @Test("a key is read from the environment")
  func environment() throws {
    setenv("LAKE_TEST_MASTER_KEY", Self.digits, 1)
    let id = try MasterKey.environment("LAKE_TEST_MASTER_KEY").id
    let same = try master(Self.digits).id
    #expect(id == same)
    unsetenv("LAKE_TEST_MASTER_KEY")
    #expect(code { _ = try MasterKey.environment("LAKE_TEST_MASTER_KEY") } == .masterKeyMissing)
  }
}
