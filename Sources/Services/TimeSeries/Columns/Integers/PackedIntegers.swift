public import Bytes

/// Integer arrays as pages have them, for directories beside the pages.
public enum PackedIntegers {
  public static func append(_ values: [Int64], to target: inout ByteWriter) {
    IntegerCodec.append(values, .exact, to: &target)
  }

  /// Reads `count` integers from the start of `bytes` and says how many bytes they took.
  public static func read(
    _ bytes: UnsafeRawBufferPointer, count: Int
  ) throws(ColumnError) -> (values: [Int64], byteCount: Int) {
    var reader = PayloadReader(bytes)
    let values = try IntegerCodec.read(&reader, count)
    return (values, reader.offset)
  }
}
