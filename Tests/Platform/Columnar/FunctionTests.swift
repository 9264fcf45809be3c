import Columnar
import Synchronization
import Testing

/// Numbers 0..<count in parts, with their squares and texts; notes what it was asked for.
private final class Numbers: TableSource {
  struct Failure: Error, CustomStringConvertible { var description: String }

  let parameters: [ColumnType] = [.int64]
  let namedParameters = [ColumnField("fail", .text), ColumnField("step", .int64)]
  let projections = Mutex<[[Int]]>([])
  let parts = Mutex<Int>(0)

  func open(_ arguments: TableArguments) throws -> any Table {
    guard case .integer(let count) = arguments.positional[0], count >= 0 else {
      throw Failure(description: "numbers(\(arguments.positional[0])) has no rows")
    }
    var failure: String?
    if case .text(let text)? = arguments.named["fail"] { failure = text }
    var step: Int64 = 1
    if case .integer(let value)? = arguments.named["step"] { step = value }
    return Use(source: self, count: Int(count), step: step, failure: failure)
  }

  struct Use: Table {
    let source: Numbers
    let count: Int
    let step: Int64
    let failure: String?
    let columns = [
      ColumnField("n", .int64), ColumnField("square", .double), ColumnField("t", .text),
    ]
    var rowCount: Int? { self.count }
    let threadsMax = 8
    func scan(_ projection: [Int]) throws -> any TableScan {
      self.source.projections.withLock { $0.append(projection) }
      if self.failure == "scan" { throw Failure(description: "the scan of numbers refused") }
      return Pass(use: self)
    }
  }

  final class Pass: TableScan {
    let use: Use
    let next = Atomic<Int>(0)
    init(use: Use) { self.use = use }
    func part() throws -> any TablePart {
      if self.use.failure == "part" { throw Failure(description: "the part of numbers refused") }
      self.use.source.parts.withLock { $0 += 1 }
      return Part(pass: self)
    }
  }

  final class Part: TablePart {
    let pass: Pass
    var range = 0..<0
    init(pass: Pass) { self.pass = pass }

    func fill(_ chunk: borrowing ChunkWriter) throws -> Int {
      if self.range.isEmpty {
        let start = self.pass.next.add(50_000, ordering: .relaxed).oldValue
        self.range = min(start, self.pass.use.count)..<min(start + 50_000, self.pass.use.count)
      }
      if self.pass.use.failure == "fill", self.range.lowerBound >= 100_000 {
        throw Failure(description: "the rows of numbers ran out")
      }
      let rows = self.range.prefix(ChunkWriter.capacity)
      let step = self.pass.use.step
      for (position, column) in chunk.projection.enumerated() {
        let writer = chunk.column(position)
        switch column {
        case 0:
          writer.withValues(of: Int64.self, count: rows.count) { values in
            for index in values.indices { values[index] = Int64(rows.lowerBound + index) * step }
          }
        case 1:
          for index in 0..<rows.count {
            let number = Double(rows.lowerBound + index)
            if index % 10 == 3 {
              writer.setNull(at: index)
            } else {
              writer.set(number * number, at: index)
            }
          }
        default:
          for index in 0..<rows.count { writer.set("number \(rows.lowerBound + index)", at: index) }
        }
      }
      self.range = (rows.upperBound)..<self.range.upperBound
      return rows.count
    }
  }
}

@Suite struct FunctionTests {
  private func session(_ change: (inout DatabaseOptions) -> Void = { _ in }) throws -> (
    Session, Numbers
  ) {
    let database = try Database(DatabaseOptions(change))
    let numbers = Numbers()
    try database.register(numbers, as: "numbers")
    return (try database.session(), numbers)
  }

