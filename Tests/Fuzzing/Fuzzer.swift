private import Bytes
private import Glibc

/// Runs a parser over many damaged inputs and says how to run the one that broke it again.
///
/// `FUZZ_SEED`, `FUZZ_ITERATIONS`, `FUZZ_SECONDS` and `FUZZ_FIRST` (the number of the first input)
/// override what the test asks for.
public enum Fuzzer {
  /// Calls `body` with each seed and then with mutations of them, until `iterations` inputs or
  /// `seconds` are over. The body throws (see `require`) when a property does not hold; errors that
  /// the parser reports are its good right and are caught by the body.
  ///
  /// A trap leaves the input in a file, and the line on standard error names it; so does an input
  /// that takes longer than 20 seconds.
  ///
  /// - Returns: how many inputs were tried.
  /// - Throws: `FuzzFailure`, with the seed, the number of the input and the input.
  @discardableResult
  public static func run(
    name: String, seeds: [[UInt8]], iterations: Int = 20_000, seed: UInt64 = 1,
    seconds: Double = 3, dictionary: [[UInt8]] = [], maximumByteCount: Int? = nil,
    _ body: (RawSpan) throws -> Void
  ) throws -> Int {
    let seed = setting("FUZZ_SEED").flatMap { UInt64($0) } ?? seed
    let givenSeconds = setting("FUZZ_SECONDS").flatMap { Double($0) }
    let givenIterations = setting("FUZZ_ITERATIONS").flatMap { Int($0) }
    let first = max(0, setting("FUZZ_FIRST").flatMap { Int($0) } ?? 0)
    let last =
      first
      + max(0, givenIterations ?? (givenSeconds == nil ? iterations : Int.max / 2))
    let limit = givenSeconds ?? (givenIterations == nil ? seconds : .infinity)
    let mutator = Mutator(
      seeds: seeds, dictionary: dictionary, seed: seed, maximumByteCount: maximumByteCount)
    let current = CurrentInput(
      name: name, seed: seed, maximumByteCount: mutator.maximumByteCount)
    defer { current.close() }
    let start = monotonicSeconds()
    var iteration = first
    while iteration < last {
      // Looking at the clock costs as much as parsing a short input.
      if iteration & 63 == 0, monotonicSeconds() - start > limit { break }
      let input = mutator.input(iteration)
      current.begin(iteration, input)
      do {
        try body(input.rawBytes)
      } catch {
        throw FuzzFailure(
          name: name, seed: seed, iteration: iteration, input: input, reason: "\(error)")
      }
      iteration += 1
    }
    return iteration - first
  }

  /// A property of the input under test.
  public static func require(
    _ condition: Bool, _ reason: @autoclosure () -> String
  ) throws {
    guard condition else { throw BrokenProperty(reason: reason()) }
  }

  private static func setting(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    return String(cString: value)
  }
}

private struct BrokenProperty: Error, CustomStringConvertible {
  let reason: String
  var description: String { self.reason }
}

/// An input that broke a property.
public struct FuzzFailure: Error, CustomStringConvertible {
  public let name: String
  public let seed: UInt64
  public let iteration: Int
  public let input: [UInt8]
  public let reason: String

  public var description: String {
    """
    fuzz \(self.name): \(self.reason)
      replay: FUZZ_SEED=\(self.seed) FUZZ_FIRST=\(self.iteration) FUZZ_ITERATIONS=1
      input, \(self.input.count) bytes: \(Hexadecimal.text(of: self.input.rawBytes))
      as text: \(self.input.rawBytes.lossyText.debugDescription)
    """
  }
}

func monotonicSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
