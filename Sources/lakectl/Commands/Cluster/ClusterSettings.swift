import Admin
import CommandTable

enum SettingRecordColumns {
  static let all = RecordColumns(
    SettingRecord.self, ["key", "value", "default", "source"], hidden: ["previous"])
  static let change = RecordColumns(
    SettingRecord.self, ["key", "value", "previous", "restart_needed"],
    hidden: ["default", "source", "type", "range", "description"])

  static let key = Argument<PlainName>("key", "the setting", source: .resources("setting"))
}

/// `lakectl cluster settings list`
enum ClusterSettingsList {
  static let command = Command(
    name: "list", summary: "list the settings of the cluster",
    call: .listing(
      SettingRecordColumns.all, ClusterAPI.settings,
      examples: [
        Example(text: "All of them", line: "lakectl cluster settings list"),
        Example(
          text: "What somebody has set",
          line: "lakectl cluster settings list --exclude source=default"),
      ],
      input: { _ throws(CommandError) in AdminNothing() }))
}

/// `lakectl cluster settings show`
enum ClusterSettingsShow {
  static let command = Command(
    name: "show", summary: "show one setting",
    call: .showing(
      SettingRecordColumns.all, ClusterAPI.setting,
      parameters: [SettingRecordColumns.key.parameter],
      exits: [.notFound: "there is no such setting"],
      examples: [
        Example(text: "What it may be", line: "lakectl cluster settings show jobs.keep_days")
      ],
      input: { call throws(CommandError) in
        SettingInput(key: call[SettingRecordColumns.key].text)
      }))
}

/// `lakectl cluster settings set`
enum ClusterSettingsSet {
  static let value = Argument<String>("value", "what it shall be")

  static let command = Command(
    name: "set", summary: "change a setting of the cluster",
    call: .changing(
      SettingRecordColumns.change, ClusterAPI.set,
      parameters: [SettingRecordColumns.key.parameter, value.parameter],
      exits: [
        .notFound: "there is no such setting", .usage: "the value is not one of the setting's",
      ],
      examples: [
        Example(
          text: "Keep jobs for two weeks", line: "lakectl cluster settings set jobs.keep_days 14")
      ],
      input: { call throws(CommandError) in
        SettingInput(key: call[SettingRecordColumns.key].text, value: call[value])
      }))
}

/// `lakectl cluster settings unset`
enum ClusterSettingsUnset {
  static let command = Command(
    name: "unset", summary: "take a setting back to its default",
    call: .changing(
      SettingRecordColumns.change, ClusterAPI.unset,
      parameters: [SettingRecordColumns.key.parameter],
      exits: [.notFound: "there is no such setting"],
      examples: [
        Example(text: "As it was", line: "lakectl cluster settings unset jobs.keep_days")
      ],
      input: { call throws(CommandError) in
        SettingInput(key: call[SettingRecordColumns.key].text)
      }))
}
