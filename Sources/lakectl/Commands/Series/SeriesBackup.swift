import Admin
import CommandTable
import Values

/// `lakectl series backup` and `lakectl series restore`
enum SeriesBackup {
  static let columns = RecordColumns(
    SeriesBackupRecord.self, ["backup", "created_at", "groups", "files_count", "size_bytes"],
    titles: ["files_count": "FILES"])
  private static let place = Argument<BackupPlaceName>(
    "place", "file:///PATH on the node, or s3://BUCKET/PREFIX")
  private static let backup = Argument<PlainName>("backup", "the backup; last is the newest")
  private static let groups = ListOption<PlainName>(
    "group", source: .resources("series-group"), "only this group")
  private static let noBackup: [ExitCode: String] = [.notFound: "there is no such backup"]

  static let list = Command(
    name: "list", summary: "list the backups in a place",
    call: .listing(
      columns, SeriesAPI.backups, parameters: [place.parameter],
      examples: [
        Example(text: "In a folder", line: "lakectl series backup list file:///srv/backups")
      ],
      input: { call throws(CommandError) in SeriesBackupsInput(call[place].text) }))

  static let create = Command(
    name: "create", summary: "copy groups to a folder or a bucket",
    call: .changing(
      JobColumns.all, SeriesAPI.createBackup, parameters: [place.parameter, groups.parameter],
      exits: [.notFound: "there is no such group"],
      examples: [
        Example(
          text: "Everything, and wait for it",
          line: "lakectl series backup create file:///srv/backups --wait"),
        Example(
          text: "One group into a bucket",
          line: "lakectl series backup create s3://backups/series --group sw_metric"),
      ],
      detail: """
        With the rows go what describes them and properties. Parts never change: what an earlier backup in the same place has is not copied again.
        What describes a backup is written last: one that is listed is whole.
        A bucket is reached as series.backup_s3_endpoint and its neighbours of the configuration say.
        """,
      input: { call throws(CommandError) in
        SeriesBackupInput(call[place].text, groups: call[groups].map(\.text))
      }))

  static let verify = Command(
    name: "verify", summary: "read a backup and compare it",
    call: .changing(
      JobColumns.all, SeriesAPI.verifyBackup, parameters: [place.parameter, backup.parameter],
      exits: noBackup,
      examples: [
        Example(
          text: "The newest", line: "lakectl series backup verify file:///srv/backups last --wait")
      ],
      detail: "What is missing or damaged stands in the log of the job.",
      input: { call throws(CommandError) in
        SeriesBackupNameInput(call[place].text, call[backup].text)
      }))

  static let delete = Command(
    name: "delete", summary: "remove a backup",
    call: .changing(
      JobColumns.all, SeriesAPI.deleteBackup, parameters: [place.parameter, backup.parameter],
      exits: noBackup,
      examples: [
        Example(
          text: "It is old",
          line: "lakectl series backup delete file:///srv/backups 20261120140321-0123abcd"
            + " --confirm 20261120140321-0123abcd")
      ],
      detail: "What other backups of the place have in common with it stays.",
      input: { call throws(CommandError) in
        SeriesBackupNameInput(call[place].text, call[backup].text)
      }))

  static let restore = Command(
    name: "restore", summary: "take groups back from a backup", heading: .series,
    call: .changing(
      JobColumns.all, SeriesAPI.restore,
      parameters: [place.parameter, backup.parameter, groups.parameter],
      exits: [
        .notFound: "there is no such backup, or no such group in it",
        .conflict: "a group holds rows",
      ],
      examples: [
        Example(
          text: "What it would bring",
          line: "lakectl series restore file:///srv/backups last -n"),
        Example(
          text: "One group, and wait for it",
          line: "lakectl series restore file:///srv/backups last --group sw_metric --yes --wait"),
      ],
      detail: """
        Groups and what is in them are made where they are not there; what is there stays as it is.
        A group must hold no rows. All of its files are proven before one of its rows is shown.
        """,
      input: { call throws(CommandError) in
        SeriesRestoreInput(
          call[place].text, call[backup].text, groups: call[groups].map(\.text))
      }))
}

/// `file:///PATH` or `s3://BUCKET/PREFIX`.
struct BackupPlaceName: ArgumentValue, Hashable {
  var text: String
  static let placeholder = "PLACE"

  init(argument: String) throws(ValueError) {
    guard
      argument.hasPrefix("file:///") && argument.utf8.count > 8
        || argument.hasPrefix("s3://") && argument.utf8.count > 5
    else {
      throw ValueError(
        .malformed,
        "\(argument.visible.quoted) is neither file:///PATH nor s3://BUCKET/PREFIX")
    }
    self.text = argument
  }
}
