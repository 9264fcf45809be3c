private import CPostgres
private import CSystem
private import Values

/// Whether libpq could be opened.
private let postgresStarted = cpostgres_start()

/// One connection, of one thread. Nothing is kept in its session: a pooler may give every transaction
/// another one.
final class PostgresConnection {
  private let handle: OpaquePointer
  private var lastUse: UInt64
  private let silence: Int32
  /// Names of statements that this session has prepared, by their texts.
  private var prepared: [String: String] = [:]

  /// Connects; blocks.
  init(_ options: PostgresOptions) throws(PostgresError) {
    guard postgresStarted == 0 else {
      throw PostgresError(
        .unavailable, "libpq.so.5 cannot be loaded: install the package libpq5")
    }
    var problem = [CChar](repeating: 0, count: 1024)
    let connected = cpostgres_connect(
      options.address, options.password?.exposed, Int32(clamping: options.connectSeconds),
      &problem, problem.count)
    guard let connected else { throw PostgresError(.unavailable, Self.text(problem)) }
    self.handle = connected
    self.silence = options.silenceMilliseconds
    self.lastUse = csystem_monotonic_ns()
  }

  deinit { cpostgres_close(self.handle) }

  private static func text(_ problem: [CChar]) -> String {
    String(decoding: problem.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Whether it is worth sending something: one that has rested may have been closed meanwhile.
  var isAlive: Bool {
    if csystem_monotonic_ns() &- self.lastUse < 100_000_000 { return true }
    return cpostgres_is_alive(self.handle) == 1
  }

  /// Runs a script and gives the first value of its last rows.
  func script(_ text: String) throws(PostgresError) -> String? {
    var problem = [CChar](repeating: 0, count: 4096)
    let value = cpostgres_script(self.handle, text, &problem, problem.count)
    defer { if let value { cpostgres_free(value) } }
    let message = Self.text(problem)
    guard message.isEmpty else { throw PostgresError(.failed, message) }
    return value.map { String(cString: $0) }
  }

  /// A batch under way.
  struct Sent {
    /// What was prepared on the way; the answer to that comes before the statement's own.
    var prepared: [(statement: Int, text: String)] = []
  }

  /// Queues a batch and its end; nil when the connection is broken.
  ///
  /// - Parameter prepares: statements are prepared at their first use.
  func send(_ batch: PostgresBatch, prepares: Bool) -> Sent? {
    self.lastUse = csystem_monotonic_ns()
    var sent = Sent()
    for (position, statement) in batch.statements.enumerated() {
      var name: String?
      if prepares {
        let text = statement.text
        name = self.prepared[text]
        if name == nil {
          let fresh = Self.name(of: text)
          guard cpostgres_prepare(self.handle, fresh, text) == 0 else { return nil }
          self.prepared[text] = fresh
          name = fresh
          sent.prepared.append((position, text))
        }
      }
      guard self.send(statement, name) else { return nil }
    }
    return cpostgres_sync(self.handle) == 0 ? sent : nil
  }

  /// A name that stands for this text and no other, whoever gives it: a pooler may hand the session of
  /// one client to another.
  private static func name(of text: String) -> String {
    var hashes: (UInt64, UInt64) = (0xCBF2_9CE4_8422_2325, 0x9AE1_6A3B_2F90_404F)
    for byte in text.utf8 {
      hashes.0 = (hashes.0 ^ UInt64(byte)) &* 0x100_0000_01B3
      hashes.1 = (hashes.1 &+ UInt64(byte)) &* 0x9FB2_1C65_1E98_DF25
    }
    return "lake_\(String(hashes.0, radix: 16))_\(String(hashes.1, radix: 16))"
  }

  private func send(_ statement: PostgresStatement, _ name: String?) -> Bool {
    // All values one after the other, each text with a zero byte behind it.
    var room: [UInt8] = []
    var places: [(start: Int, count: Int, format: Int32)?] = []
    for value in statement.values {
      let start = room.count
      switch value {
      case .null: places.append(nil)
      case .text(let text):
        room.append(contentsOf: text.utf8)
        places.append((start, room.count - start, 0))
      case .bytes(let bytes):
        room.append(contentsOf: bytes)
        places.append((start, room.count - start, 1))
      }
      room.append(0)
    }
    let lengths = places.map { Int32(clamping: $0?.count ?? 0) }
    let formats = places.map { $0?.format ?? 0 }
    return room.withUnsafeBytes { room in
      let base = room.baseAddress?.assumingMemoryBound(to: CChar.self)
      let values = places.map { place in place.flatMap { place in base.map { $0 + place.start } } }
      if let name {
        return cpostgres_send_prepared(
          self.handle, name, Int32(values.count), values, lengths, formats) == 0
      }
      return cpostgres_send(
        self.handle, statement.text, Int32(values.count), values, lengths, formats) == 0
    }
  }

  enum Answer {
    case answered(Result<[PostgresRows], PostgresError>)
    /// The connection is of no use any more, and nobody can tell what became of the batch.
    case broken(String)
  }

  /// Reads what came of the batch that was sent first among those not yet read.
  func receive(_ batch: PostgresBatch, _ sent: Sent) -> Answer {
    var preparing = sent.prepared[...]
    var found: [PostgresRows] = []
    var failure: PostgresError?
    var position = 0
    while true {
      var raw: OpaquePointer?
      let code = cpostgres_next(self.handle, self.silence, &raw)
      let rows = raw.map { PostgresRows($0) }
      switch Int(code) {
      case CPOSTGRES_ROWS where preparing.first?.statement == position: preparing.removeFirst()
      case CPOSTGRES_ROWS:
        if let rows { found.append(rows) }
        position += 1
      case CPOSTGRES_FAILED:
        guard var error = rows?.error() else { return .broken("no reason") }
        error.statement = position
        if Self.isParting(error.state) { return .broken(error.message) }
        failure = failure ?? error
        // What fails while it is prepared is skipped as a statement, and so is what follows.
        if preparing.first?.statement == position { self.forget(&preparing) } else { position += 1 }
      case CPOSTGRES_SKIPPED where preparing.first?.statement == position: self.forget(&preparing)
      case CPOSTGRES_SKIPPED: position += 1
      case CPOSTGRES_SYNCED:
        self.lastUse = csystem_monotonic_ns()
        return .answered(failure.map { .failure($0) } ?? .success(found))
      case CPOSTGRES_TIMED_OUT: return .broken("the server is silent")
      default:
        return .broken(
          rows?.error().message ?? String(cString: cpostgres_problem(self.handle)))
      }
    }
  }

  /// The session does not know the first of these.
  private func forget(_ preparing: inout ArraySlice<(statement: Int, text: String)>) {
    self.prepared[preparing.removeFirst().text] = nil
  }

  /// Errors after which a server or a pooler closes, and a transaction may have been in its last step:
  /// class 08 (connection) and 57P (shutdown).
  private static func isParting(_ state: String) -> Bool {
    state.hasPrefix("08") || state.hasPrefix("57P")
  }
}
