import Runtime

/// Runs `body` to its end also when the task is cancelled: for the last words of something that ends.
/// They must be bounded in time.
package func uncancelled(_ body: @escaping @Sendable () async -> Void) async {
  // Off the loops, in a simulation, nothing that last words ask for looks at the cancellation.
  guard let loop = EventLoop.current else { return await body() }
  await withUnsafeContinuation { waiter in
    loop.spawn {
      await body()
      waiter.resume()
    }
  }
}
