private import Values

/// The flags every command has, or every command of an effect or shape. Declared once, here.
package enum GlobalFlags {
  package static let context = Option<PlainName>(
    "context", short: "c", variable: "LAKE_CONTEXT", source: .resources("context"),
    "which cluster")
  package static let endpoint = Option<EndpointURL>(
    "endpoint", short: "e", variable: "LAKE_ENDPOINT",
    "the admin endpoint, instead of the context's")
  package static let output = Option<OutputFormat>(
    "output", short: "o", default: "table", variable: "LAKE_OUTPUT", "how the result is written")
  package static let columns = Option<String>(
    "columns", placeholder: "A,B", "only these columns, in this order: keys or titles")
  package static let sort = Option<String>("sort", placeholder: "KEY[:desc]", "sort rows")
  package static let filter = ListOption<String>(
    "filter", placeholder: "EXPR",
    "only rows that match: key=value, key~regex, key:over:10GB, key:under:5s")
  package static let exclude = ListOption<String>(
    "exclude", placeholder: "EXPR", "no rows that match, expressions as of --filter")
  package static let limit = Option<Int>("limit", .optional, "stop after this many rows")
  package static let pageToken = Option<String>(
    "page-token", placeholder: "TOKEN", "go on where an earlier list stopped")
  package static let quiet = Flag("quiet", short: "q", "results and errors only")
  package static let verbose = Counter(
    "verbose", short: "v", "requests, timings and retries on standard error; twice: bodies")
  package static let dryRun = Flag(
    "dry-run", short: "n", "say what would happen, change nothing")
  package static let yes = Flag("yes", short: "y", "answer yes to what is hard to undo")
  package static let confirm = Option<String>(
    "confirm", placeholder: "NAME", "the name of what is to be destroyed")
  package static let watch = Flag("watch", short: "w", "repeat until interrupted")
  package static let interval = Option<Duration>("interval", default: "2s", "how often to repeat")
  package static let wait = Flag("wait", "wait until the job ends")
  package static let timeout = Option<Duration>(
    "timeout", default: "30s", variable: "LAKE_TIMEOUT", "give up after this long")
  package static let requestID = Option<PrintedWord>(
    "request-id", placeholder: "ID", "make a repeated write safe: the first result is given again")
  package static let file = ListOption<FilePath>(
    "file", short: "f", placeholder: "PATH", "an input document; a directory; - is standard input")
  package static let color = Option<ColorChoice>("color", default: "auto", "when to use colour")
  package static let noPager = Flag("no-pager", "print long output directly")
  package static let noTrunc = Flag("no-trunc", "neither cut text nor drop columns")
  package static let noHeaders = Flag("no-headers", "leave the line of titles out")
  package static let utc = Flag("utc", "show times in UTC")
  package static let exact = Flag("exact", "show raw numbers")
  package static let help = Flag("help", short: "h", "show the help of the command")
  package static let version = Flag("version", "show the version of lakectl")

  package struct Entry: Sendable {
    package var parameter: Parameter
    package var applies: @Sendable (Call) -> Bool
  }

  private static func entry(
    _ parameter: Parameter, _ applies: @escaping @Sendable (Call) -> Bool = { _ in true }
  ) -> Entry {
    Entry(parameter: parameter, applies: applies)
  }

  /// In the order of the help page. `--file` is not here: commands that read documents declare it.
  package static let all: [Entry] = [
    entry(context.parameter), entry(endpoint.parameter), entry(output.parameter),
    entry(columns.parameter) { !$0.output.columns.isEmpty },
    entry(sort.parameter) { $0.output.isList }, entry(filter.parameter) { $0.output.isList },
    entry(exclude.parameter) { $0.output.isList }, entry(limit.parameter) { $0.output.isList },
    entry(pageToken.parameter) { $0.output.isList && $0.needs == .cluster },
    entry(quiet.parameter), entry(verbose.parameter),
    entry(dryRun.parameter) { $0.effectMax != .reads },
    entry(yes.parameter) { $0.effectMax != .reads },
    entry(confirm.parameter) { $0.effectMax != .reads },
    entry(watch.parameter, repeats), entry(interval.parameter, repeats),
    entry(wait.parameter) { $0.isJob }, entry(timeout.parameter),
    entry(requestID.parameter) { $0.effectMax != .reads && $0.needs == .cluster },
    entry(color.parameter), entry(noPager.parameter), entry(noTrunc.parameter),
    entry(noHeaders.parameter), entry(utc.parameter), entry(exact.parameter),
    entry(help.parameter), entry(version.parameter),
  ]

  @Sendable private static func repeats(_ call: Call) -> Bool {
    call.effect == .reads && !call.output.columns.isEmpty
  }

  /// Flags of the global set that the help page of one command repeats.
  package static let shownOnPages: Set<String> = [
    "dry-run", "yes", "confirm", "wait", "watch", "filter", "sort", "limit", "columns", "output",
  ]
}
