private import CSystem
private import Glibc

extension SocketAddress {
  /// The address that a call like getsockname writes; an empty Unix path when it has none.
  init(of descriptor: Int32, _ call: (Int32, UnsafeMutableRawPointer?) -> Int32) {
    self = withUnsafeTemporaryAllocation(byteCount: 128, alignment: 16) { memory in
      guard call(descriptor, memory.baseAddress) > 0 else { return .unix("") }
      var port: UInt16 = 0
      var host = [CChar](repeating: 0, count: 129)
      let family = csystem_address_text(memory.baseAddress, &host, &port)
      let text = host.withUnsafeBufferPointer {
        String(cString: $0.baseAddress.unsafelyUnwrapped)  // 129 elements.
      }
      return family == AF_UNIX ? .unix(text) : .ip(text, port: port)
    }
  }

  /// The address as the kernel reads it, and its family.
  func encoded() throws(IOFailure) -> (bytes: [UInt8], family: Int32) {
    var bytes = [UInt8](repeating: 0, count: 128)
    let length: Int32
    let family: Int32
    switch self {
    case .ip(let host, let port):
      length = csystem_address_ip(host, port, &bytes)
      family = host.contains(":") ? AF_INET6 : AF_INET
    case .unix(let path):
      length = csystem_address_unix(path, &bytes)
      family = AF_UNIX
    }
    guard length > 0 else {
      throw IOFailure(code: -length, operation: "address", subject: self.description)
    }
    bytes.removeSubrange(Int(length)...)
    return (bytes, family)
  }
}
