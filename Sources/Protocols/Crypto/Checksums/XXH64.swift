private import CXXHash

/// XXH64, the predecessor of XXH3: for formats and protocols that name it (series and shard numbers of
/// the time series, LZ4 frames). What is ours uses `XXH3`.
public enum XXH64 {
  public static func hash(of bytes: RawSpan, seed: UInt64 = 0) -> UInt64 {
    bytes.withUnsafeBytes { cxxhash_xxh64($0.baseAddress, $0.count, seed) }
  }
}
