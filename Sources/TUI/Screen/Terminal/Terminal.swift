/// What a terminal tells.
package enum TerminalEvent: Hashable, Sendable {
  case key(Key)
  case resized(Size)
  /// Someone called `wake`, or the time is over.
  case woken
  /// A signal that ends the program, or the terminal is gone: the exit code that goes with it.
  case ended(Int32)
  case suspended
}

/// Something that shows pictures and has keys: the real one, or one of a test. Everything but
/// `wake` is called by the one thread that draws.
package protocol Terminal: AnyObject, Sendable {
  var size: Size { get }
  /// Called once by the thread that draws, before anything else on it.
  func begin()
  /// Shows the picture; writes only what differs from the last one.
  func draw(_ grid: Grid)
  /// The next picture is written whole.
  func forget()
  /// Waits for the next events, at most so long. There is always at least one.
  func wait(milliseconds: Int) -> [TerminalEvent]
  /// Ends a wait, from any thread.
  func wake()
  /// Gives the terminal back, stops the process, and goes on after it was continued.
  func suspend()
  /// Asks the terminal to put a text on the clipboard of the person (OSC 52).
  func copy(_ text: String)
  /// Gives the terminal back for good.
  func close()
}
