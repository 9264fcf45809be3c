/// What a parser accepts from a stranger.
public struct JSONLimits: Sendable {
  public enum Duplicates: Sendable {
    /// An object that names a member twice is an error: no two readers agree on what it means.
    case refuse
    /// All are kept; a look-up by name finds the last.
    case keep
  }

  /// The most that offsets and lengths on the tape can say.
  public static let byteCountCeiling = (1 << 28) - 1
  /// Values are taken apart recursively; this many levels fit any thread's stack.
  public static let depthCeiling = 1000

  public var byteCountMax: Int
  public var depthMax: Int
  public var duplicates: Duplicates

  /// - Precondition: limits are positive and within the ceilings.
  public init(
    byteCountMax: Int = 64 << 20, depthMax: Int = 128, duplicates: Duplicates = .refuse
  ) {
    precondition(byteCountMax > 0 && byteCountMax <= Self.byteCountCeiling, "\(byteCountMax)")
    precondition(depthMax > 0 && depthMax <= Self.depthCeiling, "\(depthMax)")
    self.byteCountMax = byteCountMax
    self.depthMax = depthMax
    self.duplicates = duplicates
  }

  public static let standard = JSONLimits()
}
