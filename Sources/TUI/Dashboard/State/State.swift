package import CommandTable
package import Screen
package import Values

/// The whole dashboard as a value. Events go in through `reduce`, effects come out, and `render`
/// makes a picture of it; nothing here reads a clock, a file or a terminal.
package struct State: Sendable {
  package struct Options: Sendable {
    package var isReadOnly = false
    /// The data is a recording.
    package var isReplay = false
    /// `y` may write to the terminal's clipboard.
    package var hasClipboard = false
    package var contextNames: [String] = []
    /// How long an answer may take.
    package var fetchLimit = Duration.seconds(5)
    package var screens = StandardScreens.all
    package var header = StandardScreens.header

    package init() {}
  }

  package let options: Options
  /// The table of `lakectl`: the words of the palette and of actions.
  package let table: Command
  package internal(set) var context: ContextFacts

  // Where we are
  package internal(set) var size: Size
  package internal(set) var now: MonotonicTime
  package internal(set) var wall: WallTime
  /// Seconds east of UTC; nil shows UTC.
  package var localOffset: Int?
  var screenIndex = 0
  /// By screen: its own level, then the things that were opened.
  var stacks: [[Level]]
  var overlay: Overlay?
  var input: Input?
  var message: Message?

  // Time
  package internal(set) var interval: Duration
  package internal(set) var isPaused = false
  var window = TimeWindow.twoMinutes
  var fetching = Fetching()

  // Data
  var resources: [ResourceRequest: Resource] = [:]
  /// Answers that came while paused.
  var held: [ResourceRequest: ScreenAnswer.Part] = [:]
  /// By context.
  var paletteHistory: [String: [String]] = [:]
  package var statistics = Statistics()
  /// Counts what was asked of the source.
  var lastID = 0

  package init(
    options: Options, table: Command, context: ContextFacts, size: Size, now: MonotonicTime,
    wall: WallTime, interval: Duration = .seconds(2), screen: String? = nil
  ) {
    self.options = options
    self.table = table
    self.context = context
    self.size = size
    self.now = now
    self.wall = wall
    self.interval = interval
    self.stacks = options.screens.map { [Level($0.level, subject: nil)] }
    if let screen, let index = options.screens.firstIndex(where: { $0.name == screen }) {
      self.screenIndex = index
    }
    self.fetching.nextAt = now
  }

  var screens: [ScreenDefinition] { self.options.screens }
  var screen: ScreenDefinition { self.screens[self.screenIndex] }

  /// What is seen: the last of the stack.
  var level: Level {
    get { self.stacks[self.screenIndex][self.stacks[self.screenIndex].count - 1] }
    set { self.stacks[self.screenIndex][self.stacks[self.screenIndex].count - 1] = newValue }
  }

  var depth: Int { self.stacks[self.screenIndex].count }

  /// The pane the keys work on.
  var pane: PaneState {
    get { self.level.panes[self.level.focus] }
    set { self.level.panes[self.level.focus] = newValue }
  }

  func resource(of pane: PaneState) -> Resource? {
    self.request(of: pane).flatMap { self.resources[$0] }
  }

  /// What a pane asks for: charts ask for windows that are longer than memory, and for nothing else.
  func request(of pane: PaneState) -> ResourceRequest? {
    guard case .charts = pane.definition.kind else { return pane.request }
    guard var request = pane.request, let window = self.window.archived else { return nil }
    request.query.append(.init("window", window))
    return request
  }

  mutating func nextID() -> Int {
    self.lastID += 1
    return self.lastID
  }

  package var screenName: String { self.screen.name }
  package var isOnScreen: Bool { self.overlay == nil && self.input == nil && self.depth == 1 }
}

/// What `:about` tells.
package struct Statistics: Sendable {
  package var fetchMilliseconds: Double?
  package var drawMicroseconds: Double?
  package var memoryBytes: Int64?

  package init() {}
}

package enum TimeWindow: CaseIterable, Sendable {
  case twoMinutes, quarterHour, hour, sixHours, day

  package var duration: Duration {
    switch self {
    case .twoMinutes: .seconds(120)
    case .quarterHour: .seconds(900)
    case .hour: .seconds(3600)
    case .sixHours: .seconds(6 * 3600)
    case .day: .seconds(24 * 3600)
    }
  }

  package var words: String {
    switch self {
    case .twoMinutes: "2 MIN"
    case .quarterHour: "15 MIN"
    case .hour: "1 H"
    case .sixHours: "6 H"
    case .day: "24 H"
    }
  }

  /// How the server is asked for it; nil for what memory holds.
  package var archived: String? {
    switch self {
    case .twoMinutes, .quarterHour: nil
    case .hour: "1h"
    case .sixHours: "6h"
    case .day: "24h"
    }
  }

  var next: TimeWindow {
    let all = Self.allCases
    let place = all.firstIndex(of: self).map { $0 + 1 } ?? 0
    return all[place % all.count]
  }
}

/// A line for the person, until the next key.
struct Message: Sendable {
  var text: String
  var meaning: Meaning
}

/// When the next data is asked for.
struct Fetching: Sendable {
  var nextAt = MonotonicTime(nanoseconds: 0)
  /// The next question is for what was never answered; the one after it comes when it was due.
  var refreshAt: MonotonicTime?
  /// By query: the screen it was for, and when it was asked.
  var inFlight: [Int: (screen: Int, startedAt: MonotonicTime)] = [:]
  /// In a row.
  var failureCount = 0
  var failedAt: MonotonicTime?
  var succeededAt: MonotonicTime?

  /// Answers that hang: no more questions than this.
  static let inFlightMax = 4
  static let retryFirst = Duration.seconds(1)
  static let retryMax = Duration.seconds(30)
}
