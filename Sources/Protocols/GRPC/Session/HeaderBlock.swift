internal import Bytes
internal import CNghttp2
private import Protobuf

/// Header fields being put together for one submission. The memory is kept for the next.
struct HeaderBlock: ~Copyable {
  private var bytes = ByteWriter(capacity: 512)
  private var places: [(name: Range<Int>, value: Range<Int>)] = []
  private var fields: [nghttp2_nv] = []

  mutating func removeAll() {
    self.bytes.removeAll(keepingCapacityUpTo: 4096)
    self.places.removeAll(keepingCapacity: true)
  }

  mutating func append(_ name: StaticString, _ value: StaticString) {
    let start = self.bytes.count
    self.bytes.append(name)
    let middle = self.bytes.count
    self.bytes.append(value)
    self.places.append((start..<middle, middle..<self.bytes.count))
  }

  mutating func append(_ name: String, _ value: String) {
    let start = self.bytes.count
    self.bytes.append(name)
    let middle = self.bytes.count
    self.bytes.append(value)
    self.places.append((start..<middle, middle..<self.bytes.count))
  }

  mutating func append(_ metadata: GRPCMetadata) {
    for field in metadata.fields {
      switch field.value {
      case .text(let text): self.append(field.name, text)
      case .bytes(let bytes): self.append(field.name, Self.base64(bytes))
      }
    }
  }

  mutating func append(_ status: GRPCStatus?) {
    self.append("grpc-status", String(status?.code.rawValue ?? 0))
    guard let status else { return }
    if !status.message.isEmpty {
      self.append("grpc-message", PercentText.encoded(status.message))
    }
    if !status.details.isEmpty {
      self.append("grpc-status-details-bin", Self.base64(status.proto.encoded()))
    }
    self.append(status.metadata)
  }

  /// Without padding, as the specification asks of a sender.
  private static func base64(_ bytes: [UInt8]) -> String {
    var text = Base64.text(of: bytes.rawBytes)
    while text.hasSuffix("=") { text.removeLast() }
    return text
  }

  mutating func withFields<R>(_ body: (UnsafePointer<nghttp2_nv>?, Int) -> R) -> R {
    self.fields.removeAll(keepingCapacity: true)
    return self.bytes.withUnsafeBytes { bytes in
      // nghttp2 takes the bytes as mutable and does not change them.
      let base = UnsafeMutablePointer(
        mutating: bytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: UInt8.self))
      for place in self.places {
        self.fields.append(
          nghttp2_nv(
            name: base + place.name.lowerBound, value: base + place.value.lowerBound,
            namelen: place.name.count, valuelen: place.value.count,
            flags: UInt8(NGHTTP2_NV_FLAG_NONE.rawValue)))
      }
      return self.fields.withUnsafeBufferPointer { body($0.baseAddress, $0.count) }
    }
  }
}

/// The headers of almost every response, made once: nghttp2 neither copies nor changes them.
struct FixedFields: @unchecked Sendable {
  // Sendable: the memory is never written again, and never freed.
  let start: UnsafePointer<nghttp2_nv>
  let count: Int

  init(_ fields: [(StaticString, StaticString)]) {
    let memory = UnsafeMutablePointer<nghttp2_nv>.allocate(capacity: fields.count)
    let flags = NGHTTP2_NV_FLAG_NO_COPY_NAME.rawValue | NGHTTP2_NV_FLAG_NO_COPY_VALUE.rawValue
    for (index, field) in fields.enumerated() {
      (memory + index).initialize(
        to: nghttp2_nv(
          name: UnsafeMutablePointer(mutating: field.0.utf8Start),
          value: UnsafeMutablePointer(mutating: field.1.utf8Start),
          namelen: field.0.utf8CodeUnitCount, valuelen: field.1.utf8CodeUnitCount,
          flags: UInt8(flags)))
    }
    self.start = UnsafePointer(memory)
    self.count = fields.count
  }

  static let responseHead = FixedFields([
    (":status", "200"), ("content-type", "application/grpc"),
  ])
  static let statusOK = FixedFields([("grpc-status", "0")])
}
