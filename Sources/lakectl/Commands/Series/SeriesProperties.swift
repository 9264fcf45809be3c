import Admin
import CommandTable
import JSON

/// `lakectl series property`
enum SeriesProperties {
  static let columns = RecordColumns(
    SeriesPropertyRecord.self, ["name", "id", "tags", "updated_at"])
  static let name = Argument<SeriesName>("name", "GROUP/NAME")
  static let id = Argument<PlainName>("id", "which one of the name")
  static let anyID = OptionalArgument<PlainName>("id", "which one; all of the name without it")
  static let tags = ListOption<SeriesTag>(
    "tag", .one, "a tag, as NAME=TEXT, or NAME:=JSON for numbers and lists")
  static let replace = Flag("replace", "tags that are not named go")
  static let onlyIDs = ListOption<PlainName>("id", "only this one")

  static let apply = Command(
    name: "apply", summary: "set tags of a property, or make it",
    call: .changing(
      columns, SeriesAPI.applyProperty,
      parameters: [name.parameter, id.parameter, tags.parameter, replace.parameter],
      exits: [.notFound: "there is no such schema", .usage: "a tag is refused"],
      examples: [
        Example(
          text: "Two tags of one property",
          line: "lakectl series property apply sw/ui 1 --tag name=main --tag port:=8080")
      ],
      detail: "Tags that are not named stay, unless --replace is given.",
      input: { call throws(CommandError) in
        var input = SeriesPropertyInput()
        input.group = call[name].group
        input.name = call[name].name
        input.id = call[id].text
        for tag in call[tags] { input.tags[tag.name] = tag.value }
        input.replaces = call[replace]
        return input
      }))

  static let list = Command(
    name: "list", summary: "list the properties of a name",
    call: .listing(
      columns, SeriesAPI.properties, parameters: [name.parameter, onlyIDs.parameter],
      exits: [.notFound: "there is no such schema"],
      examples: [
        Example(text: "All of them", line: "lakectl series property list sw/ui"),
        Example(text: "Two of them", line: "lakectl series property list sw/ui --id 1 --id 2"),
      ],
      input: { call throws(CommandError) in
        SeriesPropertiesInput(
          call[name].group, call[name].name, ids: call[onlyIDs].map(\.text))
      }))

  static let delete = Command(name: "delete", summary: "remove a property, or all", call: deleting)

  private static var deleting: Call {
    Call.changing(
      columns, SeriesAPI.deleteProperty,
      parameters: [name.parameter, anyID.parameter, Shared.ifExists.parameter],
      exits: [.notFound: "there is no such property"],
      examples: [
        Example(
          text: "One", line: "lakectl series property delete sw/ui 1 --confirm sw/ui"),
        Example(
          text: "All of a name", line: "lakectl series property delete sw/ui --confirm sw/ui"),
      ],
      detail: "The plan says how many go.",
      input: { call throws(CommandError) in
        var input = SeriesPropertyDeleteInput()
        input.group = call[name].group
        input.name = call[name].name
        input.id = call[anyID]?.text ?? ""
        input.ifExists = call[Shared.ifExists]
        return input
      })
  }
}