  @Test("a statement reads rows of ours, only the columns that it needs")
  func projection() async throws {
    let (session, numbers) = try self.session()
    #expect(try await session.number("SELECT sum(n) FROM numbers(1000000)") == 499_999_500_000)
    #expect(try await session.number("SELECT count(*) FROM numbers(300000)") == 300_000)
    let texts = try await session.texts("SELECT t, n FROM numbers(200000) WHERE n >= 199999")
    #expect(texts == [["number 199999", "199999"]])
    let seen = numbers.projections.withLock { $0.map { $0.sorted() } }
    #expect(seen == [[0], [0], [0, 2]])
  }

  @Test("nulls, parameters and names of parameters arrive")
  func parameters() async throws {
    let (session, _) = try self.session()
    #expect(try await session.number("SELECT count(square) FROM numbers(2000)") == 1_800)
    #expect(try await session.number("SELECT sum(n) FROM numbers(11, step := 10)") == 550)
    #expect(try await session.number("SELECT sum(n) FROM numbers($1)", [.integer(11)]) == 55)
    #expect(try await session.number("SELECT count(*) FROM numbers(0)") == 0)
  }

  @Test("all threads read when the order is free; with order kept the rows come in order")
  func parallel() async throws {
    let (session, numbers) = try self.session {
      $0.threads = 4
      $0.preservesOrder = false
    }
    #expect(
      try await session.number("SELECT count(DISTINCT n) FROM numbers(2000000)") == 2_000_000)
    #expect(numbers.parts.withLock { $0 } > 1)
  }

  @Test(
    "what a source throws is the error of the statement",
    arguments: [
      ("numbers(-1)", "has no rows"),
      ("numbers(10, fail := 'scan')", "the scan of numbers refused"),
      ("numbers(10, fail := 'part')", "the part of numbers refused"),
      ("numbers(1000000, fail := 'fill')", "the rows of numbers ran out"),
    ])
  func errors(call: String, message: String) async throws {
    let (session, _) = try self.session()
    let error = await #expect(throws: ColumnarError.self) {
      try await session.execute("SELECT sum(n) FROM \(call)")
    }
    #expect(error?.message.contains(message) == true, "\(String(describing: error))")
    #expect(try await session.number("SELECT sum(n) FROM numbers(3)") == 3)
  }

  @Test("a name that is taken is refused")
  func taken() async throws {
    let database = try Database()
    try database.register(Numbers(), as: "numbers")
    let error = #expect(throws: ColumnarError.self) {
      try database.register(Numbers(), as: "numbers")
    }
    #expect(error?.code == .catalog)
  }

  @Test("the engine gives sources back when it is done with them")
  func released() async throws {
    weak var source: Numbers?
    do {
      let (session, numbers) = try self.session()
      source = numbers
      _ = try await session.number("SELECT sum(n) FROM numbers(3)")
      #expect(source != nil)
    }
    try await eventuallyNil { source }
  }

  private func eventuallyNil(_ value: () -> Numbers?) async throws {
    let deadline = ContinuousClock.now + .seconds(10)
    while value() != nil, ContinuousClock.now < deadline { await Task.yield() }
    #expect(value() == nil)
  }

  @Test("a scalar function of ours is called with chunks; nulls stay nulls, errors are told")
  func scalar() async throws {
    struct Negative: Error {}
    let database = try Database()
    try database.register("root", [.int64], returns: .double) { input, output in
      let values = input.column(0).values(of: Int64.self)
      for row in 0..<input.rowCount {
        guard !input.column(0).isNull(row) else { continue }
        guard values[row] >= 0 else { throw Negative() }
        output.set(Double(values[row]).squareRoot(), at: row)
      }
    }
    let session = try database.session()
    #expect(
      try await session.number("SELECT sum(root(x * x)) FROM range(100000) t(x)") == 4_999_950_000)
    #expect(try await session.texts("SELECT root(NULL)") == [["NULL"]])
    let error = await #expect(throws: ColumnarError.self) {
      try await session.execute("SELECT root(-1)")
    }
    #expect(error?.message.contains("Negative") == true)
  }
}
