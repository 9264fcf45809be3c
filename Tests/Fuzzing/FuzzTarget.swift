private import Bytes

/// A parser with a name, its seeds and its words: what the program `lakefuzz` runs.
public struct FuzzTarget: Sendable {
  public let name: String
  public let seeds: [[UInt8]]
  public let dictionary: [[UInt8]]
  /// Throws (see `Fuzzer.require`) when a property does not hold.
  public let body: @Sendable (RawSpan) throws -> Void

  public init(
    _ name: String, seeds: [[UInt8]], dictionary: [[UInt8]] = [],
    body: @escaping @Sendable (RawSpan) throws -> Void
  ) {
    self.name = name
    self.seeds = seeds
    self.dictionary = dictionary
    self.body = body
  }

  public init(
    _ name: String, texts: [String], words: [String] = [],
    body: @escaping @Sendable (RawSpan) throws -> Void
  ) {
    self.init(
      name, seeds: texts.map { Array($0.utf8) }, dictionary: words.map { Array($0.utf8) },
      body: body)
  }

  /// Runs one input.
  public func check(_ input: [UInt8]) throws { try self.body(input.rawBytes) }

  /// The bounded run of `swift test`.
  @discardableResult
  public func run(iterations: Int = 20_000, seed: UInt64 = 1, seconds: Double = 3) throws -> Int {
    try Fuzzer.run(
      name: self.name, seeds: self.seeds, iterations: iterations, seed: seed, seconds: seconds,
      dictionary: self.dictionary, self.body)
  }
}
