package import CommandTable
import JSON
import Synchronization
package import Values

/// The dashboard's data from the admin API, its actions through the command table.
package final class AdminSource: DashboardSource {
  private struct Connection: Sendable {
    var client: any AdminClient
    var context: ContextFacts
  }

  /// Protects which cluster is asked.
  private let connection: Mutex<Connection>
  private let desk: CommandDesk
  private let now: @Sendable () -> MonotonicTime
  /// The way to another context.
  private let connect:
    @Sendable (String) async throws(CommandError) -> (any AdminClient, ContextFacts)

  package init(
    client: any AdminClient, context: ContextFacts, desk: CommandDesk,
    now: @escaping @Sendable () -> MonotonicTime,
    connect:
      @escaping @Sendable (String) async throws(CommandError) -> (any AdminClient, ContextFacts)
  ) {
    self.connection = Mutex(Connection(client: client, context: context))
    self.desk = desk
    self.now = now
    self.connect = connect
  }

  private var current: Connection { self.connection.withLock { $0 } }

  // MARK: Data

  /// The requests of a query go out side by side; each has its own answer.
  package func fetch(_ query: ScreenQuery) async -> ScreenAnswer {
    let client = self.current.client
    let deadline = self.now() + query.limit
    let parts = query.parts.prefix(ScreenQuery.partCountMax)
    let answers = await withTaskGroup(of: (Int, ScreenAnswer.Part).self) { group in
      for (index, part) in parts.enumerated() {
        group.addTask { (index, await Self.answer(part, client, until: deadline)) }
      }
      var answers: [(Int, ScreenAnswer.Part)] = []
      for await answer in group { answers.append(answer) }
      return answers
    }
    return ScreenAnswer(answers.sorted { $0.0 < $1.0 }.map(\.1))
  }

  private static func answer(
    _ part: ScreenQuery.Part, _ client: any AdminClient, until deadline: MonotonicTime
  ) async -> ScreenAnswer.Part {
    let request = part.request
    var query = request.query.filter { !$0.value.isEmpty }.map { (name: $0.name, value: $0.value) }
    if let cursor = part.cursor { query.append((name: "after", value: cursor)) }
    do throws(CommandError) {
      let json = try await client.json(
        AdminRequest(path: request.path, query: query), until: deadline)
      let rows: RowSet
      switch request.shape {
      case .rows: rows = RowSet(json, nameKeys: request.nameKeys)
      case .metricFamilies: rows = MetricRows.families(json)
      case .metricSeries(let family): rows = MetricRows.series(json, of: family)
      }
      var next = RowSet.next(in: json)
      if let key = request.tailKey {
        next = rows.isEmpty ? part.cursor : rows[rows.count - 1, key].rawText
      }
      return ScreenAnswer.Part(
        request, .success(rows), next: next, isTruncated: !request.isTail && next != nil)
    } catch {
      return ScreenAnswer.Part(request, .failure(error))
    }
  }

  // MARK: Acting

  package func plan(_ lines: [[String]]) async throws(CommandError) -> ActionPlan {
    try await self.desk.plan(lines, context: self.current.context)
  }

  package func perform(_ lines: [[String]]) async throws(CommandError) -> String {
    try await self.desk.perform(lines, context: self.current.context)
  }

  package func run(_ words: [String], width: Int) async -> CommandResult {
    await self.desk.run(words, width: width, context: self.current.context)
  }

  package func names(of kind: String, prefix: String) async -> [String] {
    await self.desk.names(of: kind, prefix: prefix, context: self.current.context)
  }

  package func use(context name: String) async throws(CommandError) -> ContextFacts {
    let (client, facts) = try await self.connect(name)
    self.connection.withLock { $0 = Connection(client: client, context: facts) }
    return facts
  }
}
