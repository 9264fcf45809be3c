/// Every environment variable that changes what lakectl does.
package enum EnvironmentVariables {
  package struct Entry: Sendable {
    package var name: String
    package var summary: String
  }

  /// Those that stand for a flag come from the flags, so that the pair cannot differ.
  package static var all: [Entry] {
    GlobalFlags.all.compactMap { entry in
      entry.parameter.variable.map {
        Entry(
          name: $0, summary: "the same as --\(entry.parameter.name): \(entry.parameter.summary)")
      }
    } + others
  }

  private static let others: [Entry] = [
    Entry(name: "LAKE_TOKEN_FILE", summary: "the file with the token, instead of the context's"),
    Entry(name: "LAKE_CONFIG_DIR", summary: "the folder of the file \"config\""),
    Entry(
      name: "LAKE_PAGER", summary: "shows output that is longer than the screen; none: no pager"),
    Entry(name: "LAKE_NO_INPUT", summary: "1: never ask, as without a terminal"),
    Entry(name: "PAGER", summary: "the pager when LAKE_PAGER is not set; else less -FIRX"),
    Entry(name: "NO_COLOR", summary: "not empty: no colour"),
    Entry(name: "FORCE_COLOR", summary: "not empty and not 0: colour without a terminal"),
    Entry(name: "TERM", summary: "dumb: no colour, nothing is redrawn"),
    Entry(name: "COLUMNS", summary: "the width of the terminal, when it does not say"),
    Entry(name: "LINES", summary: "the height of the terminal, when it does not say"),
    Entry(name: "LC_ALL", summary: "the locale; without UTF-8 in it output marks are ASCII"),
    Entry(name: "LANG", summary: "the locale, when LC_ALL is not set"),
    Entry(name: "TZ", summary: "the time zone of times in tables"),
    Entry(name: "XDG_CONFIG_HOME", summary: "where lakectl/config is; else ~/.config"),
    Entry(name: "XDG_CACHE_HOME", summary: "where completion keeps names; else ~/.cache"),
    Entry(name: "HTTPS_PROXY", summary: "the proxy to endpoints that begin with https"),
    Entry(name: "NO_PROXY", summary: "hosts that are reached without it"),
  ]
}
