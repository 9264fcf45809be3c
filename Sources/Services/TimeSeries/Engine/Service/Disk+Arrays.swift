package import Runtime

extension Disk {
  /// `replace` with the bytes of an array, in memory that stays for the length of the call.
  package func replace(_ path: String, with bytes: [UInt8]) async throws(IOFailure) {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
    defer { memory.deallocate() }
    memory.copyBytes(from: bytes)
    try await self.replace(path, with: UnsafeRawBufferPointer(memory))
  }
}
