import CommandTable
import Values

/// When data is asked for, and what an answer does.
extension State {
  /// What the screen shows, what its header counts, and the list an opened thing came from.
  var wanted: [ResourceRequest] {
    var wanted: [ResourceRequest] = []
    func add(_ request: ResourceRequest?) {
      if let request, !wanted.contains(request) { wanted.append(request) }
    }
    let level = self.level
    if level.panes[level.focus].definition.isList { add(level.panes[level.focus].request) }
    add(level.subject?.request)
    for index in level.visible { add(self.request(of: level.panes[index])) }
    add(self.options.header.alerts)
    add(self.options.header.nodes)
    return wanted
  }

  /// The next refresh, when its time has come: at most three requests. What was never answered goes
  /// first, then the pane in focus, then the oldest.
  mutating func nextQuery() -> ScreenQuery? {
    guard self.now >= self.fetching.nextAt,
      self.fetching.inFlight.count < Fetching.inFlightMax,
      !self.fetching.inFlight.values.contains(where: { $0.screen == self.screenIndex })
    else { return nil }
    let wanted = self.wanted
    for request in wanted {
      self.resources[request, default: Resource(wantedAt: self.now)].wantedAt = self.now
    }
    self.forgetUnwanted()
    let ranked = wanted.enumerated().sorted { left, right in
      let (first, second) = (self.rank(left.element), self.rank(right.element))
      // The pane in focus stands first and goes before what was asked more lately than it.
      if left.offset == 0 || right.offset == 0, first != nil, second != nil {
        return left.offset == 0
      }
      switch (first, second) {
      case (nil, nil): return left.offset < right.offset
      case (nil, _): return true
      case (_, nil): return false
      case (let first?, let second?):
        return first == second ? left.offset < right.offset : first < second
      }
    }
    let missing = ranked.filter { self.rank($0.element) == nil }
    let asked = self.fetching.refreshAt == nil || missing.isEmpty ? ranked : missing
    let parts = asked.prefix(ScreenQuery.partCountMax).map { entry in
      ScreenQuery.Part(request: entry.element, cursor: self.resources[entry.element]?.cursor)
    }
    let id = self.nextID()
    self.fetching.inFlight[id] = (self.screenIndex, self.now)
    self.fetching.nextAt = self.fetching.refreshAt ?? self.now + self.interval
    self.fetching.refreshAt = nil
    return ScreenQuery(id: id, parts: parts, limit: self.options.fetchLimit)
  }

  /// When it was last answered; nil when it never was.
  private func rank(_ request: ResourceRequest) -> MonotonicTime? {
    self.resources[request].flatMap { $0.fetchedAt ?? ($0.failure == nil ? nil : $0.wantedAt) }
  }

  private mutating func forgetUnwanted() {
    let countMax = 32
    guard self.resources.count > countMax else { return }
    let oldest = self.resources.min { $0.value.wantedAt < $1.value.wantedAt }
    if let oldest { self.resources[oldest.key] = nil }
  }

  mutating func absorb(_ id: Int, _ answer: ScreenAnswer, at time: MonotonicTime) {
    self.now = max(self.now, time)
    guard let asked = self.fetching.inFlight.removeValue(forKey: id) else { return }
    self.statistics.fetchMilliseconds =
      Double((time - asked.startedAt).nanosecondsClamped) / 1e6
    let isOffline =
      !answer.parts.isEmpty
      && answer.parts.allSatisfy { part in
        if case .failure(let error) = part.result { error.exit == .unavailable } else { false }
      }
    for part in answer.parts {
      if self.isPaused, case .success = part.result {
        self.held[part.request] = part
      } else {
        self.apply(part, at: time)
      }
    }
    if isOffline {
      self.fetching.failureCount += 1
      if self.fetching.failedAt == nil { self.fetching.failedAt = time }
      self.fetching.nextAt = time + self.retryDelay()
    } else {
      self.fetching.failureCount = 0
      self.fetching.failedAt = nil
      self.fetching.succeededAt = time
      // What the screen still waits for is asked at once.
      let isMissing = self.wanted.contains { self.rank($0) == nil }
      if isMissing, self.fetching.nextAt > time {
        self.fetching.refreshAt = self.fetching.nextAt
        self.fetching.nextAt = time
      }
    }
  }

  /// Doubles from one second to thirty, with a part that differs from client to client.
  private func retryDelay() -> Duration {
    let doublings = min(self.fetching.failureCount - 1, 5)
    let base = min(
      Fetching.retryMax, Fetching.retryFirst * (1 << max(0, doublings)))
    var mixed = self.now.nanoseconds &* 0x9E37_79B9_7F4A_7C15
    mixed ^= mixed >> 31
    return base * (0.75 + Double(mixed % 1000) / 4000)
  }

  mutating func apply(_ part: ScreenAnswer.Part, at time: MonotonicTime) {
    var resource = self.resources[part.request] ?? Resource(wantedAt: time)
    resource.absorb(
      part, isTail: part.request.isTail, followed: self.followed(part.request), at: time)
    self.resources[part.request] = resource
    for index in self.stacks.indices {
      for depth in self.stacks[index].indices
      where self.stacks[index][depth].subject?.request == part.request {
        self.refreshSubject(screen: index, depth: depth, resource)
      }
    }
  }

  private mutating func refreshSubject(screen: Int, depth: Int, _ resource: Resource) {
    guard var subject = self.stacks[screen][depth].subject else { return }
    if let row = resource.rows.firstIndex(named: subject.name) {
      subject.row = resource.row(row, subject.pane.columns)
      subject.isGone = false
    } else {
      // A tail forgets its oldest rows; they were not taken away.
      subject.isGone = !subject.request.isTail
    }
    self.stacks[screen][depth].subject = subject
  }

  /// The columns whose numbers are kept: of every pane that shows this.
  private func followed(_ request: ResourceRequest) -> [ScreenColumn] {
    var columns: [ScreenColumn] = []
    for stack in self.stacks {
      for level in stack {
        for pane in level.panes where pane.definition.path == request.path {
          guard pane.request == request else { continue }
          for column in pane.definition.columns
          where !columns.contains(where: { $0.key == column.key && $0.isFollowed }) {
            columns.append(column)
          }
        }
      }
    }
    return columns
  }

  // MARK: How old it is

  package enum Freshness: Equatable, Sendable {
    case current
    case stale(Duration)
    case offline(Duration, nextTry: Duration)
  }

  package var freshness: Freshness {
    if self.fetching.failureCount > 0 {
      let since = self.fetching.succeededAt ?? self.fetching.failedAt ?? self.now
      return .offline(
        self.now - since, nextTry: max(.zero, self.fetching.nextAt - self.now))
    }
    guard let succeededAt = self.fetching.succeededAt else { return .current }
    let age = self.now - succeededAt
    return age > max(self.interval * 3, .seconds(5)) ? .stale(age) : .current
  }

  package var isOffline: Bool {
    if case .offline = self.freshness { true } else { false }
  }
}
