private import Synchronization

/// The voice of one component. A small value: keep one where you log.
///
/// Message and fields are not computed when the level is off; that costs a load and a call, 3 ns.
///
///     log.info("opened segment", ["path": .text(path), "bytes": .bytes(count)])
public struct Logger: Sendable {
  let component: LogComponent

  /// Says nothing, at no cost: for tests and for callers that do not care.
  public static let silent = Logger(component: LogComponent(name: "", level: nil, system: nil))

  public func trace(
    _ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = [:]
  ) {
    if self.isEnabled(.trace) { self.write(.trace, message(), fields()) }
  }

  public func debug(
    _ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = [:]
  ) {
    if self.isEnabled(.debug) { self.write(.debug, message(), fields()) }
  }

  public func info(
    _ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = [:]
  ) {
    if self.isEnabled(.info) { self.write(.info, message(), fields()) }
  }

  public func warning(
    _ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = [:]
  ) {
    if self.isEnabled(.warning) { self.write(.warning, message(), fields()) }
  }

  public func error(
    _ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = [:]
  ) {
    if self.isEnabled(.error) { self.write(.error, message(), fields()) }
  }

  public func log(
    _ level: LogLevel, _ message: @autoclosure () -> String,
    _ fields: @autoclosure () -> LogFields = [:]
  ) {
    if self.isEnabled(level) { self.write(level, message(), fields()) }
  }

  @inline(__always) public func isEnabled(_ level: LogLevel) -> Bool {
    self.component.isEnabled(level)
  }

  @inline(never) private func write(_ level: LogLevel, _ message: String, _ fields: LogFields) {
    self.component.system?.write(level, self.component.name, message, fields)
  }
}

/// A component's name and its level, which changes while others log.
final class LogComponent: Sendable {
  let name: String
  // A component outlives no system in practice: systems live as long as the process.
  let system: LogSystem?
  private let threshold: Atomic<UInt8>

  init(name: String, level: LogLevel?, system: LogSystem?) {
    self.name = name
    self.system = system
    self.threshold = Atomic(level?.rawValue ?? .max)
  }

  @inline(__always) func isEnabled(_ level: LogLevel) -> Bool {
    level.rawValue >= self.threshold.load(ordering: .relaxed)
  }

  var level: LogLevel? {
    get { LogLevel(rawValue: self.threshold.load(ordering: .relaxed)) }
    set { self.threshold.store(newValue?.rawValue ?? .max, ordering: .relaxed) }
  }
}
