/// Where the content of an object comes from: a request's body, another object.
protocol ContentSource: AnyObject {
  /// Fills the front of `target`: how many bytes came, 0 at the end.
  func read(into target: UnsafeMutableRawBufferPointer) async throws -> Int
}
