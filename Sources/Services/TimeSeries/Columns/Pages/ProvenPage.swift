/// A page whose checksum was right, uncompressed: for those who read it again.
public struct ProvenPage: Sendable {
  let header: PageHeader
  let payload: [UInt8]

  public var byteCount: Int { self.payload.count }
}

/// Where a page comes from.
public enum PageForm {
  /// As it lies in a file.
  case stored(UnsafeRawBufferPointer)
  case proven(ProvenPage)
}
