import Bytes
import Cluster
import Journal
package import Observability
package import Runtime
package import SeriesColumns
import Values

// The queue of deliveries for nodes that are away: one journal. A record is the name of the node (varint length,
// UTF-8), then the body of the delivery as it goes over the wire. Beside it the file `drained`: 1 byte form 1,
// varint nodes, each its name and the position up to which it has everything (8 bytes, little-endian).

/// Keeps deliveries for nodes that are away, on disk, in their order, and hands them over when they are back.
///
/// While something waits for a node everything for it goes through here: what comes later must not arrive
/// earlier. Bounded: over its limit deliveries are refused, and so are the writes they are of.
package final class HandOff: Sendable {
  package struct Options: Sendable {
    package var byteCountMax: Int64 = 8 << 30
    /// How often a node that is away is asked.
    package var interval = Duration.milliseconds(500)
    package init() {}
    package init(_ change: (inout Options) -> Void) { change(&self) }
  }

  /// What waits for a node.
  package struct Line: Sendable {
    package var records = 0
    package var bytes: Int64 = 0
    /// Everything before this it has.
    var next = JournalPosition.start
    /// Records up to here may have been handed over before this process began.
    var uncertain = JournalPosition.start
    /// Other nodes have been told that this one is behind.
    var isTold = false
  }

  private struct State: Sendable {
    var lines: [String: Line] = [:]
    /// By node, also those for which nothing waits: what it has before this is not handed over again, or
    /// it would come behind what is newer.
    var next: [String: JournalPosition]
    var refused = 0
    var delivered = 0
  }

  private let folder: String
  private let disk: any Disk
  private let time: any TimeSource
  private let options: Options
  private let log: Logger
  private let journal: Journal
  private let state: Guarded<State>
  private let bell = Bell()

  private init(
    folder: String, disk: any Disk, time: any TimeSource, options: Options, log: Logger,
    journal: Journal, lines: [String: Line], next: [String: JournalPosition]
  ) {
    self.folder = folder
    self.disk = disk
    self.time = time
    self.options = options
    self.log = log
    self.journal = journal
    self.state = Guarded(State(lines: lines, next: next))
  }

  /// Opens the queue with what waits in it since an earlier start.
  package static func open(
    _ folder: String, on disk: any Disk, time: any TimeSource, log: Logger,
    options: Options = Options()
  ) async throws(SeriesError) -> HandOff {
    let next = try await DrainedFile.read(folder, on: disk)
    var lines: [String: Line] = [:]
    for (node, position) in next { lines[node, default: Line()].next = position }
    let journal: Journal
    do throws(JournalError) {
      journal = try await Journal.open(
        folder + "/journal", on: disk, clock: time,
        options: JournalOptions {
          $0.recordBytesMax = 40 << 20
          $0.queueBytesMax = 128 << 20
        }
      ) { record in
        var reader = DirectoryReader(record.owned.bytes)
        guard let node = try? reader.text() else { return }
        guard record.position >= (lines[node]?.next ?? .start) else { return }
        lines[node, default: Line()].records += 1
        lines[node, default: Line()].bytes += Int64(reader.remaining)
        lines[node, default: Line()].uncertain = record.position
      }
    } catch {
      throw SeriesError(.io, "the queue in \(folder) cannot be opened: \(error.message)")
    }
    return HandOff(
      folder: folder, disk: disk, time: time, options: options, log: log, journal: journal,
      lines: lines.filter { $0.value.records > 0 }, next: next)
  }

  // MARK: What waits

  /// By node, what waits for it.
  package var lines: [String: Line] { self.state.withLock { $0.lines } }
  package var waitingRecords: Int { self.lines.values.reduce(0) { $0 + $1.records } }
  package var waitingBytes: Int64 { self.lines.values.reduce(0) { $0 + $1.bytes } }
  package var deliveredRecords: Int { self.state.withLock { $0.delivered } }
  package var refusedRecords: Int { self.state.withLock { $0.refused } }

  /// Whether deliveries for a node go through here.
  func holds(_ node: String) -> Bool { self.state.withLock { $0.lines[node] != nil } }

  /// Returns true when this is the first for the node, or others were not told yet.
  func begin(_ node: String, _ byteCount: Int) throws(SeriesError) -> Bool {
    let isTold = self.state.withLock { state -> Bool? in
      let waiting = state.lines.values.reduce(Int64(0)) { $0 + $1.bytes }
      guard waiting + Int64(byteCount) <= self.options.byteCountMax else {
        state.refused += 1
        return nil
      }
      state.lines[node, default: Line(next: self.journal.end)].records += 1
      state.lines[node]?.bytes += Int64(byteCount)
      return state.lines[node]?.isTold ?? false
    }
    guard let isTold else {
      throw SeriesError(
        .diskFull, "more than \(self.options.byteCountMax) bytes wait for nodes that are away",
        hint: "bring the nodes back, or raise series.hand_off_max")
    }
    return !isTold
  }

  func told(_ node: String) { self.state.withLock { $0.lines[node]?.isTold = true } }

  /// Keeps a delivery that `begin` has let in. Returns once it is durable.
  func append(_ node: String, _ body: [UInt8]) async throws(SeriesError) {
    var writer = ByteWriter(capacity: body.count + 64)
    writer.append(counted: node)
    writer.append(body)
    let record = writer.bytes.array
    do throws(JournalError) {
      try await self.journal.append(record)
      self.bell.ring()
    } catch {
      self.state.withLock { state in
        state.lines[node]?.records -= 1
        state.lines[node]?.bytes -= Int64(body.count)
      }
      throw SeriesError(
        error.code == .outOfSpace ? .diskFull : .io,
        "a delivery for node \(node) cannot be kept: \(error.message)")
    }
  }

  // MARK: Handing over

  /// Writes the journal until the task is cancelled.
  package func runJournal() async throws { try await self.journal.run() }

  /// Hands over what waits, until the task is cancelled.
  ///
  /// - Parameters:
  ///   - node: the node of that name; nil when it is not known now.
  ///   - isOver: called when a node has everything.
  ///   - isMoved: called with what a node does not take because its shards are elsewhere; true when it is
  ///     there now.
  package func run(
    node: @escaping @Sendable (String) -> (any SeriesNode)?,
    isOver: @escaping @Sendable (String) async -> Void,
    isMoved: @escaping @Sendable ([UInt8]) async -> Bool = { _ in false }
  ) async throws(CancellationError) {
    while true {
      await withTaskGroup(of: Void.self) { group in
        for name in self.lines.keys {
          group.addTask {
            guard let node = node(name) else { return }
            await self.drain(name, to: node, isOver: isOver, isMoved: isMoved)
          }
        }
      }
      if self.lines.isEmpty {
        try await self.bell.wait()
      } else {
        try await self.time.sleep(for: self.options.interval)
      }
    }
  }

  /// Hands over what waits for a node, until it does not answer or has everything.
  private func drain(
    _ name: String, to node: any SeriesNode, isOver: @Sendable (String) async -> Void,
    isMoved: @Sendable ([UInt8]) async -> Bool
  ) async {
    guard (try? await node.ping()) != nil, let line = self.lines[name] else { return }
    let reader = self.journal.reader(from: line.next)
    var count = 0
    while !Task.isCancelled {
      let record: JournalRecord?
      do throws(JournalError) { record = try await reader.next(waits: false) } catch {
        self.log.error(
          "the queue for node \(name) cannot be read", ["error": .text(error.message)])
        return
      }
      guard let record else {
        // Noted before anything newer may go past the queue.
        await self.settle()
        if self.end(name) {
          await isOver(name)
          self.log.info(
            "node \(name) has what was kept for it", ["records": .integer(Int64(count))])
          return
        }
        // One is on its way to the disk.
        try? await self.time.sleep(for: .milliseconds(5))
        continue
      }
      guard record.position >= line.next, let (body, bytes) = Self.body(of: record, for: name)
      else { continue }
      let mayBeThere = record.position <= line.uncertain
      guard await self.hand(body, mayBeThere: mayBeThere, to: node, name, isMoved) else { return }
      count += 1
      self.state.withLock { state in
        state.lines[name]?.records -= 1
        state.lines[name]?.bytes -= Int64(bytes)
        let next = JournalPosition(rawValue: record.position.rawValue + 1)
        state.lines[name]?.next = next
        state.next[name] = next
        state.delivered += 1
      }
      if count % 64 == 0 { await self.settle() }
    }
  }

  private static func body(
    of record: JournalRecord, for name: String
  ) -> (body: [UInt8], byteCount: Int)? {
    var reader = DirectoryReader(record.bytes)
    guard let node = try? reader.text(), node == name,
      let body = try? reader.bytes(reader.remaining)
    else { return nil }
    return (body, body.count)
  }

  /// False when the node does not take it now: it stays where it is, and may be there when it is tried again.
  private func hand(
    _ body: [UInt8], mayBeThere: Bool, to node: any SeriesNode, _ name: String,
    _ isMoved: @Sendable ([UInt8]) async -> Bool
  ) async -> Bool {
    var body = body
    if mayBeThere { body[Delivery.flagOffset] |= 1 }
    do throws(SeriesError) {
      try await node.deliver(body: body)
      return true
    } catch {
      switch error.code {
      case .malformed, .unknownGroup, .tooLarge:
        // It will never be taken: the group has gone, or the node is of another version.
        self.log.error(
          "a delivery for node \(name) was given up", ["error": .text(error.message)])
        return true
      case .moved: return await isMoved(body)
      default:
        // Whether it was done is not known.
        let end = self.journal.end
        self.state.withLock { state in
          guard let line = state.lines[name] else { return }
          state.lines[name]?.uncertain = max(line.uncertain, end)
        }
        return false
      }
    }
  }

  /// Lets later deliveries go straight to a node for which nothing waits.
  private func end(_ name: String) -> Bool {
    self.state.withLock { state in
      guard let line = state.lines[name], line.records == 0 else { return false }
      state.lines[name] = nil
      return true
    }
  }

  /// Gives up what every node has, and notes how far each is.
  private func settle() async {
    let end = self.journal.end
    let (next, least) = self.state.withLock { state in
      (state.next, state.lines.values.map(\.next).min() ?? end)
    }
    do {
      try await DrainedFile.write(next, self.folder, on: self.disk)
      try await self.journal.trim(before: least)
    } catch {
      self.log.error("the queue was not trimmed", ["error": .describing(error)])
    }
  }
}
